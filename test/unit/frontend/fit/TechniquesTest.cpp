// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fits against closed forms.
#include "frontend/fit/techniques/Techniques.h"
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Grid.h"
#include "test/unit/frontend/fit/Samples.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Dense>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

using namespace nnc::fit;
using testing::HasSubstr;

namespace {

TEST(Polynomial, LinearIsLeastSquaresWithoutNoise) {
  Sample sample = makeSample(12, 3, [](const RowVector &x) { return 1 + 2 * x(0) - x(2); });
  Fitted fitted = fit(fitLinear, sample);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-6);
  Matrix moved = sample.x;
  moved.col(1).array() += 1;
  EXPECT_LT((predict(fitted, sample.x) - predict(fitted, moved)).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Polynomial, QuadraticHasProductsAndSquares) {
  Sample sample =
      makeSample(30, 2, [](const RowVector &x) { return x(0) * x(1) - 3 * x(1) * x(1); });
  Fitted fitted = fit(fitQuadratic, sample);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(Polynomial, HeldOutPredictionsAreThoseOfFitsWithoutThePoint) {
  Sample sample = makeSample(15, 2, wave, 0.3);
  Vector exact(15);
  // With no ridge: ordinary least squares, point by point.
  for (int i = 0; i < 15; ++i) {
    Matrix terms(14, 3);
    Vector y(14);
    for (int j = 0, to = 0; j < 15; ++j)
      if (j != i) {
        terms.row(to) << 1, sample.x.row(j);
        y(to++) = sample.y(j);
      }
    RowVector at(3);
    at << 1, sample.x.row(i);
    exact(i) = at * terms.colPivHouseholderQr().solve(y);
  }
  Fitted fitted = fit(fitLinear, sample);
  EXPECT_LT((fitted.heldOut - exact).norm() / exact.norm(), 0.2); // the ridge is small
}

TEST(Spline, IsTheStraightLineOfStraightPoints) {
  Sample sample = makeSample(9, 1, [](const RowVector &x) { return 3 * x(0); });
  Fitted fitted = fit(fitSpline, sample);
  Matrix at(3, 1);
  at << -0.5, 0.25, 1;
  EXPECT_LT((predict(fitted, at) - at.col(0) * sample.y(0) / sample.x(0, 0)).cwiseAbs().maxCoeff(),
            1e-6);
}

TEST(Spline, ExactGoesThroughPoints) {
  Sample sample = makeSample(20, 1, [](const RowVector &x) { return std::sin(5 * x(0)); }, 0.2);
  EXPECT_LT(
      (predict(fit(fitSpline, sample, Property::Exact), sample.x) - sample.y).cwiseAbs().maxCoeff(),
      1e-7);
  EXPECT_GT((predict(fit(fitSpline, sample), sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(GaussianProcess, LikelihoodGradientIsThatOfDifferences) {
  // Through its effect: at the maximum, moving any parameter does not help.
  Sample sample = makeSample(40, 2, wave, 0.1);
  CovarianceParameters best = maximizeLikelihood(sample, {});
  auto logLikelihood = [&](const CovarianceParameters &p) {
    Matrix r = computeCovariances(p, sample.x, sample.x);
    r.diagonal().array() += std::exp(p.logNugget);
    Eigen::LLT<Matrix> factor(r);
    Vector ones = Vector::Ones(40), solved = factor.solve(sample.y), of = factor.solve(ones);
    double mean = ones.dot(solved) / ones.dot(of);
    double variance = (sample.y.array() - mean).matrix().dot(solved - mean * of) / 40;
    return -20 * std::log(variance) - factor.matrixLLT().diagonal().array().log().sum();
  };
  double value = logLikelihood(best);
  for (int parameter = 0; parameter < 3; ++parameter)
    for (double step : {-0.2, 0.2}) {
      CovarianceParameters moved = best;
      (parameter == 2 ? moved.logNugget : moved.logTheta(parameter)) += step;
      EXPECT_GT(value, logLikelihood(moved) - 0.05); // the prior is weak
    }
}

TEST(GaussianProcess, ExactGoesThroughPointsWithNoDeviationThere) {
  Sample sample = makeSample(30, 2, wave);
  Fitted fitted = fit(fitGaussianProcess, sample, Property::Exact);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-5);
  Matrix at = sample.x, far = Matrix::Constant(1, 2, 5);
  EXPECT_LT(fitted.formula.evaluate(*fitted.deviation, at).maxCoeff(), 1e-3);
  EXPECT_GT(fitted.formula.evaluate(*fitted.deviation, far)(0), 0.3);
}

TEST(GaussianProcess, HeldOutPredictionsAreThoseOfKrigingWithoutThePoint) {
  Sample sample = makeSample(25, 2, wave, 0.2);
  Fitted fitted = fit(fitGaussianProcess, sample);
  CovarianceParameters p = maximizeLikelihood(sample, {});
  for (int i = 0; i < 25; i += 6) {
    std::vector<int> others;
    for (int j = 0; j < 25; ++j)
      if (j != i)
        others.push_back(j);
    Sample part = sample.take(others);
    Matrix r = computeCovariances(p, part.x, part.x);
    r.diagonal().array() += std::exp(p.logNugget);
    Eigen::LLT<Matrix> factor(r);
    Vector ones = Vector::Ones(24), of = factor.solve(ones);
    double mean = of.dot(part.y) / of.sum();
    Vector alpha = factor.solve(part.y - mean * ones);
    double predicted = mean + (computeCovariances(p, sample.x.row(i), part.x) * alpha)(0);
    EXPECT_NEAR(fitted.heldOut(i), predicted, 1e-8);
  }
}

/// The share of points within 1.96 deviations.
double getCoverage(const Fitted &fitted, const Sample &points) {
  Vector deviations = fitted.formula.evaluate(*fitted.deviation, points.x);
  auto errors = (predict(fitted, points.x) - points.y).array().abs();
  return (errors <= 1.96 * deviations.array()).cast<double>().mean();
}

/// Water through a borehole (Harper and Gupta, 1983), inputs from -1 to 1.
double flowThroughBorehole(const RowVector &x) {
  auto scale = [&](Eigen::Index d, double low, double high) {
    return low + (x(d) + 1) / 2 * (high - low);
  };
  double radius = scale(0, 0.05, 0.15), transmissivity = scale(2, 63070, 115600);
  double logarithm = std::log(scale(1, 100, 50000) / radius);
  double resistance = 1 +
                      2 * scale(6, 1120, 1680) * transmissivity /
                          (logarithm * radius * radius * scale(7, 9855, 12045)) +
                      transmissivity / scale(4, 63.1, 116);
  return transmissivity * (scale(3, 990, 1110) - scale(5, 700, 820)) / (logarithm * resistance);
}

TEST(GaussianProcess, DeviationsOfFewPointsAreCalibrated) {
  Sample all = makeSample(1080, 8, flowThroughBorehole);
  std::vector<int> few(80), others(1000);
  std::iota(few.begin(), few.end(), 0);
  std::iota(others.begin(), others.end(), 80);
  Sample sample = all.take(few), rest = all.take(others);
  Fitted likeliest = llvm::cantFail(makeProcess(sample, maximizeLikelihood(sample, {})));
  Fitted calibrated = fit(fitGaussianProcess, sample);
  EXPECT_GT(getCoverage(calibrated, rest), 0.9);
  EXPECT_LT(getCoverage(calibrated, rest), 0.98);
  // One factor everywhere, which the description names.
  Vector factors = calibrated.formula.evaluate(*calibrated.deviation, rest.x)
                       .cwiseQuotient(likeliest.formula.evaluate(*likeliest.deviation, rest.x));
  EXPECT_NEAR(factors.minCoeff(), factors.maxCoeff(), 1e-6);
  EXPECT_GT(std::abs(factors(0) - 1), 0.05);
  EXPECT_THAT(calibrated.description,
              HasSubstr(llvm::formatv("deviations x {0:f2}", factors(0)).str()));
}

TEST(SparseGaussianProcess, WithAllPointsIsNearTheFullOne) {
  Sample sample = makeSample(120, 2, wave, 0.1);
  Vector full = predict(fit(fitGaussianProcess, sample), sample.x),
         sparse = predict(fit(fitSparseGaussianProcess, sample), sample.x);
  EXPECT_LT((full - sparse).norm() / full.norm(), 0.05);
}

TEST(BoostedTrees, FindAStep) {
  Sample sample = makeSample(300, 3, [](const RowVector &x) { return x(1) > 0.3 ? 1.0 : 0.0; });
  Fitted fitted = fit(fitBoostedTrees, sample);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).norm() / sample.y.norm(), 0.05);
}

TEST(BoostedTrees, CutInTheMiddleOfGaps) {
  // On the right, nothing is known between -0.8 and 0.8 of the second input.
  Sample sample = makeSample(200, 2, wave);
  for (Eigen::Index row = 0; row < 200; ++row) {
    bool isRight = sample.x(row, 0) > 0, isAbove = sample.x(row, 1) > 0;
    if (isRight)
      sample.x(row, 1) = isAbove ? 0.8 : -0.8;
    sample.y(row) = !isRight ? 3 : isAbove ? 1 : -1;
  }
  Fitted fitted = fit(fitBoostedTrees, sample, makeWishes({{"depth", 2}, {"columns", 1}}));
  Matrix inside(2, 2);
  inside << 1, -0.3, 1, 0.3;
  Vector y = predict(fitted, inside);
  EXPECT_LT(y(0), -0.9);
  EXPECT_GT(y(1), 0.9);
}

TEST(HighDimensional, LearnsAWave) {
  Sample sample = makeSample(150, 2, wave);
  Fitted fitted = fit(fitHighDimensional, sample);
  EXPECT_LT((fitted.heldOut - sample.y).norm() / sample.y.norm(), 0.1);
}

TEST(HighDimensional, GaussianUnitsLearnABump) {
  Sample sample =
      makeSample(150, 2, [](const RowVector &x) { return std::exp(-5 * x.squaredNorm()); });
  auto getError = [&](double gaussians) {
    Wishes wishes = makeWishes({{"units", 4}, {"penalty", 1e-7}, {"gaussians", gaussians}});
    Fitted fitted = fit(fitHighDimensional, sample, wishes);
    return (fitted.heldOut - sample.y).norm() / sample.y.norm();
  };
  EXPECT_LT(getError(1), 0.02);
  EXPECT_GT(getError(0), 0.2);
}

TEST(HighDimensional, BoostingLearnsWhatIsLeftOver) {
  Sample sample = makeSample(200, 2, wave);
  auto getError = [&](double stages) {
    Wishes wishes = makeWishes({{"units", 2}, {"penalty", 1e-6}, {"stages", stages}});
    Fitted fitted = fit(fitHighDimensional, sample, wishes);
    return (predict(fitted, sample.x) - sample.y).norm() / sample.y.norm();
  };
  EXPECT_LT(getError(2), 0.7 * getError(1));
}

TEST(TrendAndProcess, AddsWhatTheTrendLeaves) {
  auto rough = [](const RowVector &x) { return 5 * x(0) + std::sin(12 * x(1)); };
  Sample sample = makeSample(200, 2, rough);
  Fitted fitted = fit(fitTrendAndProcess, sample);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).norm() / sample.y.norm(), 1e-3);
  EXPECT_LT((fitted.heldOut - sample.y).norm() / sample.y.norm(), 0.1);
  Matrix far = Matrix::Constant(1, 2, 6);
  EXPECT_GT(fitted.formula.evaluate(*fitted.deviation, far)(0),
            fitted.formula.evaluate(*fitted.deviation, sample.x).maxCoeff());
}

/// All combinations of numbers, in random order.
Sample makeGridSample(std::vector<int> extents, double (*f)(const RowVector &)) {
  Eigen::Index count = 1;
  for (int extent : extents)
    count *= extent;
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(3));
  Sample sample{Matrix(count, extents.size()), Vector(count), Vector::Ones(count)};
  for (Eigen::Index row = 0; row < count; ++row) {
    int rest = order[static_cast<size_t>(row)];
    for (size_t input = 0; input < extents.size(); rest /= extents[input++])
      sample.x(row, static_cast<Eigen::Index>(input)) =
          2.0 * (rest % extents[input]) / (extents[input] - 1) - 1;
    sample.y(row) = f(sample.x.row(row));
  }
  return sample;
}

