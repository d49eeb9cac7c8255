// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/active.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

using testing::ElementsAre;

namespace {

/// Without std::vector<bool>.
struct Marks {
  explicit Marks(const std::vector<int> &numbers)
      : size(numbers.size()), data(new bool[numbers.size() + 1]) {
    for (size_t i = 0; i < size; ++i)
      data[i] = numbers[i] != 0;
  }
  std::vector<int> list() const { return {data.get(), data.get() + size}; }

  size_t size;
  std::unique_ptr<bool[]> data;
};

TEST(Active, ListGoesOnToAWholePiece) {
  Marks active({0, 1, 0, 0, 1, 1, 0, 0});
  std::vector<std::int32_t> positions(9, -1);
  std::int32_t count = -1;
  nnc::listActive(active.data.get(), 8, 3, positions.data(), &count);
  EXPECT_EQ(count, 3);
  EXPECT_THAT(std::vector<int>(positions.begin(), positions.begin() + 3), ElementsAre(1, 4, 5));
  nnc::listActive(active.data.get(), 8, 4, positions.data(), &count);
  EXPECT_THAT(std::vector<int>(positions.begin(), positions.begin() + 4), ElementsAre(1, 4, 5, 0));
}

TEST(Active, NothingAndEverything) {
  std::vector<std::int32_t> positions(4, -1);
  std::int32_t count = -1;
  nnc::listActive(Marks({0, 0, 0}).data.get(), 3, 4, positions.data(), &count);
  EXPECT_EQ(count, 0);
  nnc::listActive(Marks({1, 1, 1}).data.get(), 3, 4, positions.data(), &count);
  EXPECT_EQ(count, 3);
  EXPECT_THAT(positions, ElementsAre(0, 1, 2, 0));
}

TEST(Active, WindowsReadTheirNeighbours) {
  // Two images of 3 x 4, windows 3 x 3: of a corner, and of nothing.
  Marks active({1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
      read(std::vector<int>(24, 1));
  nnc::windowMask(active.data.get(), {2, 3, 4, {3, 3}, {1, 1}, {1, 1}}, read.data.get());
  EXPECT_THAT(read.list(), ElementsAre(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, //
                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Active, WindowsWithGapsAreNotSymmetric) {
  // A row of 20: window 2 reads positions 1, 4 and 7; window 18 reads 17.
  std::vector<int> numbers(20, 0);
  numbers[2] = numbers[18] = 1;
  Marks active(numbers), read(numbers);
  nnc::windowMask(active.data.get(), {1, 1, 20, {1, 3}, {1, 3}, {0, 1}}, read.data.get());
  std::vector<int> expected(20, 0);
  expected[1] = expected[4] = expected[7] = expected[17] = 1;
  EXPECT_EQ(read.list(), expected);
}

TEST(Active, UpdatesListedRows) {
  std::vector<float> image{0, 0, 1, 1, 2, 2}, rows{7, 8, 9, 9};
  std::vector<std::int32_t> positions{2, 0};
  nnc::updateRows(rows.data(), positions.data(), 1, 2, image.data());
  EXPECT_THAT(image, ElementsAre(0, 0, 1, 1, 7, 8));
}

} // namespace
