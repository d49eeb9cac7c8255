// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Natural cubic splines of one input, as sums of |x - x_i|^3 and a straight line (Green and
// Silverman, 1994, chapter 7), smoothed as much as points that are left out ask for.
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/LU>

namespace nnc::fit {
namespace {

/// The coefficients for one penalty of the curvature.
struct SmoothingSpline {
  double penalty, error;
  Vector coefficients, heldOut; // N of the cubes, then constant and slope

  SmoothingSpline(const Sample &sample, double penalty) : penalty(penalty) {
    Eigen::Index n = sample.countPoints();
    Matrix system = Matrix::Zero(n + 2, n + 2);
    for (Eigen::Index i = 0; i < n; ++i)
      system.block(0, i, n, 1) = (sample.x.col(0).array() - sample.x(i, 0)).abs().cube();
    system.block(0, n, n, 1).setOnes();
    system.block(0, n + 1, n, 1) = sample.x;
    system.bottomRows(2) = system.rightCols(2).transpose();
    system.diagonal().head(n) += penalty * sample.weights.cwiseInverse();
    Vector target = Vector::Zero(n + 2);
    target.head(n) = sample.y;
    Matrix inverse = Eigen::PartialPivLU<Matrix>(system).inverse();
    coefficients = inverse * target;
    heldOut = sample.y - coefficients.head(n).cwiseQuotient(inverse.diagonal().head(n));
    error = (heldOut - sample.y).cwiseAbs2().dot(sample.weights);
  }
};

} // namespace

llvm::Expected<Fitted> fitSpline(const Sample &sample, const Requirements &requirements) {
  std::optional<SmoothingSpline> best(std::in_place, sample, 0.0);
  for (double power = -8; power <= 2 && !requirements.exact; power += 0.5) {
    SmoothingSpline smoothed(sample, std::pow(10, power));
    if (!(best->error <= smoothed.error))
      best.emplace(std::move(smoothed));
  }
  Eigen::Index n = sample.countPoints();
  Formula formula(1);
  Node cubes = formula.distances(formula.input(), sample.x, 3);
  Node terms = formula.join({cubes, formula.input()});
  Matrix weights(n + 1, 1);
  weights << best->coefficients.head(n), best->coefficients(n + 1);
  Node value = formula.linear(terms, weights, RowVector::Constant(1, best->coefficients(n)));
  std::string description = llvm::formatv("cubic, {0} knots, penalty {1:e1}", n, best->penalty);
  return Fitted{std::move(formula), value,       std::nullopt,
                best->heldOut,      description, Vector::Ones(1)};
}

} // namespace nnc::fit
