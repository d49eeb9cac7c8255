// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/tree_masks.h"

#include <gtest/gtest.h>
#include <vector>

namespace {

/// Trees x[tree % 3] < tree / 10 ? tree + 1 : (x[1] < 0.5 ? tree + 2 : -1), in groups of `width`.
template <class T> struct Stumps {
  std::vector<std::int32_t> starts{0}, columns;
  std::vector<T> thresholds, values;
  std::vector<nnc::SignedOfSize<sizeof(T)>> masks;
  int trees;

  Stumps(int trees, int width) : trees(trees) {
    for (int first = 0; first < trees; first += width)
      addGroup(first, width);
    for (int tree = 0; tree < trees; ++tree)
      for (int value : {tree + 1, tree + 2, -1})
        values.push_back(static_cast<T>(value));
  }

  nnc::TreeMasks<T> get() const {
    return {
        starts.data(), columns.data(), thresholds.data(), masks.data(), values.data(), trees, 3};
  }

  T expect(const T *x) const {
    T sum = 0;
    for (int tree = 0; tree < trees; ++tree)
      sum += static_cast<T>(x[tree % 3] < getThreshold(tree) ? tree + 1
                            : x[1] < T(0.5)                  ? tree + 2
                                                             : -1);
    return sum;
  }

private:
  static T getThreshold(int tree) { return static_cast<T>(tree) / 10; }

  void addGroup(int first, int width) {
    for (int column = 0; column < 3; ++column)
      add(column, first, width, [&](int tree) { return tree % 3 == column; }, true);
    add(1, first, width, [](int) { return true; }, false);
    starts.push_back(static_cast<std::int32_t>(columns.size()));
  }

  template <class Has> void add(int column, int first, int width, Has has, bool isRoot) {
    columns.push_back(column);
    for (int tree = first; tree < first + width; ++tree) {
      const bool isThere = tree < trees && has(tree);
      thresholds.push_back(isRoot ? getThreshold(tree) : T(0.5));
      masks.push_back(!isThere ? -1 : isRoot ? ~1 : ~2);
    }
  }
};

template <class T> std::vector<T> makeRow(int row) {
  const T first = row == 3 ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(row) * T(0.13);
  return {first, static_cast<T>(row % 3) * T(0.4), static_cast<T>(row % 7) - 1};
}

template <class T, int bytes> void testRow() {
  for (int trees : {1, 15, 16, 17, 40})
    for (int row = 0; row < 8; ++row) {
      const Stumps<T> stumps(trees, 16);
      const std::vector<T> x = makeRow<T>(row);
      EXPECT_EQ((nnc::sumTreesOfRow<16, bytes>(stumps.get(), x.data())), stumps.expect(x.data()))
          << trees << " trees, row " << row;
    }
}

template <class T, int bytes> void testRows() {
  for (int trees : {1, 5})
    for (std::ptrdiff_t rows : {16, 17, 31, 64, 129, 150}) {
      const Stumps<T> stumps(trees, 1);
      const std::ptrdiff_t stride = rows + 3;
      std::vector<T> x(static_cast<std::size_t>(3 * stride)),
          out(static_cast<std::size_t>(2 * rows), -7);
      for (std::ptrdiff_t row = 0; row < rows; ++row)
        for (std::ptrdiff_t column = 0; column < 3; ++column)
          x[static_cast<std::size_t>(column * stride + row)] =
              makeRow<T>(static_cast<int>(row))[static_cast<std::size_t>(column)];
      nnc::sumTreesOfAllRows<bytes>(stumps.get(), x.data(), stride, out.data(), 2, rows);
      for (std::ptrdiff_t row = 0; row < rows; ++row) {
        EXPECT_EQ(out[static_cast<std::size_t>(2 * row)],
                  stumps.expect(makeRow<T>(static_cast<int>(row)).data()))
            << trees << " trees, row " << row << " of " << rows;
        EXPECT_EQ(out[static_cast<std::size_t>(2 * row + 1)], -7); // not ours
      }
    }
}

TEST(TreeMasks, OneRow) {
  testRow<float, 16>();
  testRow<float, 32>();
  testRow<float, 64>();
  testRow<double, 16>();
  testRow<double, 64>();
}

TEST(TreeMasks, AnyNumberOfRows) {
  testRows<float, 16>();
  testRows<float, 32>();
  testRows<float, 64>();
  testRows<double, 16>();
  testRows<double, 64>();
}

TEST(TreeMasks, LowestBit) {
  EXPECT_EQ(nnc::lowestBit(std::int32_t{12}), 2);
  EXPECT_EQ(nnc::lowestBit(std::numeric_limits<std::int32_t>::min()), 31);
  EXPECT_EQ(nnc::lowestBit(std::int64_t{12}), 2);
  EXPECT_EQ(nnc::lowestBit(std::int64_t{1} << 40), 40);
}

} // namespace
