// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/LogNormal.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace nnc;

namespace {

/// Computed with 50 digits.
struct Golden {
  double mu, logSigma, mean, snr;
};
const Golden kGolden[] = {
    {0, -5, 0.9946465150, 246.6992061},     {-1, -1, 0.3912272572, 2.718665060},
    {-3, 0, 0.08032598596, 0.8477313193},   {-5, 1, 0.05317683787, 0.4085057373},
    {-10, 1, 0.001519096264, 0.1047394926}, {0, 0, 0.5231565837, 2.092439006}};

TEST(LogNormal, GoldenValues) {
  for (const Golden &golden : kGolden) {
    LogNormalMoments moments = computeLogNormalMoments(golden.mu, golden.logSigma);
    EXPECT_NEAR(moments.mean / golden.mean, 1, 1e-9) << golden.mu << " " << golden.logSigma;
    EXPECT_NEAR(moments.snr / golden.snr, 1, 1e-9) << golden.mu << " " << golden.logSigma;
  }
}

/// E[theta] and the ratio by summation over log theta.
LogNormalMoments integrate(double mu, double logSigma) {
  double sigma = std::exp(logSigma), mass = 0, mean = 0, square = 0;
  double nearest = std::min(mu, 0.0), steps = 2000000;
  for (double i = 0; i < steps; ++i) {
    double log = -20 * (i + 0.5) / steps;
    double density =
        std::exp(((nearest - mu) * (nearest - mu) - (log - mu) * (log - mu)) / (2 * sigma * sigma));
    mass += density;
    mean += density * std::exp(log);
    square += density * std::exp(2 * log);
  }
  mean /= mass;
  return {mean, mean / std::sqrt(square / mass - mean * mean)};
}

TEST(LogNormal, IsTheIntegral) {
  for (double mu : {-19.0, -7.5, -0.25, 0.5, 2.0, 5.0})
    for (double logSigma : {-2.0, -0.5, 1.0, 3.0, 5.0}) {
      LogNormalMoments expected = integrate(mu, logSigma),
                       moments = computeLogNormalMoments(mu, logSigma);
      EXPECT_NEAR(moments.mean / expected.mean, 1, 1e-6) << mu << " " << logSigma;
      EXPECT_NEAR(moments.snr / expected.snr, 1, 1e-4) << mu << " " << logSigma;
    }
}

TEST(LogNormal, ClipsAndKeepsItsDigitsAtTheEnds) {
  EXPECT_EQ(computeLogNormalMoments(9, 1).mean, computeLogNormalMoments(5, 1).mean);
  EXPECT_EQ(computeLogNormalMoments(-1, 7).mean, computeLogNormalMoments(-1, 5).mean);
  EXPECT_NEAR(computeLogNormalMoments(5, -20).mean, 1, 1e-8);
  EXPECT_NEAR(computeLogNormalMoments(-20, -20).mean / std::exp(-20.0), 1, 1e-7);
  EXPECT_TRUE(std::isinf(computeLogNormalMoments(-3, -20).snr));
}

TEST(LogNormal, ScalesDropChannelsOfLowRatio) {
  llvm::SmallVector<float, 0> scales = computeLogNormalScales({0, -3}, {-5, 0}, 1);
  EXPECT_FLOAT_EQ(scales[0], 0.9946465150f);
  EXPECT_EQ(scales[1], 0);
  EXPECT_FLOAT_EQ(computeLogNormalScales({-3}, {0}, 0.5)[0], 0.08032598596f);
}

} // namespace
