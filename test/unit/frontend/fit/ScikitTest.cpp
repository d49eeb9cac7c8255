// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fits against scikit-learn, where both are to compute the same. The numbers are what scikit.py
// prints.
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Techniques.h"
#include "test/unit/frontend/fit/Samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace nnc::fit;

namespace {

/// As make_points of scikit.py.
Matrix makePoints(Eigen::Index count, Eigen::Index first) {
  Matrix x(count, 3);
  const double primes[] = {2, 3, 5};
  for (Eigen::Index row = 0; row < count; ++row)
    for (Eigen::Index d = 0; d < 3; ++d) {
      double place = static_cast<double>(first + row) * std::sqrt(primes[d]);
      x(row, d) = 2 * (place - std::floor(place)) - 1;
    }
  return x;
}

class Scikit : public testing::Test {
protected:
  Scikit() {
    sample.x = makePoints(60, 1);
    sample.weights = Vector::Ones(60);
    auto a = sample.x.col(0).array(), b = sample.x.col(1).array(), c = sample.x.col(2).array();
    sample.y = (2 * a).sin() + b * b + 0.5 * a * c + 0.3 * c + makeNoise().array();
  }

  Vector makeNoise() const { return 0.05 * (40 * sample.x.rowwise().sum()).array().sin(); }

  void expectNear(const Vector &actual, std::vector<double> expected, double tolerance) {
    ASSERT_EQ(actual.size(), 4);
    for (Eigen::Index i = 0; i < 4; ++i)
      EXPECT_NEAR(actual(i), expected[static_cast<size_t>(i)], tolerance);
  }

  void expectProcess(const CovarianceKind &kind, std::vector<double> values,
                     std::vector<double> deviations) {
    CovarianceParameters parameters{kind, Eigen::Vector3d(0.9, 0.4, 0.2).array().log(),
                                    std::log(1e-3)};
    Fitted fitted = llvm::cantFail(makeProcess(sample, parameters));
    // A constant of variance 1e6 there is a mean that is not known here.
    expectNear(predict(fitted, tests), values, 1e-6);
    expectNear(fitted.formula.evaluate(*fitted.deviation, tests), deviations, 1e-6);
  }

  Sample sample;
  Matrix tests = makePoints(4, 1000);
};

TEST_F(Scikit, LinearRegression) {
  sample.y = sample.x * Eigen::Vector3d(1, -0.5, 0.8) + makeNoise();
  expectNear(predict(fit(fitLinear, sample), tests),
             {-0.777904369, -0.344468989, -0.872045966, 0.607454969}, 1e-8);
}

TEST_F(Scikit, RidgeCVOfPolynomialFeatures) {
  sample.y = sample.x * Eigen::Vector3d(1, 1, -1) +
             (sample.x * Eigen::Vector3d(1, 0.5, -0.8)).cwiseAbs2() + makeNoise();
  expectNear(predict(fit(fitQuadratic, sample), tests),
             {-0.424918474, 1.91881804, -0.0409678496, -0.547353787}, 1e-8);
}

TEST_F(Scikit, GaussianProcessRegressorWithRBF) {
  expectProcess({Covariance::PowerExponential, 2, ""},
                {-0.136615828, 0.618994281, -1.0158415, 0.22347454},
                {0.0633641228, 0.0294565123, 0.0320981621, 0.0291065051});
}

TEST_F(Scikit, GaussianProcessRegressorWithMatern) {
  expectProcess({Covariance::Matern52, 2, ""},
                {-0.0961447246, 0.614921536, -1.01882829, 0.216441426},
                {0.0905091238, 0.0436544382, 0.0442487177, 0.0459785713});
}

TEST_F(Scikit, GradientBoostingRegressor) {
  sample.y += 30 * makeNoise();
  Wishes wishes =
      makeWishes({{"depth", 2}, {"rate", 0.3}, {"rows", 1}, {"columns", 1}, {"ridge", 0}});
  Fitted fitted = fit(fitBoostedTrees, sample, wishes);
  ASSERT_EQ(fitted.description, "58 trees of depth 2"); // as many as held-out rows ask for
  // At the sample's points: between them thresholds may be elsewhere.
  expectNear(predict(fitted, sample.x.topRows(4)),
             {-0.603970446, 1.97268635, -0.36949594, 2.52392982}, 1e-6);
}

} // namespace
