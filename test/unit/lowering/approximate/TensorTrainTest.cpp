// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/TensorTrain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

using namespace nnc;
using testing::Each;
using testing::ElementsAre;
using testing::Le;

namespace {

std::vector<float> makeMatrix(int64_t elements, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> matrix(static_cast<size_t>(elements));
  for (float &element : matrix)
    element = normal(generator);
  return matrix;
}

int64_t multiply(llvm::ArrayRef<int64_t> modes) {
  return std::accumulate(modes.begin(), modes.end(), int64_t{1}, std::multiplies<>());
}

std::vector<float> toFloats(const std::vector<double> &numbers) {
  return {numbers.begin(), numbers.end()};
}

/// A train of random cores, and the matrix that it stands for.
TensorTrain makeTrain(const Modes &modes, int64_t rank, unsigned seed) {
  TensorTrain train;
  int64_t before = 1;
  for (size_t k = 0; k < modes.inputs.size(); ++k) {
    int64_t after = k + 1 < modes.inputs.size() ? rank : 1;
    std::vector<float> elements =
        makeMatrix(before * modes.inputs[k] * modes.outputs[k] * after, seed + k);
    train.cores.push_back(
        {before, modes.inputs[k], modes.outputs[k], after, {elements.begin(), elements.end()}});
    before = after;
  }
  return train;
}

class Decomposition : public testing::TestWithParam<Modes> {};

TEST_P(Decomposition, IsExactWithoutLimits) {
  const Modes &modes = GetParam();
  std::vector<float> matrix = makeMatrix(multiply(modes.inputs) * multiply(modes.outputs), 1);
  EXPECT_LT(getRelativeError(matrix, decompose(matrix, modes, {})), 1e-12);
}

TEST_P(Decomposition, FindsTheRanksOfATrain) {
  const Modes &modes = GetParam();
  std::vector<float> matrix = toFloats(reconstruct(makeTrain(modes, 3, 2)));
  // The matrix is rounded to floats.
  TensorTrain found = decompose(matrix, modes, {0, 1e-5});
  EXPECT_THAT(found.getRanks(), Each(Le(3)));
  EXPECT_LT(getRelativeError(matrix, found), 1e-5);
}

TEST_P(Decomposition, KeepsTheError) {
  const Modes &modes = GetParam();
  std::vector<float> matrix = makeMatrix(multiply(modes.inputs) * multiply(modes.outputs), 3);
  int64_t before = 0;
  for (double error : {0.9, 0.5, 0.1}) {
    TensorTrain train = decompose(matrix, modes, {0, error});
    EXPECT_LE(getRelativeError(matrix, train), error);
    EXPECT_GE(train.countElements(), before);
    before = train.countElements();
  }
}

TEST_P(Decomposition, RoundingEqualsDecomposing) {
  const Modes &modes = GetParam();
  std::vector<float> matrix = makeMatrix(multiply(modes.inputs) * multiply(modes.outputs), 4);
  TensorTrain exact = decompose(matrix, modes, {});
  for (int64_t rank : {1, 2, 4}) {
    TensorTrain rounded = nnc::round(exact, {rank, 0});
    EXPECT_THAT(rounded.getRanks(), Each(Le(rank)));
    EXPECT_NEAR(getRelativeError(matrix, rounded),
                getRelativeError(matrix, decompose(matrix, modes, {rank, 0})), 1e-6);
  }
}

TEST_P(Decomposition, ErrorOfTrainsIsThatOfTheirMatrices) {
  TensorTrain exact = makeTrain(GetParam(), 4, 7), rounded = toFloats(nnc::round(exact, {2, 0}));
  std::vector<double> a = reconstruct(exact), b = reconstruct(rounded);
  double error = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    error += (a[i] - b[i]) * (a[i] - b[i]);
    norm += a[i] * a[i];
  }
  EXPECT_NEAR(getRelativeError(exact, rounded), std::sqrt(error / norm), 1e-12);
  EXPECT_LT(getRelativeError(exact, nnc::round(exact, {})), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Modes, Decomposition,
                         testing::Values(Modes{{4, 6}, {5, 3}}, Modes{{2, 7, 4}, {4, 4, 4}},
                                         Modes{{9, 2, 8}, {1, 4, 4}},
                                         Modes{{2, 2, 2, 2, 2}, {3, 1, 2, 2, 2}}));

/// Two modes are the singular value decomposition of the rearranged matrix: no train of that rank
/// is closer.
TEST(Rank, IsTheBestOfTwoModes) {
  Modes modes{{3, 4}, {2, 5}};
  std::vector<float> matrix = toFloats(reconstruct(makeTrain(modes, 4, 5)));
  std::vector<double> errors;
  for (int64_t rank : {1, 2, 3, 4})
    errors.push_back(getRelativeError(matrix, decompose(matrix, modes, {rank, 0})));
  EXPECT_TRUE(std::is_sorted(errors.rbegin(), errors.rend()));
  EXPECT_GT(errors[2], 1e-3);
  EXPECT_LT(errors[3], 1e-6);
}

/// Novikov et al., arXiv:1509.06569, table 2: the first fully connected layer of VGG, 25088 ->
/// 4096.
TEST(Parameters, OfVgg) {
  Modes modes{{2, 7, 8, 8, 7, 4}, {4, 4, 4, 4, 4, 4}};
  EXPECT_EQ(makeTrain(modes, 1, 6).countElements(), 144);
  EXPECT_EQ(makeTrain(modes, 2, 6).countElements(), 528);
  EXPECT_EQ(makeTrain(modes, 4, 6).countElements(), 2016);
  // The paper's compression rates are cut, not rounded.
  constexpr int64_t dense = 25088 * 4096;
  EXPECT_EQ(dense / 144, 713614);
  EXPECT_EQ(dense / 528, 194622);
  EXPECT_EQ(dense / 2016, 50972);
  Modes second{{4, 4, 4, 4, 4, 4}, {4, 4, 4, 4, 4, 4}};
  EXPECT_EQ(makeTrain(second, 4, 6).countElements(), 1152);
  EXPECT_EQ((dense + 4096 * 4096) / (2016 + 1152), 37732);
}

TEST(Modes, AreBalanced) {
  EXPECT_THAT(factorize(4096, 6), ElementsAre(4, 4, 4, 4, 4, 4));
  EXPECT_THAT(factorize(784, 3), ElementsAre(7, 8, 14));
  EXPECT_THAT(factorize(10, 3), ElementsAre(1, 2, 5));
  EXPECT_THAT(factorize(1, 2), ElementsAre(1, 1));
  Modes modes = chooseModes(1024, 512);
  EXPECT_EQ(modes.inputs.size(), modes.outputs.size());
  EXPECT_EQ(multiply(modes.inputs), 1024);
  EXPECT_EQ(multiply(modes.outputs), 512);
}

TEST(Modes, OfPrimesArePadded) {
  EXPECT_EQ(padToSmooth(97), 98);
  EXPECT_EQ(padToSmooth(1021), 1024);
  EXPECT_EQ(padToSmooth(13), 13);
  EXPECT_EQ(padToSmooth(17), 18);
}

} // namespace