double ripple(const RowVector &x) { return std::sin(3 * x(0)) * std::exp(x(1)) + x(2); }

TEST(Grid, FindsFactorsOfSeveralInputs) {
  Sample sample = makeGridSample({5, 4, 3}, ripple);
  EXPECT_EQ(findGrid(sample.x).formatExtents(), "5 x 4 x 3");
  EXPECT_TRUE(findGrid(sample.x).isComplete());
  // A disc of two inputs, and a third one.
  std::vector<int> disc;
  for (int row = 0; row < 60; ++row)
    if (sample.x.row(row).head(2).squaredNorm() < 1.5)
      disc.push_back(row);
  Grid grid = findGrid(sample.take(disc).x);
  ASSERT_EQ(grid.factors.size(), 2u);
  EXPECT_EQ(grid.factors[0].inputs, (std::vector<int>{0, 1}));
  EXPECT_TRUE(grid.isComplete());
  EXPECT_FALSE(findGrid(makeSample(30, 2, wave).x).isComplete());
}

TEST(Tensor, ExactSplinesGoThroughPointsAndPredictBetween) {
  Sample sample = makeGridSample({12, 9, 3}, ripple);
  Fitted fitted = fit(fitTensor, sample, Property::Exact);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-9);
  Matrix between = 0.8 * sample.x;
  Vector expected(between.rows());
  for (Eigen::Index row = 0; row < between.rows(); ++row)
    expected(row) = ripple(between.row(row));
  EXPECT_LT((predict(fitted, between) - expected).cwiseAbs().maxCoeff(), 0.02);
}

