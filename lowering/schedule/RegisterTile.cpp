// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/RegisterTile.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nnc {
namespace {

/// Cycles of one step of the reduction: two multiply-adds and two loads a cycle, and at least the
/// latency of a multiply-add.
double getCycles(RegisterTile tile) {
  constexpr double latency = 4;
  double multiplyAdds = static_cast<double>(tile.positions * tile.vectors) / 2;
  double loads = static_cast<double>(tile.positions + tile.vectors) / 2;
  return std::max({multiplyAdds, loads, latency});
}

} // namespace

RegisterTile chooseRegisterTile(const Machine &machine, int64_t positions, int64_t channels,
                                int64_t lanes) {
  RegisterTile best{1, 1};
  double bestCost = 0;
  // One position streams its weights: up to eight sums in flight. Otherwise wider than three wastes
  // broadcasts.
  int64_t mostVectors = positions == 1 ? 8 : 3;
  // Beside the sums: the weights' vectors, a broadcast, and a product that is not added at once.
  int64_t others = machine.hasFma ? 1 : 2;
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors)
    for (int64_t rows = 1; rows <= positions; ++rows) {
      RegisterTile tile{rows, vectors};
      if (rows * vectors + vectors + others > machine.registers - 1)
        break;
      double tiles = static_cast<double>(llvm::divideCeil(positions, rows)) *
                     static_cast<double>(llvm::divideCeil(channels, vectors * lanes));
      // A tile's start and end cost about as much as a few steps; between equals the larger tile
      // reads less.
      double cost = tiles * (getCycles(tile) + 0.02 * static_cast<double>(rows + vectors) + 0.2);
      if (bestCost == 0 || cost < bestCost) {
        best = tile;
        bestCost = cost;
      }
    }
  return best;
}

} // namespace nnc
