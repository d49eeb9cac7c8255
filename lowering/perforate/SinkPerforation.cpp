// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/SinkPerforation.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/perforate/Pixelwise.h"

#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

using namespace mlir;

namespace nnc {
namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Whether a value is the same at all positions of an image.
bool isUniform(Value value) {
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return getSplatNumber(value).has_value() || getTensorType(value).getRank() <= 1;
  ArrayRef<int64_t> small = getTensorType(broadcast.getInput()).getShape();
  int64_t count = getTensorType(broadcast.getInput()).getNumElements();
  return count == 1 || (small.back() == count && getTensorType(value).getShape().back() == count);
}

/// f(perforate(x), ...) = perforate(f(x, ...)) for pointwise f whose other operands are perforated
/// alike or the same everywhere.
struct SinkBelowPointwise : RewritePattern {
  SinkBelowPointwise(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isPointwise(op))
      return failure();
    PerforateOp first;
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto perforate = operand.getDefiningOp<PerforateOp>();
      bool isAlike = perforate && (!first || perforate.getFill() == first.getFill());
      if (!isa<RankedTensorType>(operand.getType()) || (!isAlike && !isUniform(operand)))
        return failure();
      first = perforate ? perforate : first;
      operands.push_back(perforate ? perforate.getInput() : operand);
    }
    if (!first)
      return failure();
    // Pointwise: the result's type stays.
    Operation *result = cloneWithoutRegions(rewriter, op, op->getResultTypes(), operands);
    auto sunk =
        PerforateOp::create(rewriter, first.getLoc(), result->getResult(0), first.getFill());
    sunk->setDiscardableAttrs(first->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, sunk);
    return success();
  }
};

} // namespace

void populateSinkPerforation(RewritePatternSet &patterns) {
  patterns.add<SinkBelowPointwise>(patterns.getContext());
}

} // namespace nnc