TEST(Tensor, SplinesOfOneFactorAreNaturalOnes) {
  // Along one factor, the product is the spline of that factor.
  Sample grid = makeGridSample({9, 2}, [](const RowVector &x) { return std::sin(4 * x(0)); });
  Sample line = makeGridSample({9}, [](const RowVector &x) { return std::sin(4 * x(0)); });
  Fitted tensor = fit(fitTensor, grid, Property::Exact),
         spline = fit(fitSpline, line, Property::Exact);
  Matrix x = Matrix::Random(20, 2);
  EXPECT_LT((predict(tensor, x) - predict(spline, x.leftCols(1))).cwiseAbs().maxCoeff(), 1e-8);
}

TEST(TensorProcess, IsTheGaussianProcessOfTheSameParameters) {
  Sample sample = makeGridSample({7, 6}, wave);
  sample.y.array() += 0.05 * Vector::Random(sample.y.size()).array();
  Wishes wishes;
  wishes.settings["power"] = 1.5;
  Fitted tensor = fit(fitTensorProcess, sample, wishes);
  // Both find the parameters of the greatest likelihood.
  Fitted full = llvm::cantFail(makeProcess(sample, maximizeLikelihood(sample, wishes)));
  Matrix x = Matrix::Random(20, 2);
  EXPECT_LT((predict(tensor, x) - predict(full, x)).cwiseAbs().maxCoeff(), 0.02);
  EXPECT_LT((tensor.heldOut - full.heldOut).cwiseAbs().maxCoeff(), 0.03);
  Vector deviations = tensor.formula.evaluate(*tensor.deviation, x),
         others = full.formula.evaluate(*full.deviation, x);
  EXPECT_LT((deviations - others).cwiseAbs().maxCoeff(), 0.02);
}

