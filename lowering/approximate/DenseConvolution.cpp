// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/DenseConvolution.h"

#include "llvm/Support/MathExtras.h"

namespace nnc {
namespace {

/// Multiply-adds in the time that one weight takes to arrive from memory.
constexpr int64_t kWeightCost = 20;
/// The same for one element of a transform: its arithmetic, one store and one load.
constexpr int64_t kTransformCost = 8;
/// The least gain that is worth other rounding.
constexpr double kLeastGain = 1.2;
/// Fewer channels fill no vectors.
constexpr int64_t kFewestChannels = 16;
/// As kTransformCost, measured on layers whose transforms do not stay in the first cache.
constexpr int64_t kFarTransformCost = 12;
/// Narrower vectors take as long.
constexpr int64_t kLanes = 8;

int64_t countTiles(const DenseConvolution &c, int64_t tile) {
  return c.images * llvm::divideCeilSigned(c.rows, tile) * llvm::divideCeilSigned(c.columns, tile);
}

/// Tile 0 is the direct sum.
double getCost(const DenseConvolution &c, int64_t tile) {
  int64_t products = c.channels * c.outputs;
  if (tile == 0)
    return static_cast<double>(9 * products * (c.images * c.rows * c.columns + kWeightCost));
  int64_t perPosition =
      countTiles(c, tile) * (products + kTransformCost * (c.channels + c.outputs)) +
      kWeightCost * products;
  return static_cast<double>((tile + 2) * (tile + 2) * perPosition);
}

} // namespace

int64_t chooseWinogradTile(const DenseConvolution &c) {
  if (!c.isPlain || c.tapRows != 3 || c.tapColumns != 3 || c.channels < kFewestChannels ||
      c.outputs < kFewestChannels)
    return 0;
  int64_t best = getCost(c, 2) < getCost(c, 4) ? 2 : 4;
  return getCost(c, 0) >= kLeastGain * getCost(c, best) ? best : 0;
}

double getWinogradRounding(int64_t tile) { return tile == 2 ? 1e-6 : 1e-5; }

double getWinogradTime(const DenseConvolution &c, int64_t tile, int64_t tiles) {
  int64_t perTile = c.channels * c.outputs + kFarTransformCost * (c.channels + c.outputs);
  return static_cast<double>((tile + 2) * (tile + 2) * tiles) * static_cast<double>(perTile);
}

double getDenseTime(const DenseConvolution &c) {
  int64_t tile = chooseWinogradTile(c);
  if (tile == 0)
    return static_cast<double>(c.tapRows * c.tapColumns * c.channels *
                               llvm::alignTo(c.outputs, kLanes)) *
           static_cast<double>(c.images * c.rows * c.columns);
  return getWinogradTime(c, tile, countTiles(c, tile));
}

} // namespace nnc
