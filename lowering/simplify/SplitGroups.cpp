// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace nnc {
#define GEN_PASS_DEF_SPLITGROUPS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Elements offset ... offset + size - 1 of the last dimension.
Value sliceLast(OpBuilder &builder, Location location, Value value, int64_t offset, int64_t size) {
  ArrayRef<int64_t> shape = getTensorType(value).getShape();
  SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(shape.size(), builder.getIndexAttr(1)), sizes;
  for (int64_t extent : shape)
    sizes.push_back(builder.getIndexAttr(extent));
  offsets.back() = builder.getIndexAttr(offset);
  sizes.back() = builder.getIndexAttr(size);
  return builder.createOrFold<tensor::ExtractSliceOp>(location, value, offsets, sizes, strides);
}

/// The same slice of an element-wise operand; numbers and channel vectors stay small.
Value sliceOperand(OpBuilder &builder, Location location, Value value, int64_t offset,
                   int64_t size) {
  SmallVector<int64_t> shape(getTensorType(value).getShape());
  shape.back() = size;
  auto type = RankedTensorType::get(shape, getTensorType(value).getElementType());
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(getConstant(value)))
    return arith::ConstantOp::create(builder, location, splat.resizeSplat(type));
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return sliceLast(builder, location, value, offset, size);
  Value input = broadcast.getInput();
  if (getTensorType(input).getRank() > 0 && getTensorType(input).getShape().back() != 1)
    input = sliceLast(builder, location, input, offset, size);
  return BroadcastOp::create(builder, location, type, input);
}

Value buildGroup(OpBuilder &builder, Conv2dOp conv, int64_t group) {
  Location at = conv.getLoc();
  int64_t groups = conv.getGroups();
  int64_t inputs = getTensorType(conv.getInput()).getDimSize(3) / groups;
  int64_t outputs = getTensorType(conv.getOutput()).getDimSize(3) / groups;
  Value input = sliceLast(builder, at, conv.getInput(), group * inputs, inputs);
  Value filter = sliceLast(builder, at, conv.getFilter(), group * outputs, outputs);
  Value bias = conv.getBias();
  if (bias)
    bias = sliceLast(builder, at, bias, group * outputs, outputs);
  SmallVector<int64_t> shape(getTensorType(conv.getOutput()).getShape());
  shape[3] = outputs;
  auto type = RankedTensorType::get(shape, getTensorType(conv.getOutput()).getElementType());
  return Conv2dOp::create(builder, at, type, input, filter, bias, conv.getStrides(), conv.getPads(),
                          conv.getDilations(), /*groups=*/1);
}

/// The element-wise operation that alone reads `op`, or null.
Operation *getOnlyElementwiseUser(Operation *op) {
  if (!op->hasOneUse())
    return nullptr;
  Operation *user = *op->user_begin();
  bool joins = OpTrait::hasElementwiseMappableTraits(user) && user->getNumResults() == 1 &&
               llvm::all_of(user->getOperandTypes(), llvm::IsaPred<RankedTensorType>);
  return joins ? user : nullptr;
}

/// f(concat(x, y), z) = concat(f(x, z'), f(y, z'')), as long as f alone reads the concatenation.
void moveIntoGroups(Operation *joined, SmallVector<Value> parts) {
  while (Operation *user = getOnlyElementwiseUser(joined)) {
    OpBuilder builder(user);
    int64_t size = getTensorType(parts.front()).getShape().back(), offset = 0;
    for (Value &part : parts) {
      SmallVector<Value> operands;
      for (Value operand : user->getOperands())
        operands.push_back(operand == joined->getResult(0)
                               ? part
                               : sliceOperand(builder, user->getLoc(), operand, offset, size));
      SmallVector<int64_t> shape(getTensorType(part).getShape());
      auto type = RankedTensorType::get(shape, getTensorType(user->getResult(0)).getElementType());
      OperationState state(user->getLoc(), user->getName(), operands, {type}, user->getAttrs());
      state.propertiesAttr = user->getPropertiesAsAttribute();
      part = builder.create(state)->getResult(0);
      offset += size;
    }
    Value again = tensor::ConcatOp::create(builder, user->getLoc(),
                                           getTensorType(parts.front()).getRank() - 1, parts);
    user->getResult(0).replaceAllUsesWith(again);
    user->erase();
    joined->erase();
    joined = again.getDefiningOp();
  }
}

struct SplitGroups : nnc::impl::SplitGroupsBase<SplitGroups> {
  void runOnOperation() override {
    SmallVector<Conv2dOp> grouped;
    getOperation()->walk([&](Conv2dOp conv) {
      if (conv.getGroups() != 1 && !conv.isDepthwise())
        grouped.push_back(conv);
    });
    for (Conv2dOp conv : grouped) {
      OpBuilder builder(conv);
      SmallVector<Value> parts;
      for (int64_t group = 0; group < static_cast<int64_t>(conv.getGroups()); ++group)
        parts.push_back(buildGroup(builder, conv, group));
      Value joined = tensor::ConcatOp::create(builder, conv.getLoc(), 3, parts);
      conv.replaceAllUsesWith(joined);
      conv.erase();
      moveIntoGroups(joined.getDefiningOp(), parts);
    }
  }
};

} // namespace