TEST(IncompleteTensor, FillsHoles) {
  Sample sample = makeGridSample({12, 10}, wave);
  std::vector<int> kept, left;
  for (int row = 0; row < 120; ++row)
    (row % 4 == 0 ? left : kept).push_back(row);
  Sample part = sample.take(kept);
  Fitted fitted = fit(fitIncompleteTensor, part);
  Sample holes = sample.take(left);
  EXPECT_LT((predict(fitted, holes.x) - holes.y).norm() / holes.y.norm(), 0.05);
}

TEST(Spline, TensionPullsStraight) {
  // Through points on a corner, a spline in strong tension is nearly the corner.
  Sample sample = makeGridSample({11}, [](const RowVector &x) { return std::abs(x(0)); });
  Wishes cubic(Property::Exact), tight(Property::Exact);
  cubic.settings["tension"] = 0;
  tight.settings["tension"] = 20;
  Matrix x = RowVector::LinSpaced(50, -1, 1).transpose();
  Vector expected = x.cwiseAbs();
  double ofCubic = (predict(fit(fitSpline, sample, cubic), x) - expected).norm();
  double ofTight = (predict(fit(fitSpline, sample, tight), x) - expected).norm();
  EXPECT_LT(ofTight, 0.3 * ofCubic);
  EXPECT_LT((predict(fit(fitSpline, sample, tight), sample.x) - sample.y).cwiseAbs().maxCoeff(),
            1e-7);
}

