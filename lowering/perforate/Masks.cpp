// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/Masks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace llvm;

namespace nnc {
namespace {

/// The side of the tiles that Winograd's convolution computes at once.
constexpr int64_t kTile = 4;

int64_t countKept(int64_t positions, double kept) {
  return std::clamp(static_cast<int64_t>(kept * static_cast<double>(positions)), int64_t{1},
                    positions);
}

/// The same numbers on every platform.
class Uniform {
public:
  explicit Uniform(uint64_t seed) : generator(seed) {}
  /// From 0 to 1, without 1.
  double operator()() { return static_cast<double>(generator() >> 11) * 0x1p-53; }

private:
  std::mt19937_64 generator;
};

/// The `count` positions of the largest weights; between equals, which come first in an order that
/// `seed` draws.
Positions takeLargest(ArrayRef<double> weights, int64_t count, uint64_t seed) {
  Uniform random(seed);
  SmallVector<double, 0> ties(weights.size());
  std::generate(ties.begin(), ties.end(), [&] { return random(); });
  Positions order = listAll(static_cast<int64_t>(weights.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return std::tuple(-weights[a], ties[a]) < std::tuple(-weights[b], ties[b]);
  });
  order.resize(count);
  llvm::sort(order);
  return order;
}

Expected<Positions> chooseUniform(const MaskRequest &request) {
  SmallVector<double, 0> equal(request.height * request.width, 0);
  return takeLargest(equal, countKept(equal.size(), request.kept), request.seed);
}

/// All of rows x columns.
Positions cross(const MaskRequest &request, ArrayRef<int64_t> rows, ArrayRef<int64_t> columns) {
  Positions positions;
  for (int64_t row : rows)
    for (int64_t column : columns)
      positions.push_back(row * request.width + column);
  return positions;
}

/// Of `extent` coordinates the share `kept`, spaced evenly, the first at `shift` spacings.
SmallVector<int64_t> spread(int64_t extent, double kept, double shift) {
  int64_t count = countKept(extent, kept);
  double spacing = static_cast<double>(extent) / static_cast<double>(count);
  SmallVector<int64_t> found;
  for (int64_t k = 0; k < count; ++k)
    found.push_back(
        std::clamp(static_cast<int64_t>(std::ceil(spacing * (static_cast<double>(k) + shift))) - 1,
                   int64_t{0}, extent - 1));
  return found;
}

/// The same share of rows and columns; all of a single one.
Positions spreadBoth(const MaskRequest &request, double rowShift, double columnShift) {
  double share = std::sqrt(request.kept);
  double ofRows = request.width == 1 ? request.kept : share,
         ofColumns = request.height == 1 ? request.kept : share;
  return cross(request, spread(request.height, ofRows, rowShift),
               spread(request.width, ofColumns, columnShift));
}

/// One random shift an axis, as in the paper.
Expected<Positions> chooseGrid(const MaskRequest &request) {
  Uniform random(request.seed);
  double rowShift = random();
  return spreadBoth(request, rowShift, random());
}

Expected<Positions> chooseFractionalStride(const MaskRequest &request) {
  return spreadBoth(request, 0.5, 0.5);
}

/// The steps of rows and columns that keep the most positions of at most the share; a row's step is
/// once or twice a column's, unless there is one row or column.
Expected<Positions> chooseStrides(const MaskRequest &request) {
  int64_t height = request.height, width = request.width,
          most = countKept(height * width, request.kept);
  int64_t rowStep = height, columnStep = width, best = 1;
  for (int64_t columns = 1; columns <= width; ++columns)
    for (int64_t rows = height == 1 ? 1 : columns; rows <= height; ++rows) {
      if (width > 1 && rows > 2 * columns)
        break;
      int64_t count = divideCeil(height, rows) * divideCeil(width, columns);
      if (count > best && count <= most)
        rowStep = rows, columnStep = columns, best = count;
    }
  Positions positions;
  for (int64_t row = 0; row < height; row += rowStep)
    for (int64_t column = 0; column < width; column += columnStep)
      positions.push_back(row * width + column);
  return positions;
}

/// How many windows of a pooling read each position.
SmallVector<double, 0> countWindows(const MaskRequest &request) {
  SmallVector<double, 0> counts(request.height * request.width, 0);
  const PoolWindow &pool = *request.pool;
  auto listReads = [&](int axis, int64_t extent, int64_t taps) {
    SmallVector<double, 0> reads(extent, 0);
    int64_t reach = pool.dilations[axis] * (taps - 1);
    for (int64_t start = -pool.pads[axis]; start + reach < extent + pool.pads[axis + 2];
         start += pool.strides[axis])
      for (int64_t tap = 0; tap < taps; ++tap)
        if (int64_t at = start + tap * pool.dilations[axis]; at >= 0 && at < extent)
          ++reads[at];
    return reads;
  };
  SmallVector<double, 0> rows = listReads(0, request.height, pool.rows),
                         columns = listReads(1, request.width, pool.columns);
  for (auto [index, count] : llvm::enumerate(counts))
    count = rows[index / request.width] * columns[index % request.width];
  return counts;
}

Expected<Positions> choosePooling(const MaskRequest &request) {
  if (!request.pool)
    return createStringError("the mask 'pooling' is for layers whose result a pooling reads");
  SmallVector<double, 0> counts = countWindows(request);
  return takeLargest(counts, countKept(counts.size(), request.kept), request.seed);
}

Expected<Positions> chooseImpact(const MaskRequest &request) {
  if (request.importance.empty())
    return createStringError("the mask 'impact' needs a file of the importance of positions");
  SmallVector<double, 0> weights(request.importance.begin(), request.importance.end());
  return takeLargest(weights, countKept(weights.size(), request.kept), request.seed);
}

/// Whole tiles: the most important ones, or evenly spread ones (additive recurrence in two
/// dimensions, whose steps are powers of the plastic number).
Expected<Positions> chooseTiles(const MaskRequest &request) {
  int64_t rows = divideCeil(request.height, kTile), columns = divideCeil(request.width, kTile);
  SmallVector<double, 0> weights(rows * columns, 0);
  auto getTile = [&](int64_t y, int64_t x) { return y / kTile * columns + x / kTile; };
  for (auto [index, importance] : llvm::enumerate(request.importance))
    weights[getTile(index / request.width, index % request.width)] += importance;
  if (request.importance.empty())
    for (auto [tile, weight] : llvm::enumerate(weights)) {
      double shift = 0.7548776662466927 * static_cast<double>(tile / columns) +
                     0.5698402909980532 * static_cast<double>(tile % columns);
      weight = shift - std::floor(shift);
    }
  Positions tiles = takeLargest(weights, countKept(weights.size(), request.kept), request.seed);
  Positions positions;
  for (int64_t y = 0; y < request.height; ++y)
    for (int64_t x = 0; x < request.width; ++x)
      if (llvm::binary_search(tiles, getTile(y, x)))
        positions.push_back(y * request.width + x);
  return positions;
}

Expected<Positions> takeGiven(const MaskRequest &request) {
  if (!request.given)
    return createStringError("the mask 'positions' needs a file of positions");
  return *request.given;
}

constexpr MaskKind kKinds[] = {
    {"uniform", "positions drawn at random", false, chooseUniform},
    {"grid", "some rows and some columns, evenly spaced, shifted at random", false, chooseGrid},
    {"fractional-stride", "some rows and some columns, as a stride between whole numbers has them",
     false, chooseFractionalStride},
    {"strides", "every so many rows and columns, so that layers are strided convolutions", false,
     chooseStrides},
    {"pooling", "positions that most windows of the following pooling read", false, choosePooling},
    {"impact", "positions whose values change the loss most", true, chooseImpact},
    {"tiles", "whole tiles of 4 x 4 positions, which Winograd's convolution computes at once",
     false, chooseTiles},
    {"positions", "those of a file", false, takeGiven},
};

} // namespace

Positions listAll(int64_t count) {
  Positions all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

ArrayRef<MaskKind> listMaskKinds() { return kKinds; }

Expected<const MaskKind *> lookupMaskKind(StringRef name) {
  const MaskKind *found = llvm::find_if(kKinds, [&](const MaskKind &k) { return k.name == name; });
  if (found != std::end(kKinds))
    return found;
  auto names = llvm::map_range(kKinds, [](const MaskKind &kind) { return kind.name.str(); });
  return createStringError("unknown mask '" + name + "'; known are " + join(names, ", "));
}

} // namespace nnc
