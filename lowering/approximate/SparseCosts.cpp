// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/SparseCosts.h"

#include "lowering/approximate/DenseConvolution.h"

using namespace mlir;

namespace nnc {
namespace {

/// Weights and lists of more bytes come from memory.
constexpr int64_t kCacheBytes = 1 << 20;

/// One dense weight of a layer for one row, from the cache.
constexpr double kCachedWeightCost = 3;
/// A weight of a block, beside one of a dense layer.
constexpr double kBlockCost = 1.2;
/// What an entry of a list costs more where lists come from memory.
constexpr double kFarEntryCost = 2;
/// One entry of a list for one position, where loads cross cache lines and where they do not.
constexpr double kShiftCost = 3, kAlignedShiftCost = 2;
/// The start and the end of a list for a tile of positions.
constexpr double kListCost = 300;
/// An element that is copied to planes or from sums.
constexpr double kPlaneCost = 18;
/// An element of an image that a transpose moves.
constexpr double kTransposeCost = 60;

/// The only operand that is no constant.
Value getVariable(Operation *op) {
  Value found;
  for (Value operand : op->getOperands()) {
    Operation *definition = operand.getDefiningOp();
    if (definition &&
        (definition->hasTrait<OpTrait::ConstantLike>() || isa<BroadcastOp>(definition)))
      continue;
    if (found)
      return {};
    found = operand;
  }
  return found;
}

/// Whether a transpose moves below it (nnc-sink-movements).
bool letsTransposeSink(Operation *op) {
  return isa<ReshapeOp>(op) ||
         (OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 && getVariable(op));
}

/// Whether a transpose in front of `value`'s reader meets another one.
bool comesTransposed(Value value) {
  while (Operation *op = value ? value.getDefiningOp() : nullptr) {
    if (isa<TransposeOp>(op))
      return true;
    if (!letsTransposeSink(op))
      return false;
    value = getVariable(op);
  }
  return false;
}

/// Whether a transpose behind `value` meets others, as far as is known before all layers are
/// formed.
bool leavesTransposed(Value value) {
  return !value.use_empty() && llvm::all_of(value.getUsers(), [](Operation *user) {
    return isa<TransposeOp>(user) ||
           (letsTransposeSink(user) && leavesTransposed(user->getResult(0)));
  });
}

/// Elements of the layer's input and output that are transposed for it with channels first, or
/// last.
int64_t countTransposed(const SparseLayer &layer, bool channelsFirst) {
  auto countElements = [](ArrayRef<int64_t> shape) {
    return shape[0] * shape[1] * shape[2] * shape[3];
  };
  int64_t count = 0;
  if (comesTransposed(layer.input) != channelsFirst)
    count += countElements(layer.image);
  if (leavesTransposed(layer.op->getResult(0)) != channelsFirst)
    count += countElements(layer.output);
  return count;
}

} // namespace

double getReadingCost(int64_t weights, const SparseCosts &costs) {
  return static_cast<double>(weights) *
         (weights * 4 > kCacheBytes ? costs.farWeight : kCachedWeightCost);
}

double getEntryCost(double entries, const SparseCosts &costs) {
  return costs.gather + (entries * 6 > kCacheBytes ? kFarEntryCost : 0);
}

double getDenseCost(const SparseLayer &layer, const SparseCosts &costs) {
  auto isOne = [](int64_t n) { return n == 1; };
  bool isPlain = llvm::all_of(layer.strides, isOne) && llvm::all_of(layer.dilations, isOne);
  return std::max(getReadingCost(layer.countWeights(), costs),
                  getDenseTime({layer.taps[0], layer.taps[1], layer.image[3], layer.output[3],
                                layer.output[0], layer.output[1], layer.output[2], isPlain}));
}

double getGatherCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs) {
  auto entries = static_cast<double>(countSliced(lists, kListLanes) + layer.output[3]);
  return static_cast<double>(layer.countPixels()) * entries * getEntryCost(entries, costs);
}

double getBlockCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs) {
  auto entries = static_cast<double>(countBlocked(lists, kListLanes) + layer.output[3]);
  double cost = entries * 4 > kCacheBytes ? costs.farWeight : kCachedWeightCost;
  return static_cast<double>(layer.countPixels()) * entries * cost * kBlockCost;
}

double getUnrolledCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs) {
  auto products = static_cast<double>(countEntries(lists) + layer.output[3]);
  return static_cast<double>(layer.countPixels()) * products * costs.straightLine;
}

double getShiftCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &) {
  SparsePlanes planes(layer, countEntries(lists));
  auto images = static_cast<double>(layer.output[0]);
  int64_t positions = layer.output[1] * planes.pitch;
  double entries = static_cast<double>(countEntries(lists) * positions) *
                   (layer.taps[0] * layer.taps[1] == 1 ? kAlignedShiftCost : kShiftCost);
  double starts = static_cast<double>(planes.blocks * layer.output[3] *
                                      llvm::divideCeilSigned(positions, SparsePlanes::kTile)) *
                  kListCost;
  double moved = static_cast<double>(layer.image[3] * layer.strides[0] * layer.strides[1] *
                                         planes.rows * planes.pitch +
                                     layer.output[3] * positions) *
                 kPlaneCost;
  return images * (entries + starts + moved);
}

double getTransposeCost(const SparseLayer &layer, bool channelsFirst) {
  return static_cast<double>(countTransposed(layer, channelsFirst)) * kTransposeCost;
}

} // namespace nnc
