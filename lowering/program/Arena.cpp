// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/program/Arena.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

#include <map>

namespace nnc {
namespace {

int64_t getSize(const Lifetime &lifetime) {
  return static_cast<int64_t>(llvm::alignTo(lifetime.bytes, kArenaAlignment));
}

int64_t getLargestLiveSet(llvm::ArrayRef<Lifetime> lifetimes) {
  std::map<int64_t, int64_t> changes;
  for (const Lifetime &lifetime : lifetimes) {
    changes[lifetime.first] += getSize(lifetime);
    changes[lifetime.last + 1] -= getSize(lifetime);
  }
  int64_t live = 0, largest = 0;
  for (auto [step, change] : changes) {
    live += change;
    largest = std::max(largest, live);
  }
  return largest;
}

/// The lowest offset at which `bytes` fit between the occupied intervals [begin, end), sorted by
/// begin.
int64_t findGap(llvm::ArrayRef<std::pair<int64_t, int64_t>> occupied, int64_t bytes) {
  int64_t offset = 0;
  for (auto [begin, end] : occupied) {
    if (begin - offset >= bytes)
      break;
    offset = std::max(offset, end);
  }
  return offset;
}

/// Places the buffers in this order.
Arena place(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<size_t> order) {
  Arena arena;
  arena.offsets.assign(lifetimes.size(), 0);
  llvm::SmallVector<size_t> placed;
  for (size_t index : order) {
    llvm::SmallVector<std::pair<int64_t, int64_t>> occupied;
    for (size_t other : placed)
      if (lifetimes[index].overlaps(lifetimes[other]))
        occupied.emplace_back(arena.offsets[other],
                              arena.offsets[other] + getSize(lifetimes[other]));
    llvm::sort(occupied);
    arena.offsets[index] = findGap(occupied, getSize(lifetimes[index]));
    arena.bytes = std::max(arena.bytes, arena.offsets[index] + getSize(lifetimes[index]));
    placed.push_back(index);
  }
  return arena;
}

} // namespace

Arena planArena(llvm::ArrayRef<Lifetime> lifetimes) {
  llvm::SmallVector<size_t> bySize = llvm::to_vector(llvm::seq<size_t>(0, lifetimes.size()));
  llvm::SmallVector<size_t> byTime = bySize;
  llvm::sort(bySize, [&](size_t a, size_t b) {
    return std::pair(-lifetimes[a].bytes, a) < std::pair(-lifetimes[b].bytes, b);
  });
  Arena arena = place(lifetimes, bySize), inOrder = place(lifetimes, byTime);
  if (inOrder.bytes < arena.bytes)
    arena = inOrder;
  arena.lowerBound = getLargestLiveSet(lifetimes);
  return arena;
}

} // namespace nnc
