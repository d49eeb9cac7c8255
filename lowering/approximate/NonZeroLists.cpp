// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/NonZeroLists.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <algorithm>

using llvm::ArrayRef;
using llvm::SmallVector;

namespace nnc {
namespace {

/// Outputs, longest lists first.
SmallVector<int32_t> sortByLength(NonZeroLists lists) {
  auto all = llvm::seq<int32_t>(0, static_cast<int32_t>(lists.size()));
  SmallVector<int32_t> order(all.begin(), all.end());
  llvm::sort(order, [&](int32_t a, int32_t b) {
    return lists[a].size() != lists[b].size() ? lists[a].size() > lists[b].size() : a < b;
  });
  return order;
}

} // namespace

SmallVector<SmallVector<NonZero>> listNonZeros(ArrayRef<float> matrix, int64_t rows) {
  auto columns = static_cast<int64_t>(matrix.size()) / rows;
  SmallVector<SmallVector<NonZero>> lists(columns);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      if (float value = matrix[row * columns + column]; value != 0)
        lists[column].push_back({row, value});
  return lists;
}

int64_t countEntries(NonZeroLists lists) {
  int64_t count = 0;
  for (const SmallVector<NonZero> &list : lists)
    count += static_cast<int64_t>(list.size());
  return count;
}

int64_t countSliced(NonZeroLists lists, int64_t lanes) {
  SmallVector<int32_t> order = sortByLength(lists);
  int64_t count = 0;
  for (size_t first = 0; first < order.size(); first += lanes)
    count += lanes * static_cast<int64_t>(lists[order[first]].size());
  return count;
}

SlicedLists sliceLists(NonZeroLists lists, int64_t lanes) {
  SmallVector<int32_t> order = sortByLength(lists);
  SlicedLists sliced;
  sliced.lanes = lanes;
  sliced.longest = 1;
  sliced.starts = {0};
  sliced.positions.resize(lists.size());
  for (size_t first = 0; first < order.size(); first += lanes) {
    auto outputs = ArrayRef(order).slice(first).take_front(lanes);
    size_t length = lists[outputs.front()].size(), base = sliced.values.size();
    sliced.values.resize(base + length * lanes, 0);
    sliced.columns.resize(base + length * lanes, 0);
    for (auto [lane, output] : llvm::enumerate(outputs)) {
      sliced.positions[output] = static_cast<int32_t>(first + lane);
      for (auto [step, entry] : llvm::enumerate(lists[output])) {
        sliced.values[base + step * lanes + lane] = entry.value;
        sliced.columns[base + step * lanes + lane] = static_cast<int32_t>(entry.row);
      }
    }
    sliced.longest = std::max(sliced.longest, static_cast<int64_t>(length));
    sliced.starts.push_back(static_cast<int32_t>(sliced.values.size() / lanes));
  }
  if (sliced.values.empty()) { // tables have elements
    sliced.values.resize(lanes, 0);
    sliced.columns.resize(lanes, 0);
  }
  return sliced;
}

/// The inputs that a slice reads, in order.
static SmallVector<int64_t> listRows(ArrayRef<SmallVector<NonZero>> slice) {
  SmallVector<int64_t> rows;
  for (const SmallVector<NonZero> &list : slice)
    for (const NonZero &entry : list)
      rows.push_back(entry.row);
  llvm::sort(rows);
  rows.erase(llvm::unique(rows), rows.end());
  return rows;
}

SlicedLists blockLists(NonZeroLists lists, int64_t lanes) {
  SlicedLists blocked;
  blocked.lanes = lanes;
  blocked.longest = 1;
  blocked.starts = {0};
  for (size_t first = 0; first < lists.size(); first += lanes) {
    auto slice = lists.slice(first).take_front(lanes);
    SmallVector<int64_t> rows = listRows(slice);
    size_t base = blocked.values.size();
    blocked.values.resize(base + rows.size() * lanes, 0);
    for (auto [lane, list] : llvm::enumerate(slice)) {
      blocked.positions.push_back(static_cast<int32_t>(first + lane));
      for (const NonZero &entry : list)
        blocked.values[base + (llvm::lower_bound(rows, entry.row) - rows.begin()) * lanes + lane] =
            entry.value;
    }
    llvm::append_range(blocked.columns, rows);
    blocked.longest = std::max(blocked.longest, static_cast<int64_t>(rows.size()));
    blocked.starts.push_back(static_cast<int32_t>(blocked.columns.size()));
  }
  if (blocked.values.empty()) { // tables have elements
    blocked.values.resize(lanes, 0);
    blocked.columns.resize(1, 0);
  }
  return blocked;
}

int64_t countBlocked(NonZeroLists lists, int64_t lanes) {
  int64_t count = 0;
  for (size_t first = 0; first < lists.size(); first += lanes)
    count += lanes * static_cast<int64_t>(listRows(lists.slice(first).take_front(lanes)).size());
  return count;
}

JoinedLists joinLists(NonZeroLists lists, ArrayRef<int64_t> offsets, ArrayRef<int64_t> rowBlocks,
                      int64_t blocks) {
  JoinedLists joined;
  joined.longest = 1;
  joined.starts = {0};
  for (int64_t block = 0; block < blocks; ++block)
    for (const SmallVector<NonZero> &list : lists) {
      for (const NonZero &entry : list) {
        if (rowBlocks[entry.row] != block)
          continue;
        joined.values.push_back(entry.value);
        joined.offsets.push_back(static_cast<int32_t>(offsets[entry.row]));
      }
      auto end = static_cast<int32_t>(joined.values.size());
      joined.longest = std::max<int64_t>(joined.longest, end - joined.starts.back());
      joined.starts.push_back(end);
    }
  if (joined.values.empty()) { // tables have elements
    joined.values.push_back(0);
    joined.offsets.push_back(0);
  }
  return joined;
}

} // namespace nnc
