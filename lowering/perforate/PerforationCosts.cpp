// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/PerforationCosts.h"

#include "lowering/approximate/DenseConvolution.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace nnc {
namespace {

/// A multiply-add whose pixel is found by a table, beside one in rows.
constexpr double kListedCost = 1.15;
/// An element that is copied.
constexpr double kFillCost = 4;
/// Narrower vectors take as long.
constexpr int64_t kLanes = 8;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool isOne(int64_t n) { return n == 1; }

} // namespace

double getWholeCost(Conv2dOp conv) {
  ArrayRef<int64_t> filter = getShape(conv.getFilter()), output = getShape(conv.getOutput());
  bool isPlain = llvm::all_of(conv.getStrides(), isOne) && llvm::all_of(conv.getDilations(), isOne);
  return getDenseTime({filter[0], filter[1], filter[2], output[3], output[0], output[1], output[2],
                       isPlain && conv.getGroups() == 1});
}

double getListCost(Conv2dOp conv, int64_t positions) {
  ArrayRef<int64_t> filter = getShape(conv.getFilter()), output = getShape(conv.getOutput());
  int64_t products = filter[0] * filter[1] * filter[2] * llvm::alignTo(filter[3], kLanes);
  return kListedCost * static_cast<double>(output[0] * positions * products);
}

double getTilesCost(Conv2dOp conv, const TileList &tiles) {
  ArrayRef<int64_t> filter = getShape(conv.getFilter());
  DenseConvolution extents{};
  extents.channels = filter[2];
  extents.outputs = filter[3];
  return getWinogradTime(extents, tiles.tile, getShape(conv.getOutput())[0] * tiles.countTiles());
}

double getFillCost(RankedTensorType image) {
  return kFillCost * static_cast<double>(image.getNumElements());
}

} // namespace nnc
