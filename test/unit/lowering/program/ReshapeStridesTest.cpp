// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/program/Placement.h"

#include <gtest/gtest.h>

#include <random>

using namespace nnc;

namespace {

using Numbers = llvm::SmallVector<int64_t>;

/// The place of each element of a tensor, in row-major order.
Numbers listPlaces(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides) {
  Numbers places{0};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    Numbers next;
    for (int64_t place : places)
      for (int64_t i = 0; i < shape[axis]; ++i)
        next.push_back(place + i * strides[axis]);
    places = next;
  }
  return places;
}

/// Strides under which a tensor of this shape has its elements at these places, if there are any:
/// read off the first step along each dimension, and tried.
std::optional<Numbers> findStrides(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> places) {
  Numbers strides(shape.size(), 1);
  int64_t step = 1;
  for (size_t axis = shape.size(); axis-- > 0; step *= shape[axis])
    if (shape[axis] > 1)
      strides[axis] = places[static_cast<size_t>(step)] - places[0];
  return listPlaces(shape, strides) == places ? std::optional(strides) : std::nullopt;
}

/// Factors of `count` in random order, with ones among them.
Numbers splitRandomly(std::mt19937 &random, int64_t count) {
  Numbers shape;
  while (count > 1 || random() % 4 == 0) {
    int64_t factor = 1 + static_cast<int64_t>(random() % 6);
    if (count % factor == 0) {
      shape.push_back(factor);
      count /= factor;
    } else if (random() % 8 == 0) {
      shape.push_back(count);
      count = 1;
    }
  }
  return shape;
}

TEST(ReshapeStrides, AgreeWithPlacesOfElements) {
  std::mt19937 random(1);
  int64_t found = 0, refused = 0;
  for (int round = 0; round < 5000; ++round) {
    int64_t count = Numbers{1, 4, 6, 12, 24, 36}[random() % 6];
    Numbers from = splitRandomly(random, count), to = splitRandomly(random, count);
    // A part of a larger tensor: dimensions of the whole are longer here and there.
    Numbers strides(from.size());
    int64_t stride = 1 + static_cast<int64_t>(random() % 2);
    for (size_t axis = from.size(); axis-- > 0;) {
      strides[axis] = stride;
      stride *= from[axis] + (random() % 3 == 0 ? 2 : 0);
    }
    Numbers places = listPlaces(from, strides);
    auto actual = reshapeStrides(from, strides, to);
    ASSERT_EQ(actual.has_value(), findStrides(to, places).has_value()) << "round " << round;
    if (actual)
      ASSERT_EQ(listPlaces(to, *actual), places) << "round " << round;
    ++(actual ? found : refused);
  }
  EXPECT_GT(found, 500);
  EXPECT_GT(refused, 500);
}

TEST(ReshapeStrides, PartOfAConcatenationOfChannels) {
  // Rows of 8 channels inside rows of 24.
  EXPECT_EQ(reshapeStrides({1, 5, 6, 8}, {720, 144, 24, 1}, {30, 8}), (Numbers{24, 1}));
  EXPECT_EQ(reshapeStrides({30, 8}, {24, 1}, {1, 5, 6, 2, 4}), (Numbers{720, 144, 24, 4, 1}));
  // Flattened, a row's end and the next one's start are not side by side.
  EXPECT_EQ(reshapeStrides({30, 8}, {24, 1}, {240}), std::nullopt);
}

} // namespace