TEST(PiecewiseLinear, IsExactAndLinearBetween) {
  for (int inputs : {1, 2, 3}) {
    Sample sample = makeSample(60, inputs, wave);
    sample.y = sample.x.rowwise().squaredNorm();
    Fitted fitted = fit(fitPiecewiseLinear, sample);
    EXPECT_LT((predict(fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-7) << inputs;
    // A convex function lies below its chords.
    Matrix inside = 0.3 * sample.x;
    EXPECT_GT((predict(fitted, inside) - inside.rowwise().squaredNorm()).minCoeff(), -1e-3)
        << inputs;
  }
  // On a grid all squares have four corners on a circle.
  Sample grid = makeGridSample({6, 6}, [](const RowVector &x) { return x(0) + 2 * x(1); });
  Matrix x = 0.9 * Matrix::Random(30, 2);
  EXPECT_LT((predict(fit(fitPiecewiseLinear, grid), x) -
             x * Vector(RowVector::LinSpaced(2, 1, 2).transpose()))
                .cwiseAbs()
                .maxCoeff(),
            1e-9);
}

TEST(Mixture, OfTwoFunctionsBeatsOneProcess) {
  // Waves in one cluster, a plane in the other.
  Sample sample = makeSample(200, 2, wave);
  for (Eigen::Index row = 0; row < sample.y.size(); ++row) {
    bool isRight = sample.x(row, 0) > 0;
    sample.x(row, 0) += isRight ? 3 : -3;
    sample.y(row) = isRight ? std::sin(7 * sample.x(row, 1)) : 0.3 * sample.x.row(row).sum();
  }
  Wishes two;
  two.settings["parts"] = 2;
  Fitted mixture = fit(fitMixture, sample, two), process = fit(fitGaussianProcess, sample);
  EXPECT_LT((mixture.heldOut - sample.y).norm(), (process.heldOut - sample.y).norm());
}

TEST(VaryingNoise, SeesWhereNoiseIsLarge) {
  Sample sample = makeSample(160, 1, [](const RowVector &x) { return std::sin(3 * x(0)); });
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (Eigen::Index row = 0; row < sample.y.size(); ++row)
    sample.y(row) += (sample.x(row) > 0 ? 0.5 : 0.05) * normal(random);
  Fitted fitted = fit(fitVaryingNoise, sample);
  Matrix ends(2, 1);
  ends << -0.8, 0.8;
  Matrix deviations = fitted.formula.evaluate(*fitted.deviation, ends);
  EXPECT_NEAR(deviations(0), 0.05, 0.05);
  EXPECT_NEAR(deviations(1), 0.5, 0.2);
}

} // namespace
