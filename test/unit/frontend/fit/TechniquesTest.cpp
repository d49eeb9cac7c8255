// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fits against closed forms.
#include "frontend/fit/techniques/Techniques.h"
#include "frontend/fit/Surrogate.h"
#include "frontend/fit/techniques/GaussianProcess.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Dense>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace nnc::fit;
using testing::HasSubstr;

namespace {

/// Random points of f, each column and the values scaled to mean 0 and variance 1.
Sample makeSample(Eigen::Index points, Eigen::Index inputs,
                  const std::function<double(const RowVector &)> &f, double noise = 0) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::normal_distribution<double> normal;
  Sample sample;
  sample.x.resize(points, inputs);
  for (double &number : sample.x.reshaped())
    number = uniform(random);
  sample.y.resize(points);
  for (Eigen::Index i = 0; i < points; ++i)
    sample.y(i) = f(sample.x.row(i)) + noise * normal(random);
  for (Eigen::Index d = 0; d < inputs; ++d) {
    sample.x.col(d).array() -= sample.x.col(d).mean();
    sample.x.col(d) /= std::sqrt(sample.x.col(d).squaredNorm() / points);
  }
  sample.y.array() -= sample.y.mean();
  sample.y /= std::sqrt(sample.y.squaredNorm() / points);
  sample.weights = Vector::Ones(points);
  return sample;
}

Fitted fit(llvm::Expected<Fitted> (*technique)(const Sample &, const Requirements &),
           const Sample &sample, const Requirements &requirements = {}) {
  llvm::Expected<Fitted> fitted = technique(sample, requirements);
  if (!fitted) {
    ADD_FAILURE() << llvm::toString(fitted.takeError());
    std::abort();
  }
  return std::move(*fitted);
}

Vector predict(const Fitted &fitted, const Matrix &x) {
  return fitted.formula.evaluate(fitted.value, x).col(0);
}

double wave(const RowVector &x) { return std::sin(2 * x(0)) + x(1) * x(1); }

TEST(Polynomial, LinearIsLeastSquaresWithoutNoise) {
  Sample sample = makeSample(12, 3, [](const RowVector &x) { return 1 + 2 * x(0) - x(2); });
  Fitted fitted = fit(fitLinear, sample);
  EXPECT_LT((predict(fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT(fitted.importance(1), 1e-6);
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
  Requirements exact;
  exact.exact = true;
  EXPECT_LT((predict(fit(fitSpline, sample, exact), sample.x) - sample.y).cwiseAbs().maxCoeff(),
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
  Requirements exact;
  exact.exact = true;
  Fitted fitted = fit(fitGaussianProcess, sample, exact);
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
  EXPECT_GT(fitted.importance(1), 0.9);
}

TEST(HighDimensional, LearnsAWave) {
  Sample sample = makeSample(150, 2, wave);
  Fitted fitted = fit(fitHighDimensional, sample);
  EXPECT_LT((fitted.heldOut - sample.y).norm() / sample.y.norm(), 0.1);
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

TEST(Choose, NamesRequirementsThatContradictEachOther) {
  Sample sample = makeSample(50, 2, wave);
  auto message = [&](Requirements requirements, std::vector<std::string> names = {}) {
    auto chosen = chooseTechniques(sample, requirements, names);
    return chosen ? std::string("no error") : llvm::toString(chosen.takeError());
  };
  Requirements linearBars, exact;
  linearBars.linear = linearBars.errorBars = true;
  exact.exact = true;
  EXPECT_EQ(message(linearBars),
            "--error-bars and --linear contradict each other: no technique meets both");
  EXPECT_EQ(message(exact, {"gbrt"}), "--technique=gbrt and --exact contradict each other");
  EXPECT_THAT(message({}, {"kriging"}),
              HasSubstr("there is no such technique; there are linear, quadratic"));
  EXPECT_THAT(message({}, {"spline"}), HasSubstr("the table has 50 points of 2 inputs"));
}

TEST(Choose, GoesBySizeAndDimension) {
  auto names = [](const Sample &sample, const Requirements &requirements = {}) {
    std::string joined;
    for (const Technique *technique : llvm::cantFail(chooseTechniques(sample, requirements, {})))
      joined += std::string(technique->name) + " ";
    return joined;
  };
  Requirements gradient;
  gradient.gradient = true;
  EXPECT_EQ(names(makeSample(5, 2, wave)), "linear ");
  EXPECT_EQ(names(makeSample(60, 2, wave)), "quadratic gp hda gbrt ");
  EXPECT_EQ(names(makeSample(60, 2, wave), gradient), "quadratic gp hda ");
  EXPECT_EQ(names(makeSample(150, 2, wave)), "quadratic gp hda hdagp gbrt ");
  EXPECT_EQ(names(makeSample(4200, 2, wave)), "quadratic sgp hda gbrt ");
  EXPECT_EQ(names(makeSample(60, 1, [](const RowVector &x) { return x(0); })),
            "quadratic spline gp hda gbrt ");
}

TEST(Choose, WeightsHaveTheLeastError) {
  Vector y = Vector::LinSpaced(20, -1, 1), up = y.array() + 1, down = y.array() - 3;
  std::vector<Tried> tried;
  for (const Vector &heldOut : {up, down})
    tried.push_back({nullptr, Fitted{Formula(1), {0}, std::nullopt, heldOut, "", {}}, 0, 0});
  Vector weights = findWeights(tried, y, Vector::Ones(20));
  EXPECT_NEAR(weights(0), 0.75, 1e-6);
  EXPECT_NEAR(weights(1), 0.25, 1e-6);
}

TEST(Surrogate, SeveralOutputsInTheirUnits) {
  std::string text = "a,b,sum,product\n";
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(0, 10);
  for (int i = 0; i < 60; ++i) {
    double a = uniform(random), b = uniform(random);
    text += llvm::formatv("{0},{1},{2},{3}\n", a, b, 100 * (a + b), a * b).str();
  }
  Table table = llvm::cantFail(parseTable(text, "t.csv"));
  FitOptions options;
  options.roles.outputs = {"sum", "product"};
  auto surrogate = fitTable(table, options);
  ASSERT_TRUE(bool(surrogate));
  Matrix at(1, 2);
  at << 3, 7;
  Matrix y = surrogate->predict(at);
  EXPECT_NEAR(y(0), 1000, 1);
  EXPECT_NEAR(y(1), 21, 0.1);
}

} // namespace
