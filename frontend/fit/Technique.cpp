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

Eigen::Index pointsOfMixture(Eigen::Index inputs) {
  return std::max<Eigen::Index>(60, 6 * (inputs + 1));
}
Eigen::Index pointsOfSimplex(Eigen::Index inputs) { return inputs + 2; }
Eigen::Index pointsOfGrid(Eigen::Index) { return 4; }
Eigen::Index pointsOfVaryingNoise(Eigen::Index inputs) {
  return std::max<Eigen::Index>(40, 4 * (inputs + 1));
}

std::string lackNothing(const Sample &) { return {}; }

constexpr Setting kNetworkSettings[] = {
    {"units", "units of each network", 3, 150, true, true},
    {"penalty", "of the squares of the parameters", 1e-7, 1e-2, true, false},
    {"gaussians", "share of the units that are Gaussian", 0, 1, false, false},
    {"stages", "of networks of what the ones before leave over", 1, 3, false, true},
};
constexpr Setting kTreeSettings[] = {
    {"depth", "levels of each tree", 2, 9, false, true},
    {"rate", "what is taken of each tree", 0.01, 0.3, true, false},
    {"rows", "share of the points for each tree", 0.4, 1, false, false},
    {"columns", "share of the inputs for each tree", 0.3, 1, false, false},
    {"ridge", "added to the weight of each leaf", 0.1, 30, true, false},
};
constexpr Setting kProcessSettings[] = {
    {"power", "of differences in the covariance exp(-sum |d|^power)", 1, 2, false, false},
};
constexpr Setting kInducingSettings[] = {
    {"points", "inducing points", 50, 2000, true, true},
};
constexpr Setting kMixtureSettings[] = {{"parts", "clusters of points", 2, 8, false, true}};
constexpr Setting kSplineSettings[] = {
    {"tension", "how much it pulls straight, over the mean distance of points; 0: cubic", 0, 20,
     false, false},
};

constexpr Property kSurface =
    Property::Gradient | Property::Smooth | Property::Noise | Property::Fast;
constexpr Property kProcess =
    Property::ErrorBars | Property::Gradient | Property::Smooth | Property::Noise;

constexpr Technique kTechniques[] = {
    // name, summary, gives, automatic, points, most points, most inputs, lack, fit, settings
    {"linear",
     "linear response surface, ridge or stepwise",
     kSurface | Property::Linear,
     true,
     pointsOfLinear,
     kAnyNumber,
     0,
     lackNothing,
     fitLinear,
     {}},
    {"quadratic",
     "quadratic response surface, ridge or stepwise",
     kSurface,
     true,
     pointsOfQuadratic,
     50000,
     40,
     lackNothing,
     fitQuadratic,
     {}},
    {"spline", "cubic spline, or one in tension", kProcess ^ Property::ErrorBars | Property::Exact,
     true, pointsOfSpline, 1500, 1, lackNothing, fitSpline, kSplineSettings},
    {"ta",
     "tensor product of splines on a grid",
     Property::Exact | Property::Gradient | Property::Smooth | Property::Noise | Property::Tensor,
     true,
     pointsOfGrid,
     100000,
     0,
     lackGrid,
     fitTensor,
     {}},
    {"tgp",
     "Gaussian process on a grid",
     kProcess | Property::Exact | Property::Tensor,
     true,
     pointsOfGrid,
     100000,
     0,
     lackGrid,
     fitTensorProcess,
     {}},
    {"ita",
     "tensor product of splines on a part of a grid",
     Property::Gradient | Property::Smooth | Property::Noise | Property::Tensor,
     true,
     pointsOfOthers,
     50000,
     0,
     lackPartOfGrid,
     fitIncompleteTensor,
     {}},
    {"gp", "Gaussian process", kProcess | Property::Exact, true, pointsOfOthers, 4000, 0,
     lackNothing, fitGaussianProcess, kProcessSettings},
    {"hgp",
     "Gaussian process with noise that varies",
     kProcess | Property::VaryingNoise,
     false,
     pointsOfVaryingNoise,
     2000,
     0,
     lackNothing,
     fitVaryingNoise,
     {}},
    {"sgp", "Gaussian process on inducing points", kProcess | Property::Fast, true, pointsOfOthers,
     kAnyNumber, 0, lackNothing, fitSparseGaussianProcess, kInducingSettings},
    {"hda", "high-dimensional approximation: linear, sigmoid and Gaussian functions", kSurface,
     true, pointsOfOthers, kAnyNumber, 0, lackNothing, fitHighDimensional, kNetworkSettings},
    {"hdagp",
     "networks and a Gaussian process of what they leave over",
     kProcess,
     true,
     pointsOfCombined,
     1000,
     0,
     lackNothing,
     fitTrendAndProcess,
     {}},
    {"moa", "mixture of Gaussian processes, each of a cluster of points",
     Property::Gradient | Property::Smooth | Property::Noise, false, pointsOfMixture, 4000, 0,
     lackNothing, fitMixture, kMixtureSettings},
    {"gbrt", "gradient-boosted trees", Property::Noise | Property::Fast, true, pointsOfOthers,
     kAnyNumber, 0, lackNothing, fitBoostedTrees, kTreeSettings},
    {"pla",
     "piecewise linear on a Delaunay triangulation",
     Property::Exact | Property::Gradient,
     false,
     pointsOfSimplex,
     5000,
     5,
     lackNothing,
     fitPiecewiseLinear,
     {}},
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

std::vector<int> drawRows(Eigen::Index points, Eigen::Index most, std::mt19937 &random) {
  std::vector<int> rows(static_cast<size_t>(points));
  std::iota(rows.begin(), rows.end(), 0);
  std::shuffle(rows.begin(), rows.end(), random);
  rows.resize(static_cast<size_t>(std::min(most, points)));
  return rows;
}

std::vector<std::vector<int>> drawFolds(Eigen::Index points, int folds, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::vector<int>> result(static_cast<size_t>(folds));
  for (auto [index, row] : llvm::enumerate(drawRows(points, points, random)))
    result[index % result.size()].push_back(row);
  return result;
}

std::vector<int> joinOthers(llvm::ArrayRef<std::vector<int>> parts, size_t except) {
  std::vector<int> others;
  for (auto [index, part] : llvm::enumerate(parts))
    if (index != except)
      others.insert(others.end(), part.begin(), part.end());
  return others;
}

Vector crossValidate(const Sample &sample, int folds,
                     llvm::function_ref<Predictor(const Sample &)> fit) {
  Vector heldOut(sample.countPoints());
  auto parts = drawFolds(sample.countPoints(), folds, sample.seed);
  for (auto [index, part] : llvm::enumerate(parts))
    heldOut(part) = fit(sample.take(joinOthers(parts, index)))(sample.x(part, Eigen::all));
  return heldOut;
}

llvm::Expected<Vector>
crossValidateModels(const Sample &sample, int folds,
                    llvm::function_ref<llvm::Expected<Fitted>(const Sample &)> fit) {
  llvm::Error failure = llvm::Error::success();
  Vector heldOut = crossValidate(sample, folds, [&](const Sample &part) -> Predictor {
    if (!failure) {
      llvm::Expected<Fitted> fitted = fit(part);
      if (fitted)
        return [fitted = std::move(*fitted)](const Matrix &x) -> Vector {
          return fitted.formula.evaluate(fitted.value, x).col(0);
        };
      failure = fitted.takeError();
    }
    return [](const Matrix &x) -> Vector { return Vector::Zero(x.rows()); };
  });
  if (failure)
    return failure;
  return heldOut;
}

} // namespace nnc::fit
