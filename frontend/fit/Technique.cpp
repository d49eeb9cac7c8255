// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Technique.h"

#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>
#include <random>

namespace nnc::fit {
namespace {

constexpr Eigen::Index kAnyNumber = std::numeric_limits<Eigen::Index>::max();

Eigen::Index pointsOfLinear(Eigen::Index) { return 2; }
Eigen::Index pointsOfQuadratic(Eigen::Index inputs) {
  return std::max<Eigen::Index>((inputs + 1) * (inputs + 2) / 2, 6);
}
Eigen::Index pointsOfSpline(Eigen::Index) { return 5; }
Eigen::Index pointsOfCombined(Eigen::Index inputs) {
  return std::max<Eigen::Index>(125, 2 * (inputs + 1) + 1);
}
/// 2 (inputs + outputs) + 1.
Eigen::Index pointsOfOthers(Eigen::Index inputs) { return 2 * (inputs + 1) + 1; }

constexpr Technique kTechniques[] = {
    // name, summary, exact, error bars, gradient, linear, points, most points, most inputs
    {"linear", "linear response surface, ridge", false, false, true, true, pointsOfLinear,
     kAnyNumber, 0, fitLinear},
    {"quadratic", "quadratic response surface, ridge", false, false, true, false, pointsOfQuadratic,
     50000, 40, fitQuadratic},
    {"spline", "natural cubic spline", true, false, true, false, pointsOfSpline, 1500, 1,
     fitSpline},
    {"gp", "Gaussian process", true, true, true, false, pointsOfOthers, 4000, 0,
     fitGaussianProcess},
    {"sgp", "Gaussian process on inducing points", false, true, true, false, pointsOfOthers,
     kAnyNumber, 0, fitSparseGaussianProcess},
    {"hda", "high-dimensional approximation, sigmoid and linear functions", false, false, true,
     false, pointsOfOthers, kAnyNumber, 0, fitHighDimensional},
    {"hdagp", "networks and a Gaussian process of what they leave over", false, true, true, false,
     pointsOfCombined, 1000, 0, fitTrendAndProcess},
    {"gbrt", "gradient-boosted trees", false, false, false, false, pointsOfOthers, kAnyNumber, 0,
     fitBoostedTrees},
};

} // namespace

Sample Sample::take(const std::vector<int> &rows) const {
  return {x(rows, Eigen::all), y(rows), weights(rows), seed, report};
}

llvm::ArrayRef<Technique> listTechniques() { return kTechniques; }

const Technique *findTechnique(llvm::StringRef name) {
  const auto *found = llvm::find_if(
      kTechniques, [&](const Technique &technique) { return technique.name == name; });
  return found == std::end(kTechniques) ? nullptr : found;
}

std::vector<std::vector<int>> drawFolds(Eigen::Index points, int folds, unsigned seed) {
  std::vector<int> rows(static_cast<size_t>(points));
  std::iota(rows.begin(), rows.end(), 0);
  std::mt19937 random(seed);
  std::shuffle(rows.begin(), rows.end(), random);
  std::vector<std::vector<int>> result(static_cast<size_t>(folds));
  for (auto [index, row] : llvm::enumerate(rows))
    result[index % result.size()].push_back(row);
  return result;
}

llvm::Expected<Vector>
crossValidate(const Sample &sample, int folds,
              llvm::function_ref<llvm::Expected<Fitted>(const Sample &)> fit) {
  Vector heldOut(sample.countPoints());
  auto parts = drawFolds(sample.countPoints(), folds, sample.seed);
  for (const std::vector<int> &part : parts) {
    std::vector<int> others;
    for (const std::vector<int> &other : parts)
      if (&other != &part)
        others.insert(others.end(), other.begin(), other.end());
    llvm::Expected<Fitted> fitted = fit(sample.take(others));
    if (!fitted)
      return fitted.takeError();
    Matrix predicted = fitted->formula.evaluate(fitted->value, sample.x(part, Eigen::all));
    heldOut(part) = predicted.col(0);
  }
  return heldOut;
}

} // namespace nnc::fit
