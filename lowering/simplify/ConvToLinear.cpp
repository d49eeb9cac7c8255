// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace nnc {
#define GEN_PASS_DEF_CONVTOLINEAR
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Whether a layer reads the value, or the concatenation that it is a part of, with padding around
/// it.
bool isReadPadded(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    if (auto layer = dyn_cast<MeaningOpInterface>(use.getOwner()))
      return use.getOperandNumber() == 0 && layer.padsInput();
    auto concat = dyn_cast<tensor::ConcatOp>(use.getOwner());
    return concat && isReadPadded(concat);
  });
}

/// Whether the value, or what element-wise operations make of it in the same kernel, is read
/// padded.
bool isResultReadPadded(Value result) {
  llvm::SetVector<Value> values;
  values.insert(result);
  for (size_t i = 0; i < values.size(); ++i) {
    if (isReadPadded(values[i]))
      return true;
    for (Operation *user : values[i].getUsers())
      if (OpTrait::hasElementwiseMappableTraits(user) && user->getNumResults() == 1)
        values.insert(user->getResult(0));
  }
  return false;
}

/// A 1x1 convolution without stride and padding is a matrix product over positions.
struct RewriteConv : OpRewritePattern<Conv2dOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Conv2dOp op, PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> taps = op.getFilter().getType().getShape();
    auto all = [](ArrayRef<int64_t> values, int64_t wanted) {
      return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
    };
    if (taps[0] != 1 || taps[1] != 1 || op.getGroups() != 1 || !all(op.getStrides(), 1) ||
        !all(op.getPads(), 0))
      return failure();
    // Rows with padding between them have no other shape.
    if (isReadPadded(op.getInput()) || isResultReadPadded(op))
      return failure();
    auto input = cast<RankedTensorType>(op.getInput().getType());
    Type element = input.getElementType();
    int64_t rows = input.getNumElements() / taps[2];
    Value flat = ReshapeOp::create(rewriter, op.getLoc(),
                                   RankedTensorType::get({rows, taps[2]}, element), op.getInput());
    Value weight = ReshapeOp::create(
        rewriter, op.getLoc(), RankedTensorType::get({taps[2], taps[3]}, element), op.getFilter());
    Value product =
        LinearOp::create(rewriter, op.getLoc(), RankedTensorType::get({rows, taps[3]}, element),
                         flat, weight, op.getBias());
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), product);
    return success();
  }
};

struct ConvToLinear : nnc::impl::ConvToLinearBase<ConvToLinear> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RewriteConv>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
