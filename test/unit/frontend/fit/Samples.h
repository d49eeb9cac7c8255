// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples of known functions, and fits that may not fail.
#ifndef TEST_UNIT_FRONTEND_FIT_SAMPLES_H
#define TEST_UNIT_FRONTEND_FIT_SAMPLES_H

#include "frontend/fit/Technique.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace nnc::fit {

/// Random points of f, each column and the values scaled to mean 0 and variance 1.
inline Sample makeSample(Eigen::Index points, Eigen::Index inputs,
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

inline Fitted fit(llvm::Expected<Fitted> (*technique)(const Sample &, const Wishes &),
                  const Sample &sample, const Wishes &wishes = {}) {
  llvm::Expected<Fitted> fitted = technique(sample, wishes);
  if (!fitted) {
    ADD_FAILURE() << llvm::toString(fitted.takeError());
    std::abort();
  }
  return std::move(*fitted);
}

inline Wishes makeWishes(std::map<std::string, double> settings) {
  Wishes wishes;
  wishes.settings = std::move(settings);
  return wishes;
}

inline Vector predict(const Fitted &fitted, const Matrix &x) {
  return fitted.formula.evaluate(fitted.value, x).col(0);
}

inline double wave(const RowVector &x) {
  return std::sin(2 * x(0)) + x(x.size() - 1) * x(x.size() - 1);
}

} // namespace nnc::fit

#endif // TEST_UNIT_FRONTEND_FIT_SAMPLES_H
