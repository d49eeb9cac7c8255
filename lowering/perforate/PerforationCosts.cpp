// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/PerforationCosts.h"

#include "lowering/approximate/DenseConvolution.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace nnc {
namespace {

/// A multiply-add whose pixel is found by a table, beside one in rows.
constexpr double kListedCost = 1.15;
/// Filters of more bytes come from memory; one of their weights.
constexpr int64_t kCacheBytes = 1 << 20;
constexpr double kFarWeightCost = 8;
/// An element that is copied.
constexpr double kFillCost = 4;
/// Narrower vectors take as long.
constexpr int64_t kLanes = 8;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool isOne(int64_t n) { return n == 1; }

DenseConvolution getExtents(Conv2dOp conv) {
  ArrayRef<int64_t> filter = getShape(conv.getFilter()), output = getShape(conv.getOutput());
  bool isPlain = llvm::all_of(conv.getStrides(), isOne) && llvm::all_of(conv.getDilations(), isOne);
  return {filter[0], filter[1], filter[2], output[3],
          output[0], output[1], output[2], isPlain && conv.getGroups() == 1};
}

/// Of reading a filter of so many taps.
double getReadingCost(const DenseConvolution &c, int64_t taps) {
  int64_t weights = taps * c.channels * c.outputs;
  return weights * 4 > kCacheBytes ? kFarWeightCost * static_cast<double>(weights) : 0;
}

} // namespace

double getWholeCost(Conv2dOp conv) {
  DenseConvolution c = getExtents(conv);
  int64_t tile = chooseWinogradTile(c);
  return getDenseTime(c) +
         getReadingCost(c, tile == 0 ? c.tapRows * c.tapColumns : (tile + 2) * (tile + 2));
}

double getListCost(Conv2dOp conv, int64_t positions) {
  DenseConvolution c = getExtents(conv);
  int64_t taps = c.tapRows * c.tapColumns;
  int64_t products = taps * c.channels * llvm::alignTo(c.outputs, kLanes);
  return kListedCost * static_cast<double>(c.images * positions * products) +
         getReadingCost(c, taps);
}

double getStridedCost(Conv2dOp conv, const StridedWindows &windows) {
  DenseConvolution c = getExtents(conv);
  int64_t positions = windows.rows.windows * windows.columns.windows;
  int64_t products = windows.countTaps() * c.channels * llvm::alignTo(c.outputs, kLanes);
  return static_cast<double>(c.images * positions * products) +
         getReadingCost(c, windows.countTaps());
}

double getTilesCost(Conv2dOp conv, const TileList &tiles) {
  DenseConvolution c = getExtents(conv);
  return getWinogradTime(c, tiles.tile, c.images * tiles.countTiles()) +
         getReadingCost(c, (tiles.tile + 2) * (tiles.tile + 2));
}

double getFillCost(RankedTensorType image) {
  return kFillCost * static_cast<double>(image.getNumElements());
}

} // namespace nnc
