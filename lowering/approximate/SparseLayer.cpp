// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/SparseLayer.h"

using namespace mlir;

namespace nnc {

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

std::optional<SparseLayer> matchSparseLayer(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op)) {
    int64_t rows = getShape(linear.getInput())[0];
    ArrayRef<int64_t> shape = getShape(linear.getWeight());
    return SparseLayer{op,
                       linear.getInput(),
                       linear.getWeight(),
                       linear.getBias(),
                       {1, 1, rows, shape[0]},
                       {1, 1, rows, shape[1]},
                       {1, 1},
                       {1, 1},
                       {1, 1},
                       {0, 0}};
  }
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!conv || conv.getGroups() != 1)
    return std::nullopt;
  return SparseLayer{op,
                     conv.getInput(),
                     conv.getFilter(),
                     conv.getBias(),
                     SmallVector<int64_t>(getShape(conv.getInput())),
                     SmallVector<int64_t>(getShape(conv.getOutput())),
                     SmallVector<int64_t>(getShape(conv.getFilter()).take_front(2)),
                     SmallVector<int64_t>(conv.getStrides()),
                     SmallVector<int64_t>(conv.getDilations()),
                     SmallVector<int64_t>(conv.getPads().take_front(2))};
}

SparsePlanes::SparsePlanes(const SparseLayer &layer, int64_t entries) {
  int64_t reachRows = (layer.taps[0] - 1) * layer.dilations[0] / layer.strides[0];
  int64_t reachColumns = (layer.taps[1] - 1) * layer.dilations[1] / layer.strides[1];
  pitch = layer.output[2] + reachColumns;
  if (layer.output[1] == 1 && reachRows == 0) // Then planes begin where vectors do.
    pitch = llvm::alignTo(pitch, SparseConv2dOp::kGroup);
  // The last position, shifted furthest, still lies in its plane.
  int64_t positions = SparseConv2dOp::countPositions(layer.output[1], pitch);
  rows = llvm::divideCeilSigned(positions + reachRows * pitch + reachColumns, pitch);
  chooseBlocks(layer, reachRows, entries);
}

SmallVector<int64_t> SparsePlanes::listOffsets(const SparseLayer &layer) const {
  SmallVector<int64_t> offsets;
  for (int64_t tap = 0; tap < layer.taps[0] * layer.taps[1]; ++tap)
    for (int64_t channel = 0; channel < layer.image[3]; ++channel) {
      int64_t y = tap / layer.taps[1] * layer.dilations[0],
              x = tap % layer.taps[1] * layer.dilations[1];
      int64_t plane = (channel * layer.strides[0] + y % layer.strides[0]) * layer.strides[1] +
                      x % layer.strides[1];
      offsets.push_back((plane * rows + y / layer.strides[0]) * pitch + x / layer.strides[1]);
    }
  return offsets;
}

SmallVector<int64_t> SparsePlanes::listRowBlocks(const SparseLayer &layer) const {
  SmallVector<int64_t> found;
  for (int64_t row = 0; row < layer.countRows(); ++row)
    found.push_back(row % layer.image[3] / channelsPerBlock);
  return found;
}

/// Blocks whose channels, as a tile of positions reads them, fit the first cache, as long as
/// lists in a block are worth another start.
void SparsePlanes::chooseBlocks(const SparseLayer &layer, int64_t reachRows, int64_t entries) {
  constexpr int64_t kBlockBytes = 32768, kShortestList = 10;
  int64_t tileBytes = 4 * (kTile + reachRows * pitch), channels = layer.image[3];
  int64_t wanted = llvm::divideCeilSigned(channels * tileBytes, kBlockBytes);
  int64_t most = entries / (kShortestList * layer.output[3]);
  channelsPerBlock = llvm::divideCeilSigned(channels, std::max<int64_t>(1, std::min(wanted, most)));
  blocks = llvm::divideCeilSigned(channels, channelsPerBlock);
}

} // namespace nnc
