// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Gaussian process on some of the points, the inducing ones, that knows all results (projected
// process; Quinonero-Candela and Rasmussen, 2005, section 5).
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Cholesky>

#include <random>

namespace nnc::fit {
namespace {

constexpr double kMostInducing = 1000;

/// The weights of covariances to inducing points for one share of noise.
struct Projected {
  double noise, error = HUGE_VAL;
  Vector weights, heldOut;
  Eigen::LLT<Matrix> factor; // of noise Kmm + Kmn Knm, with a ridge where rounding asks for it

  /// `moments` is Kmn Knm, `sums` Kmn y.
  Projected(double noise, const Matrix &kmm, const Matrix &knm, const Matrix &moments,
            const Vector &sums, const Sample &sample)
      : noise(noise) {
    Matrix matrix = noise * kmm + moments;
    double ridge = 1e-14 * matrix.diagonal().maxCoeff();
    for (int attempt = 0; factor.compute(matrix), factor.info() != Eigen::Success; ++attempt) {
      if (attempt == 6)
        return;
      matrix.diagonal().array() += ridge;
      ridge *= 10;
    }
    weights = factor.solve(sums);
    // Leverages are those of a ridge regression on the covariances.
    Matrix solved = factor.matrixL().solve(knm.transpose());
    Vector leverage = solved.colwise().squaredNorm().transpose().cwiseProduct(sample.weights);
    Vector residual = sample.y - knm * weights;
    heldOut = sample.y - residual.cwiseQuotient((1 - leverage.array()).max(1e-6).matrix());
    error = (heldOut - sample.y).cwiseAbs2().dot(sample.weights);
  }
};

} // namespace

llvm::Expected<Fitted> fitSparseGaussianProcess(const Sample &sample, const Wishes &wishes) {
  CovarianceParameters parameters = maximizeLikelihood(sample, wishes);
  auto most = static_cast<Eigen::Index>(wishes.find("points").value_or(kMostInducing));
  std::mt19937 random(sample.seed);
  Matrix inducing = sample.x(drawRows(sample.countPoints(), most, random), Eigen::all);
  Eigen::Index m = inducing.rows();
  Matrix kmm = computeCovariances(parameters, inducing, inducing);
  kmm.diagonal().array() += 1e-8;
  Matrix knm = computeCovariances(parameters, sample.x, inducing);
  Matrix weighted = sample.weights.asDiagonal() * knm;
  Matrix moments = weighted.transpose() * knm;
  Vector sums = weighted.transpose() * sample.y;
  std::optional<Projected> best;
  for (double factor : {0.1, 1.0, 10.0}) {
    double noise = std::max(std::exp(parameters.logNugget), 1e-8) * factor;
    Projected projected(noise, kmm, knm, moments, sums, sample);
    if (!best || projected.error < best->error)
      best.emplace(std::move(projected));
  }
  if (!std::isfinite(best->error))
    return llvm::createStringError("the covariances of the inducing points cannot be factored");
  Formula formula(sample.countInputs());
  Node covariances = addCovariances(formula, formula.input(), parameters, inducing);
  Node value = formula.linear(covariances, best->weights, RowVector::Zero(1));
  // variance (1 + noise - k' (Kmm^-1 - noise A^-1) k), with the variance that residuals have.
  double variance = (sample.y - best->heldOut).squaredNorm() / sample.countPoints();
  Matrix identity = Matrix::Identity(m, m);
  Matrix inverse = best->factor.matrixL().solve(identity).transpose();
  Node known = formula.sum(
      formula.unary(Unary::Square, formula.linear(covariances, inverse, RowVector::Zero(m))));
  Node spread =
      formula.affine(known, RowVector::Constant(1, variance), RowVector::Constant(1, variance));
  Node deviation = formula.unary(Unary::Sqrt, formula.atLeast(spread, 1e-14));
  std::string description = llvm::formatv("{0}, {1} inducing points, noise {2:e1}",
                                          describeKind(parameters.kind), m, best->noise);
  return Fitted{std::move(formula), value, deviation, best->heldOut, description};
}

} // namespace nnc::fit
