// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/Pixelwise.h"

#include "dialects/nnc/Nnc.h"

using namespace mlir;

namespace nnc {

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool isPointwise(Operation *op) {
  if (op->getNumRegions() != 0 || op->getNumResults() != 1)
    return false;
  return isa<BatchNormOp>(op) || (OpTrait::hasElementwiseMappableTraits(op) &&
                                  isa<RankedTensorType>(op->getResult(0).getType()));
}

bool isPixelConvolution(Operation *op) {
  auto conv = dyn_cast<Conv2dOp>(op);
  auto are = [](ArrayRef<int64_t> numbers, int64_t wanted) {
    return llvm::all_of(numbers, [&](int64_t number) { return number == wanted; });
  };
  return conv && conv.getGroups() == 1 && are(getShape(conv.getFilter()).take_front(2), 1) &&
         are(conv.getStrides(), 1) && are(conv.getPads(), 0);
}

bool isPixelReshape(Operation *op) {
  auto reshape = dyn_cast<ReshapeOp>(op);
  return reshape && getShape(reshape.getInput()).size() >= 2 && getShape(reshape).size() >= 2 &&
         getShape(reshape.getInput()).back() == getShape(reshape).back();
}

bool isPixelwise(OpOperand &operand) {
  Operation *op = operand.getOwner();
  return isPointwise(op) || isPixelReshape(op) ||
         ((isa<LinearOp>(op) || isPixelConvolution(op)) && operand.getOperandNumber() == 0);
}

} // namespace nnc
