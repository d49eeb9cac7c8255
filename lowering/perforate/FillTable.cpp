// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/FillTable.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace llvm;

namespace nnc {
namespace {

/// Kept columns of each row.
using Rows = SmallVector<SmallVector<int64_t, 0>, 0>;

/// The nearest kept column of a row; the first of two. -1 where there is none.
int64_t findNearest(ArrayRef<int64_t> columns, int64_t x) {
  const int64_t *right = llvm::lower_bound(columns, x);
  if (right == columns.begin())
    return right == columns.end() ? -1 : *right;
  int64_t left = *std::prev(right);
  return right == columns.end() || x - left <= *right - x ? left : *right;
}

/// Rows above and below, as long as they may be nearer.
int64_t findNearest(const Rows &rows, int64_t width, int64_t y, int64_t x) {
  int64_t best = -1, distance = std::numeric_limits<int64_t>::max();
  auto height = static_cast<int64_t>(rows.size());
  for (int64_t step = 0; step < height && step * step <= distance; ++step)
    for (int64_t row : {y - step, y + step}) {
      int64_t column = row < 0 || row >= height ? -1 : findNearest(rows[row], x);
      if (column < 0)
        continue;
      int64_t found = step * step + (column - x) * (column - x), position = row * width + column;
      if (std::pair(found, position) < std::pair(distance, best))
        distance = found, best = position;
    }
  return best;
}

} // namespace

SmallVector<int64_t, 0> makeFillTable(int64_t height, int64_t width, ArrayRef<int64_t> kept) {
  Rows rows(height);
  for (int64_t position : kept)
    rows[position / width].push_back(position % width);
  SmallVector<int64_t, 0> fill;
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      fill.push_back(findNearest(rows, width, y, x));
  return fill;
}

Positions listKept(ArrayRef<int64_t> fill) {
  Positions kept;
  for (auto [position, copied] : llvm::enumerate(fill))
    if (copied == static_cast<int64_t>(position))
      kept.push_back(copied);
  return kept;
}

} // namespace nnc
