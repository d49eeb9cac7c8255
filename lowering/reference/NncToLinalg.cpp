// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h" // IWYU pragma: keep

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_NNCTOLINALG
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

bool isStaticTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape();
}

/// Whether `op` does scalar arithmetic on each element of tensors of one shape.
bool isElementwiseOnTensors(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 &&
         isStaticTensor(op->getResult(0).getType()) && op->getNumRegions() == 0 &&
         llvm::all_of(op->getOperandTypes(),
                      [](Type type) { return !isa<TensorType>(type) || isStaticTensor(type); });
}

/// The value that all elements of `tensor` have, as a scalar constant; or null.
Value getSplatScalar(nnc::MeaningBuilder &b, Value tensor) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(nnc::getConstant(tensor));
  if (!splat)
    return {};
  return arith::ConstantOp::create(b, cast<TypedAttr>(splat.getSplatValue<Attribute>()));
}

/// One operand of an element-wise operation: a scalar for every element, or one of the inputs of
/// the generic.
struct ElementwiseOperand {
  Value scalar;
  size_t input = 0;
};

Value buildElementwise(Operation *op) {
  OpBuilder builder(op);
  nnc::MeaningBuilder b(builder, op->getLoc());
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<AffineExpr> all = b.loopRange(0, type.getRank());
  SmallVector<nnc::Access> inputs;
  SmallVector<ElementwiseOperand> operands;
  for (Value operand : op->getOperands()) {
    Value scalar = isa<TensorType>(operand.getType()) ? getSplatScalar(b, operand) : operand;
    operands.push_back({scalar, inputs.size()});
    if (!scalar)
      inputs.push_back({operand, all});
  }
  return b.generic(type.getShape(), type.getElementType(), inputs,
                   [&](nnc::MeaningBuilder &inner, ValueRange elements) {
                     SmallVector<Value> scalars;
                     for (const ElementwiseOperand &operand : operands)
                       scalars.push_back(operand.scalar ? operand.scalar : elements[operand.input]);
                     return inner
                         .create(op->getLoc(), op->getName().getIdentifier(), scalars,
                                 type.getElementType(), op->getAttrs())
                         ->getResult(0);
                   });
}

struct NncToLinalg : nnc::impl::NncToLinalgBase<NncToLinalg> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<nnc::MeaningOpInterface>(op) || isElementwiseOnTensors(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder builder(op);
      if (auto meaning = dyn_cast<nnc::MeaningOpInterface>(op))
        op->replaceAllUsesWith(meaning.buildMeaning(builder));
      else
        op->getResult(0).replaceAllUsesWith(buildElementwise(op));
      op->erase();
    }
  }
};

} // namespace
