// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/FillTable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace nnc;
using testing::ElementsAre;

namespace {

TEST(FillTable, CopiesTheNearest) {
  // Kept: the corners of 3 x 4.
  EXPECT_THAT(makeFillTable(3, 4, {0, 3, 8, 11}),
              ElementsAre(0, 0, 3, 3, 0, 0, 3, 3, 8, 8, 11, 11));
}

TEST(FillTable, OfSeveralTakesTheFirst) {
  // The middle of 3 x 3 is as far from 1 as from 3, 5 and 7, and (0, 0) as far from 1 as from 3.
  EXPECT_THAT(makeFillTable(3, 3, {1, 3, 5, 7}), ElementsAre(1, 1, 1, 3, 1, 5, 3, 7, 5));
}

TEST(FillTable, OfOneIsThatEverywhere) {
  EXPECT_THAT(makeFillTable(1, 3, {2}), ElementsAre(2, 2, 2));
}

TEST(FillTable, KeptPositionsCopyThemselves) {
  EXPECT_THAT(listKept(makeFillTable(4, 4, {1, 6, 7, 13})), ElementsAre(1, 6, 7, 13));
}

/// Against a search of all kept positions.
TEST(FillTable, IsWhatASearchFinds) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    int64_t height = 1 + random() % 9, width = 1 + random() % 9;
    Positions kept;
    for (int64_t position = 0; position < height * width; ++position)
      if (random() % 4 == 0)
        kept.push_back(position);
    if (kept.empty())
      kept.push_back(random() % (height * width));
    auto getDistance = [&](int64_t a, int64_t b) {
      int64_t rows = a / width - b / width, columns = a % width - b % width;
      return rows * rows + columns * columns;
    };
    auto fill = makeFillTable(height, width, kept);
    for (int64_t position = 0; position < height * width; ++position) {
      auto *nearest = std::min_element(kept.begin(), kept.end(), [&](int64_t a, int64_t b) {
        return getDistance(a, position) < getDistance(b, position);
      });
      ASSERT_EQ(fill[position], *nearest) << height << " x " << width << " at " << position;
    }
  }
}

} // namespace
