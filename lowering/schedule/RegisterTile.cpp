// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/RegisterTile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

using llvm::SmallVector;

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

/// A tile's start and end cost about as much as a few steps; between equals the larger tile reads
/// less.
double getCost(RegisterTile tile, int64_t positions, int64_t channels, int64_t lanes) {
  double tiles = static_cast<double>(llvm::divideCeil(positions, tile.positions)) *
                 static_cast<double>(llvm::divideCeil(channels, tile.vectors * lanes));
  return tiles *
         (getCycles(tile) + 0.02 * static_cast<double>(tile.positions + tile.vectors) + 0.2);
}

/// Beside the sums: the weights' vectors, a broadcast, and a product that is not added at once.
bool fitsRegisters(const Machine &machine, RegisterTile tile) {
  int64_t others = machine.hasFma ? 1 : 2;
  return tile.positions * tile.vectors + tile.vectors + others <= machine.registers - 1;
}

/// Rows that the first cache, eight lines a set, holds side by side: those that are a multiple of a
/// way apart share a set. 14 rows of 4 KiB take 1.3 times the time of 6 (1x1, 14x14, 1024 to 256).
int64_t countRowsInCache(const Machine &machine, int64_t rowBytes) {
  constexpr int64_t ways = 8;
  int64_t way = machine.l1Bytes / ways;
  return rowBytes == 0 ? std::numeric_limits<int64_t>::max()
                       : ways * (way / std::gcd(rowBytes, way));
}

} // namespace

RegisterTile chooseRegisterTile(const Machine &machine, int64_t positions, int64_t channels,
                                int64_t lanes, int64_t rowBytes) {
  RegisterTile best{1, 1};
  double bestCost = 0;
  // One position streams its weights: up to eight sums in flight. Otherwise wider than three wastes
  // broadcasts.
  int64_t mostVectors = positions == 1 ? 8 : 3;
  int64_t mostRows = std::min(positions, countRowsInCache(machine, rowBytes));
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors)
    for (int64_t rows = 1; rows <= mostRows; ++rows) {
      RegisterTile tile{rows, vectors};
      if (!fitsRegisters(machine, tile))
        break;
      double cost = getCost(tile, positions, channels, lanes);
      if (bestCost == 0 || cost < bestCost) {
        best = tile;
        bestCost = cost;
      }
    }
  return best;
}

SmallVector<RegisterTile> listRegisterTiles(const Machine &machine, int64_t positions,
                                            int64_t channels, int64_t lanes, size_t count) {
  SmallVector<RegisterTile> tiles;
  int64_t mostVectors = positions == 1 ? 12 : 4;
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors)
    for (int64_t rows = 1; rows <= positions; ++rows) {
      RegisterTile tile{rows, vectors};
      bool isBeyond = vectors > 1 && (vectors - 1) * lanes >= channels;
      if (isBeyond || !fitsRegisters(machine, tile))
        break;
      // Of the tiles that cover the positions in the same number of steps, the smallest; and the
      // largest of all, which overlaps its neighbour.
      bool isLargest = !fitsRegisters(machine, {rows + 1, vectors});
      bool isSmallest =
          rows == 1 || llvm::divideCeil(positions, rows) < llvm::divideCeil(positions, rows - 1);
      if (isSmallest || isLargest)
        tiles.push_back(tile);
    }
  auto rank = [&](RegisterTile tile) {
    return std::make_tuple(getCost(tile, positions, channels, lanes), tile.vectors, tile.positions);
  };
  llvm::sort(tiles, [&](RegisterTile a, RegisterTile b) { return rank(a) < rank(b); });
  if (tiles.size() > count)
    tiles.truncate(count);
  return tiles;
}

int64_t getDividingLanes(int64_t extent, int64_t most) {
  while (extent % most != 0)
    most /= 2;
  return most;
}

int64_t getDivisor(int64_t extent, int64_t most) {
  int64_t divisor = std::clamp<int64_t>(most, 1, extent);
  while (extent % divisor != 0)
    --divisor;
  return divisor;
}

} // namespace nnc
