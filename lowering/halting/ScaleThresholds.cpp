// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How sure a model must be before it halts, as a knob.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/halting/BranchDemands.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_SCALETHRESHOLDS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Whether a boolean is, directly or by way of other booleans, the condition of a choice.
bool decidesChoice(Value boolean) {
  return llvm::any_of(boolean.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<arith::SelectOp>(user) && use.getOperandNumber() == 0)
      return true;
    return user->getNumResults() == 1 && getElementTypeOrSelf(user->getResult(0)).isInteger(1) &&
           decidesChoice(user->getResult(0));
  });
}

/// The number that all elements of a constant are, maybe spread to a shape.
std::optional<double> getNumber(Value value) { return getSplatNumber(lookThroughShapes(value)); }

/// The operand that is a threshold, or null.
OpOperand *getThreshold(arith::CmpFOp compare) {
  for (OpOperand *operand : {&compare.getRhsMutable(), &compare.getLhsMutable()})
    if (getNumber(operand->get()).value_or(0) != 0)
      return decidesChoice(compare.getResult()) ? operand : nullptr;
  return nullptr;
}

struct ScaleThresholds : nnc::impl::ScaleThresholdsBase<ScaleThresholds> {
  using ScaleThresholdsBase::ScaleThresholdsBase;

  void runOnOperation() override {
    if (!(scale > 0)) {
      getOperation().emitError() << "nnc-scale-thresholds: scale is " << scale.getValue()
                                 << ", but must be above 0";
      return signalPassFailure();
    }
    SmallVector<std::string> patterns(layers.begin(), layers.end());
    getOperation().walk([&](arith::CmpFOp compare) {
      if (OpOperand *threshold = isNamed(compare, patterns) ? getThreshold(compare) : nullptr)
        multiply(compare, *threshold);
    });
  }

  void multiply(arith::CmpFOp compare, OpOperand &threshold) {
    auto type = dyn_cast<RankedTensorType>(threshold.get().getType());
    if (!type)
      return;
    OpBuilder builder(compare);
    APFloat number(*getNumber(threshold.get()) * scale);
    bool losesDigits = false;
    number.convert(cast<FloatType>(type.getElementType()).getFloatSemantics(),
                   APFloat::rmNearestTiesToEven, &losesDigits);
    threshold.set(arith::ConstantOp::create(builder, threshold.get().getLoc(),
                                            DenseElementsAttr::get(type, number)));
  }
};

} // namespace
