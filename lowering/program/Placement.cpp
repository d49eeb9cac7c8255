// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/program/Placement.h"

#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The strides of a slice of a tensor with these strides.
SmallVector<int64_t> sliceStrides(tensor::ExtractSliceOp slice, ArrayRef<int64_t> strides) {
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  SmallVector<int64_t> result;
  for (auto [axis, stride] : llvm::enumerate(strides))
    if (!dropped[axis])
      result.push_back(stride * slice.getStaticStride(axis));
  return result;
}

/// Whether every view of `value` can be read from memory with these strides, and nothing returns
/// it.
bool allReadersAgree(Value value, ArrayRef<int64_t> strides) {
  for (Operation *user : value.getUsers()) {
    if (user->hasTrait<OpTrait::IsTerminator>())
      return false;
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user))
      if (!allReadersAgree(slice, sliceStrides(slice, strides)))
        return false;
    auto reshape = dyn_cast<ReshapeOp>(user);
    if (!reshape)
      continue;
    auto reshaped = reshapeStrides(getShape(value), strides, getShape(reshape));
    if (!reshaped || !allReadersAgree(reshape, *reshaped))
      return false;
  }
  return true;
}

/// Whether a launch changes this value in place.
bool isTiedLater(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    auto launch = dyn_cast<halide::LaunchOp>(use.getOwner());
    return launch && launch.getTied() && *launch.getTied() == use.getOperandNumber();
  });
}

} // namespace

Value getRoot(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

Value getTied(Value value) {
  auto launch = value.getDefiningOp<halide::LaunchOp>();
  if (!launch || !launch.getTied())
    return {};
  return launch.getInputs()[*launch.getTied()];
}

std::optional<SmallVector<int64_t>>
reshapeStrides(ArrayRef<int64_t> from, ArrayRef<int64_t> strides, ArrayRef<int64_t> to) {
  SmallVector<int64_t> result(to.size(), 1);
  size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    // The smallest groups of dimensions on both sides that hold the same elements.
    size_t firstFrom = i, firstTo = j;
    int64_t products[2] = {from[i++], to[j++]};
    while (products[0] != products[1]) {
      bool growFrom = products[0] < products[1];
      if (growFrom ? i == from.size() : j == to.size())
        return std::nullopt;
      products[growFrom ? 0 : 1] *= growFrom ? from[i++] : to[j++];
    }
    // The source group must be evenly spaced; dimensions of one element may lie anywhere.
    int64_t innermost = 1, expected = -1;
    for (size_t k = i; k-- > firstFrom;) {
      if (from[k] == 1)
        continue;
      if (expected >= 0 && strides[k] != expected)
        return std::nullopt;
      innermost = expected < 0 ? strides[k] : innermost;
      expected = strides[k] * from[k];
    }
    int64_t stride = innermost;
    for (size_t k = j; k-- > firstTo;) {
      result[k] = stride;
      stride *= to[k];
    }
  }
  return result;
}

Placement::Placement(Block &block) {
  for (Operation &op : llvm::reverse(block)) {
    auto concat = dyn_cast<tensor::ConcatOp>(op);
    if (!concat)
      continue;
    Place part = lookUp(concat.getResult());
    for (OpOperand &operand : concat->getOpOperands()) {
      tryToPlace(operand, part);
      part.offset += getShape(operand.get())[concat.getDim()] * part.strides[concat.getDim()];
    }
  }
}

void Placement::tryToPlace(OpOperand &operand, Place wanted) {
  Value root = getRoot(operand.get());
  Operation *producer = root.getDefiningOp();
  if (!isa_and_nonnull<halide::LaunchOp, tensor::ConcatOp>(producer) || places.contains(root))
    return;
  // The states of a repeated launch are an input as well, laid out as the first one is.
  if (auto launch = dyn_cast<halide::LaunchOp>(producer); launch && launch.getSteps() != 0)
    return;
  // What is changed in place stays where it was; pieces are rows without gaps.
  if (auto launch = dyn_cast<halide::LaunchOp>(producer);
      launch && (launch.getTied() || launch.getPiece() != 0 || isTiedLater(root)))
    return;
  auto strides = reshapeStrides(getShape(operand.get()), wanted.strides, getShape(root));
  if (!strides || !allReadersAgree(root, *strides))
    return;
  wanted.strides = *strides;
  places[root] = wanted;
  inPlace.insert(&operand);
}

std::optional<Place> Placement::viewReshape(ReshapeOp reshape) const {
  Place place = lookUp(reshape.getInput());
  auto strides = reshapeStrides(getShape(reshape.getInput()), place.strides, getShape(reshape));
  if (!strides)
    return std::nullopt;
  place.strides = *strides;
  return place;
}

Place Placement::lookUp(Value value) const {
  if (auto reshape = value.getDefiningOp<ReshapeOp>()) {
    std::optional<Place> place = viewReshape(reshape);
    assert(place && "a reshape that is no view has been given a copy");
    return *place;
  }
  if (auto slice = value.getDefiningOp<tensor::ExtractSliceOp>()) {
    Place place = lookUp(slice.getSource());
    for (auto [offset, stride] : llvm::zip(slice.getStaticOffsets(), place.strides))
      place.offset += offset * stride;
    place.strides = sliceStrides(slice, place.strides);
    return place;
  }
  if (Value tied = getTied(value))
    return lookUp(tied);
  auto it = places.find(value);
  return it != places.end() ? it->second : Place{value, 0, computeStrides(getShape(value))};
}

} // namespace nnc
