// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/program/Arena.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <random>

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

/// Orders to place buffers in: the largest first, by time, and those that block the most first.
llvm::SmallVector<llvm::SmallVector<size_t>> getOrders(llvm::ArrayRef<Lifetime> lifetimes) {
  auto sorted = [&](auto getKey) {
    llvm::SmallVector<size_t> order = llvm::to_vector(llvm::seq<size_t>(0, lifetimes.size()));
    llvm::sort(order, [&](size_t a, size_t b) {
      return std::pair(getKey(lifetimes[a]), a) < std::pair(getKey(lifetimes[b]), b);
    });
    return order;
  };
  return {sorted([](const Lifetime &lifetime) { return -lifetime.bytes; }),
          sorted([](const Lifetime &lifetime) { return lifetime.first; }),
          sorted([](const Lifetime &lifetime) {
            return -lifetime.bytes * (lifetime.last - lifetime.first + 1);
          })};
}

/// Exchanges two buffers of the order again and again and keeps what needs no more memory, until
/// the lower bound is reached or the work is worth about a tenth of a second. Pseudo-random, the
/// same every time.
void improve(Arena &arena, llvm::SmallVector<size_t> order, llvm::ArrayRef<Lifetime> lifetimes) {
  if (order.size() < 2)
    return;
  size_t rounds = 10'000'000 / (order.size() * order.size());
  // NOLINTNEXTLINE(bugprone-random-generator-seed): the same every time, on purpose
  std::minstd_rand random;
  for (size_t round = 0; round < rounds && arena.bytes > arena.lowerBound; ++round) {
    llvm::SmallVector<size_t> changed = order;
    size_t one = random() % order.size(), another = random() % order.size();
    std::swap(changed[one], changed[another]);
    Arena other = place(lifetimes, changed);
    if (other.bytes > arena.bytes)
      continue;
    order = changed;
    arena.bytes = other.bytes;
    arena.offsets = other.offsets;
  }
}

} // namespace

Arena planArena(llvm::ArrayRef<Lifetime> lifetimes) {
  Arena best;
  llvm::SmallVector<size_t> bestOrder;
  for (llvm::SmallVector<size_t> &order : getOrders(lifetimes)) {
    Arena arena = place(lifetimes, order);
    if (!bestOrder.empty() && arena.bytes >= best.bytes)
      continue;
    best = arena;
    bestOrder = order;
  }
  best.lowerBound = getLargestLiveSet(lifetimes);
  improve(best, bestOrder, lifetimes);
  return best;
}

} // namespace nnc
