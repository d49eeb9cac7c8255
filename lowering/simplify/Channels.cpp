// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/simplify/Channels.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

int64_t multiply(ArrayRef<int64_t> extents) {
  int64_t result = 1;
  for (int64_t extent : extents)
    result *= extent;
  return result;
}

/// The dimension of `to` that is dimension `dim` of `from`, the same elements in order.
std::optional<int64_t> reshapeDim(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t dim) {
  int64_t inside = multiply(from.drop_front(dim + 1));
  for (int64_t other = 0, rank = to.size(); other < rank; ++other)
    if (to[other] == from[dim] && multiply(to.drop_front(other + 1)) == inside)
      return other;
  return std::nullopt;
}

/// The dimension of the slice that is dimension `dim` of its source, taken as a whole.
std::optional<int64_t> sliceDim(tensor::ExtractSliceOp slice, int64_t dim) {
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  if (slice.getStaticSize(dim) != slice.getSourceType().getDimSize(dim) || dropped[dim] ||
      slice.getStaticStride(dim) != 1)
    return std::nullopt;
  int64_t result = 0;
  for (int64_t before = 0; before < dim; ++before)
    result += dropped[before] ? 0 : 1;
  return result;
}

/// Where dimension `dim` of its operand is in the result of a movement.
std::optional<int64_t> followDim(Operation *op, int64_t dim) {
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return reshapeDim(getShape(reshape.getInput()), getShape(reshape), dim);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return sliceDim(slice, dim);
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return llvm::find(transpose.getPermutation(), dim) - transpose.getPermutation().begin();
  return std::nullopt;
}

/// The fully connected layer whose inputs are dimension `dim` of `value`, or null.
LinearOp getLayer(Operation *user, Value value, int64_t dim) {
  auto layer = dyn_cast<LinearOp>(user);
  bool isInput = layer && layer.getInput() == value && layer.getWeight() != value && dim == 1;
  return isInput && getFloats(layer.getWeight()) ? layer : LinearOp();
}

/// The inputs of a layer that have a weight.
llvm::BitVector getReadInputs(LinearOp layer) {
  SmallVector<float, 0> weights = *getFloats(layer.getWeight());
  int64_t outputs = layer.getWeight().getType().getDimSize(1);
  llvm::BitVector read(layer.getWeight().getType().getDimSize(0));
  for (auto [index, weight] : llvm::enumerate(weights))
    if (weight != 0)
      read.set(index / outputs);
  return read;
}

/// A movement of another operand, whose dimension `dim` has another extent.
Value moveAlike(OpBuilder &builder, Operation *op, Value operand, int64_t dim, int64_t resultDim) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[resultDim] = getShape(operand)[dim];
  if (isa<ReshapeOp>(op))
    return ReshapeOp::create(builder, op->getLoc(), type.clone(shape), operand);
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return TransposeOp::create(builder, op->getLoc(), operand, transpose.getPermutation());
  auto slice = cast<tensor::ExtractSliceOp>(op);
  SmallVector<OpFoldResult> sizes = slice.getMixedSizes();
  sizes[dim] = builder.getIndexAttr(shape[resultDim]);
  return tensor::ExtractSliceOp::create(builder, op->getLoc(), type.clone(shape), operand,
                                        slice.getMixedOffsets(), sizes, slice.getMixedStrides());
}

/// A constant table of indices.
Value makeIndices(OpBuilder &builder, Location location, ArrayRef<int64_t> indices) {
  auto type = RankedTensorType::get({static_cast<int64_t>(indices.size())}, builder.getI64Type());
  return arith::ConstantOp::create(builder, location, DenseElementsAttr::get(type, indices));
}

} // namespace

std::optional<llvm::BitVector> findReadChannels(Value value, int64_t dim) {
  llvm::BitVector read(getShape(value)[dim]);
  for (Operation *user : value.getUsers()) {
    if (LinearOp layer = getLayer(user, value, dim)) {
      read |= getReadInputs(layer);
      continue;
    }
    std::optional<int64_t> next = followDim(user, dim);
    auto inner = next ? findReadChannels(user->getResult(0), *next) : std::nullopt;
    if (!inner)
      return std::nullopt;
    read |= *inner;
  }
  return read;
}

void replaceChannels(OpBuilder &builder, Value value, Value replacement, int64_t dim,
                     ArrayRef<int64_t> channels) {
  for (Operation *user : llvm::make_early_inc_range(value.getUsers())) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(user);
    if (auto layer = dyn_cast<LinearOp>(user)) {
      layer.getInputMutable().set(replacement);
      layer.getWeightMutable().set(
          takeSlices(builder, layer.getWeight(), 0, channels, getShape(replacement)[dim]));
      continue;
    }
    int64_t next = *followDim(user, dim);
    Value moved = moveAlike(builder, user, replacement, dim, next);
    replaceChannels(builder, user->getResult(0), moved, next, channels);
    user->erase();
  }
}

Value selectChannels(OpBuilder &builder, Value value, int64_t dim, ArrayRef<int64_t> channels) {
  Location location = value.getLoc();
  if (getFloats(value))
    return takeSlices(builder, value, dim, channels, channels.size());
  auto alike = [&](Operation *op, int64_t operandDim) {
    Value operand = selectChannels(builder, op->getOperand(0), operandDim, channels);
    return moveAlike(builder, op, operand, operandDim, dim);
  };
  if (auto reshape = value.getDefiningOp<ReshapeOp>())
    if (auto from = reshapeDim(getShape(reshape), getShape(reshape.getInput()), dim))
      return alike(reshape, *from);
  if (auto transpose = value.getDefiningOp<TransposeOp>())
    return alike(transpose, transpose.getPermutation()[dim]);
  if (auto gather = value.getDefiningOp<GatherOp>();
      gather && getFloats(gather.getInput()) && gather.getAxis() == 0) {
    int64_t ofTable = dim - cast<ShapedType>(gather.getIndices().getType()).getRank() + 1;
    if (ofTable > 0)
      return GatherOp::create(builder, location,
                              selectChannels(builder, gather.getInput(), ofTable, channels),
                              gather.getIndices(), gather.getAxis());
  }
  return GatherOp::create(builder, location, value, makeIndices(builder, location, channels), dim);
}

Value takeSlices(OpBuilder &builder, Value constant, int64_t dim, ArrayRef<int64_t> channels,
                 int64_t extent, int64_t groups) {
  SmallVector<float, 0> from = *getFloats(constant);
  SmallVector<int64_t> shape(getShape(constant));
  int64_t inside = multiply(ArrayRef(shape).drop_front(dim + 1)), before = shape[dim] / groups,
          outside = multiply(ArrayRef(shape).take_front(dim)) * groups;
  shape[dim] = groups * extent;
  SmallVector<float, 0> to(outside * extent * inside, 0);
  for (int64_t row = 0; row < outside; ++row)
    for (auto [index, channel] : llvm::enumerate(channels))
      std::copy_n(from.begin() + (row * before + channel) * inside, inside,
                  to.begin() + (row * extent + static_cast<int64_t>(index)) * inside);
  auto type = cast<RankedTensorType>(constant.getType()).clone(shape);
  ArrayRef<char> bytes(reinterpret_cast<const char *>(to.data()), to.size() * sizeof(float));
  return arith::ConstantOp::create(builder, constant.getLoc(),
                                   cast<TypedAttr>(makeConstant(type, bytes, "channels")));
}

} // namespace nnc
