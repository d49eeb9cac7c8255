// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/trees.h"

#include <gtest/gtest.h>
#include <limits>
#include <vector>

namespace {

/// Trees x[0] < t ? 2 k + 1 : (x[1] < 0.5 ? 2 k + 2 : -1) with two values each; column 2 is zeros.
struct Stumps {
  std::vector<std::int32_t> roots, nodes;
  std::vector<double> thresholds, values;

  explicit Stumps(int count) {
    for (int tree = 0; tree < count; ++tree) {
      const auto first = static_cast<std::int32_t>(thresholds.size());
      roots.insert(roots.end(), {first, 2});
      nodes.insert(nodes.end(),
                   {0, first + 1, 2, first + 1, 1, first + 3, 2, first + 3, 2, first + 4});
      thresholds.insert(thresholds.end(), {tree * 0.1, 1, 0.5, 1, 1});
      for (double value : {0.0, 2.0 * tree + 1, 0.0, 2.0 * tree + 2, -1.0})
        values.insert(values.end(), {value, 10 * value});
    }
  }

  std::vector<double> sum(const std::vector<double> &x, std::ptrdiff_t stride) const {
    const auto rows = static_cast<std::ptrdiff_t>(x.size()) / stride;
    std::vector<double> out(static_cast<std::size_t>(3 * rows), -7);
    nnc::sumTrees<double>({roots.data(), nodes.data(), thresholds.data(), values.data(),
                           static_cast<std::ptrdiff_t>(roots.size()) / 2, 2},
                          {x.data(), out.data(), stride, 3}, rows);
    return out;
  }

  double expect(double a, double b) const {
    double sum = 0;
    for (std::size_t tree = 0; 2 * tree < roots.size(); ++tree) {
      const auto k = static_cast<double>(tree);
      sum += a < k * 0.1 ? 2 * k + 1 : b < 0.5 ? 2 * k + 2 : -1;
    }
    return sum;
  }
};

TEST(Trees, AnyNumberOfTreesAndRows) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (int trees : {1, 7, 8, 9, 20})
    for (int rows : {1, 5, 8, 19}) {
      const Stumps stumps(trees);
      std::vector<double> x;
      for (int row = 0; row < rows; ++row)
        x.insert(x.end(), {row == 3 ? nan : row * 0.13, row % 3 * 0.4, 0, 99});
      const std::vector<double> out = stumps.sum(x, 4);
      for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        const double expected = stumps.expect(x[4 * row], x[4 * row + 1]);
        EXPECT_EQ(out[3 * row], expected) << trees << " trees, row " << row << " of " << rows;
        EXPECT_EQ(out[3 * row + 1], 10 * expected);
        EXPECT_EQ(out[3 * row + 2], -7); // not ours
      }
    }
}

} // namespace
