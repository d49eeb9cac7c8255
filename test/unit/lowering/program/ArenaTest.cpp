// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/program/Arena.h"

#include <gtest/gtest.h>

#include <random>

using namespace nnc;

namespace {

int64_t roundUp(int64_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

/// The largest live set, by looking at every step.
int64_t findLowerBound(llvm::ArrayRef<Lifetime> lifetimes, int64_t steps) {
  int64_t largest = 0;
  for (int64_t step = 0; step < steps; ++step) {
    int64_t live = 0;
    for (const Lifetime &lifetime : lifetimes)
      if (lifetime.first <= step && step <= lifetime.last)
        live += roundUp(lifetime.bytes);
    largest = std::max(largest, live);
  }
  return largest;
}

void expectSound(llvm::ArrayRef<Lifetime> lifetimes, int64_t steps) {
  Arena arena = planArena(lifetimes);
  ASSERT_EQ(arena.offsets.size(), lifetimes.size());
  int64_t end = 0;
  for (size_t i = 0; i < lifetimes.size(); ++i) {
    EXPECT_GE(arena.offsets[i], 0);
    EXPECT_EQ(arena.offsets[i] % kArenaAlignment, 0);
    end = std::max(end, arena.offsets[i] + roundUp(lifetimes[i].bytes));
    for (size_t k = 0; k < i; ++k) {
      bool together =
          lifetimes[i].first <= lifetimes[k].last && lifetimes[k].first <= lifetimes[i].last;
      bool apart = arena.offsets[i] + lifetimes[i].bytes <= arena.offsets[k] ||
                   arena.offsets[k] + lifetimes[k].bytes <= arena.offsets[i];
      EXPECT_TRUE(!together || apart) << "buffers " << k << " and " << i << " overlap";
    }
  }
  EXPECT_EQ(arena.bytes, end);
  EXPECT_EQ(arena.lowerBound, findLowerBound(lifetimes, steps));
  EXPECT_GE(arena.bytes, arena.lowerBound);
}

TEST(Arena, RandomLifetimesNeverOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    int64_t steps = 1 + random() % 20;
    std::vector<Lifetime> lifetimes;
    for (size_t count = random() % 25; lifetimes.size() < count;) {
      auto first = static_cast<int64_t>(random() % steps);
      auto last = first + static_cast<int64_t>(random() % (steps - first));
      lifetimes.push_back({static_cast<int64_t>(1 + random() % 1000), first, last});
    }
    SCOPED_TRACE(round);
    expectSound(lifetimes, steps);
  }
}

TEST(Arena, NothingTakesNothing) {
  Arena arena = planArena({});
  EXPECT_EQ(arena.bytes, 0);
  EXPECT_EQ(arena.lowerBound, 0);
}

TEST(Arena, AChainUsesTwoPlaces) {
  Arena arena = planArena({{100, 0, 1}, {100, 1, 2}, {100, 2, 3}, {100, 3, 4}});
  EXPECT_EQ(arena.bytes, 256);
  EXPECT_EQ(arena.lowerBound, 256);
  EXPECT_EQ(arena.offsets[0], arena.offsets[2]);
  EXPECT_EQ(arena.offsets[1], arena.offsets[3]);
}

TEST(Arena, ASmallBufferFillsAGap) {
  // The large ones lie at both ends of the small one's life.
  Arena arena = planArena({{1000, 0, 1}, {64, 1, 3}, {1000, 2, 3}});
  EXPECT_EQ(arena.bytes, roundUp(1000) + 64);
  EXPECT_EQ(arena.offsets[0], arena.offsets[2]);
}

} // namespace
