// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/LogNormal.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnc {

namespace {

constexpr double kLowest = -20, kHighest = 0; // of log theta
constexpr double kLeast = -20, kMost = 5;     // of mu and log sigma

const double kRootOfTwo = std::sqrt(2.0);

/// exp(z^2) erfc(z) for z >= 0: beyond 3, where erfc would lose its digits to exp, as a continued
/// fraction.
double computeErfcx(double z) {
  if (z < 3)
    return std::exp(z * z) * std::erfc(z);
  double fraction = 0;
  for (int k = 60; k > 0; --k)
    fraction = k / 2.0 / (z + fraction);
  return 1 / (std::sqrt(std::acos(-1.0)) * (z + fraction));
}

/// erfcx(z) exp(exponent); for negative z, erfcx is 2 exp(z^2) - erfcx(-z), and `sum`, which is
/// exponent + z^2, is known without their cancellation.
double scaleErfcx(double z, double exponent, double sum) {
  double tail = computeErfcx(std::abs(z)) * std::exp(exponent);
  return z < 0 ? 2 * std::exp(sum) - tail : tail;
}

} // namespace

LogNormalMoments computeLogNormalMoments(double mu, double logSigma) {
  mu = std::clamp(mu, kLeast, kMost);
  double sigma = std::exp(std::clamp(logSigma, kLeast, kMost));
  double alpha = (kLowest - mu) / sigma, beta = (kHighest - mu) / sigma;
  // Where most of the normal distribution is beyond the upper end, all is relative to its density
  // there, which may be too small for a double.
  double common = mu > 0 ? beta * beta / 2 : 0;
  // E[theta^order] times the mass of the interval; of order 0 the mass itself.
  auto integrate = [&](int order) {
    double sum = order * mu + order * sigma * order * sigma / 2 + common;
    auto end = [&](double bound, double log) {
      return scaleErfcx((order * sigma - bound) / kRootOfTwo,
                        order * log - bound * bound / 2 + common, sum);
    };
    return (end(beta, kHighest) - end(alpha, kLowest)) / 2;
  };
  double mass = integrate(0), mean = integrate(1) / mass, square = integrate(2) / mass;
  double variance = square - mean * mean;
  if (!(variance > mean * mean * std::numeric_limits<double>::epsilon()))
    return {mean, std::numeric_limits<double>::infinity()};
  return {mean, mean / std::sqrt(variance)};
}

llvm::SmallVector<float, 0>
computeLogNormalScales(llvm::ArrayRef<float> mu, llvm::ArrayRef<float> logSigma, double threshold) {
  llvm::SmallVector<float, 0> scales;
  for (auto [m, s] : llvm::zip_equal(mu, logSigma)) {
    LogNormalMoments moments = computeLogNormalMoments(m, s);
    scales.push_back(moments.snr > threshold ? static_cast<float>(moments.mean) : 0);
  }
  return scales;
}

} // namespace nnc
