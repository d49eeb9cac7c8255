// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gaussian processes on grids, whose covariance is the Kronecker product of those of the factors:
// what costs N^3 in general costs the sum of n^3 over the factors (GTApprox, arXiv:1609.01088,
// section 4, TGP; Belyaev, Burnaev and Kapushev, arXiv:1403.6573).
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Grid.h"
#include "frontend/fit/techniques/Minimize.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Eigenvalues>

namespace nnc::fit {
namespace {

/// The process with known parameters: scales of all inputs, then the nugget, as logarithms.
class KroneckerProcess {
public:
  KroneckerProcess(const Grid &grid, const Vector &results, const CovarianceKind &kind,
                   const Vector &parameters)
      : grid(grid), kind(kind), logTheta(parameters.head(parameters.size() - 1)),
        nugget(std::exp(parameters(parameters.size() - 1))) {
    Vector product = Vector::Ones(results.size()), ones = product;
    for (size_t factor = 0; factor < grid.factors.size(); ++factor) {
      const Matrix &points = grid.factors[factor].points;
      distances.push_back(computeDistances(getParameters(factor), points, points));
      covariances.push_back(applyCovariance(kind.covariance, distances.back()));
      Eigen::SelfAdjointEigenSolver<Matrix> solver(covariances.back());
      values.push_back(solver.eigenvalues().cwiseMax(0));
      vectors.push_back(solver.eigenvectors());
      product = multiplyMode(grid, factor, values.back().asDiagonal(), product);
    }
    inverse = (product.array() + nugget).inverse();
    Vector solvedOnes = solve(ones), solved = solve(results);
    onesNorm = ones.dot(solvedOnes);
    mean = ones.dot(solved) / onesNorm;
    alpha = solved - mean * solvedOnes;
    auto count = static_cast<double>(results.size());
    variance = std::max((results.array() - mean).matrix().dot(alpha) / count, 1e-300);
    value = 0.5 * (std::log(variance) - inverse.array().log().mean());
  }

  /// Minus the logarithm of the likelihood, over N, but for a constant.
  double getValue() const { return value; }

  /// Its derivatives in the parameters.
  Vector getGradient() const {
    Vector gradient(logTheta.size() + 1);
    auto count = static_cast<double>(alpha.size());
    for (size_t factor = 0; factor < grid.factors.size(); ++factor) {
      // The other covariances, in the bases of their eigenvectors and of the points.
      Vector weights = inverse, applied = alpha;
      for (size_t other = 0; other < grid.factors.size(); ++other)
        if (other != factor) {
          weights = multiplyMode(grid, other, values[other].asDiagonal(), weights);
          applied = multiplyMode(grid, other, covariances[other], applied);
        }
      Vector sums = unfold(grid, factor, weights).rowwise().sum();
      Matrix inner =
          vectors[factor] * sums.asDiagonal() * vectors[factor].transpose() -
          unfold(grid, factor, alpha) * unfold(grid, factor, applied).transpose() / variance;
      Matrix outer =
          inner.cwiseProduct(differentiateCovariance(kind.covariance, distances[factor]));
      const Factor &of = grid.factors[factor];
      for (auto [column, input] : llvm::enumerate(of.inputs)) {
        auto x = of.points.col(static_cast<Eigen::Index>(column));
        Matrix difference = (x.replicate(1, x.size()).rowwise() - x.transpose()).cwiseAbs();
        gradient(input) = 0.5 / count * std::exp(logTheta(input)) *
                          (outer.array() * difference.array().pow(kind.power)).sum();
      }
    }
    gradient(logTheta.size()) =
        0.5 / count * nugget * (inverse.sum() - alpha.squaredNorm() / variance);
    return gradient;
  }

  /// y_i - alpha_i / (K^-1)_ii (Dubrule, 1983), by cell.
  Vector predictHeldOut(const Vector &results) const {
    std::vector<Matrix> squares;
    for (const Matrix &one : vectors)
      squares.push_back(one.cwiseAbs2());
    Vector solvedOnes = solve(Vector::Ones(results.size()));
    Vector diagonal = multiplyModes(grid, squares, inverse) - solvedOnes.cwiseAbs2() / onesNorm;
    return results - alpha.cwiseQuotient(diagonal);
  }

  Fitted makeModel(const Sample &sample, Vector heldOut, const std::string &description) const {
    Formula formula(sample.countInputs());
    std::vector<Node> bases, squares;
    for (size_t factor = 0; factor < grid.factors.size(); ++factor) {
      const Factor &of = grid.factors[factor];
      Node x = formula.columns(formula.input(), of.inputs);
      bases.push_back(addCovariances(formula, x, getParameters(factor), of.points));
      Node rotated =
          formula.linear(bases.back(), vectors[factor], RowVector::Zero(of.points.rows()));
      squares.push_back(formula.unary(Unary::Square, rotated));
    }
    Node sum = addTensorProduct(formula, bases, grid, alpha);
    Node predicted = formula.affine(sum, RowVector::Ones(1), RowVector::Constant(1, mean));
    Node known = addTensorProduct(formula, squares, grid, inverse);
    Node ofOnes = addTensorProduct(formula, bases, grid, solve(Vector::Ones(alpha.size())));
    Node missing = formula.affine(ofOnes, RowVector::Constant(1, -1), RowVector::Ones(1));
    Node deviation = addKrigingDeviation(formula, known, missing, {variance, nugget, onesNorm});
    return Fitted{std::move(formula), predicted, deviation, std::move(heldOut), description};
  }

private:
  CovarianceParameters getParameters(size_t factor) const {
    return {kind, logTheta(grid.factors[factor].inputs), std::log(nugget)};
  }

  Vector solve(const Vector &tensor) const {
    std::vector<Matrix> there, back(vectors);
    for (const Matrix &one : vectors)
      there.push_back(one.transpose());
    return multiplyModes(grid, back, inverse.cwiseProduct(multiplyModes(grid, there, tensor)));
  }

  const Grid &grid;
  CovarianceKind kind;
  Vector logTheta;
  double nugget, onesNorm, mean, variance, value;
  std::vector<Matrix> distances, covariances, vectors;
  std::vector<Vector> values;
  Vector inverse, alpha; // by cell; `inverse` in the bases of eigenvectors
};

/// Parameters of the greatest likelihood from a start on, and minus its logarithm.
Minimum descend(const Grid &grid, const Vector &results, const CovarianceKind &kind, Vector start,
                Property required) {
  Eigen::Index count = start.size();
  SearchLimits limits{80, 1e-7};
  limits.low = Vector::Constant(count, std::log(1e-6));
  limits.high = Vector::Constant(count, std::log(1e3));
  limits.low(count - 1) = std::log(has(required, Property::Noise) ? 1e-4 : 1e-11);
  limits.high(count - 1) = std::log(has(required, Property::Exact) ? 1e-10 : 2.0);
  auto evaluate = [&](const Vector &at, double *gradient) {
    KroneckerProcess process(grid, results, kind, at);
    if (gradient)
      Eigen::Map<Vector>(gradient, count) = process.getGradient();
    return process.getValue();
  };
  return minimize(evaluate, std::move(start), limits);
}

} // namespace

llvm::Expected<Fitted> fitTensorProcess(const Sample &sample, const Wishes &wishes) {
  Grid grid = findGrid(sample.x);
  Vector results = grid.toCells(sample.y);
  struct {
    double value = HUGE_VAL;
    CovarianceKind kind;
    Vector parameters;
  } best;
  for (const CovarianceKind &kind : listCovarianceKinds(wishes))
    for (double scale : {0.3, 5.0}) {
      Vector start = Vector::Constant(sample.countInputs() + 1, std::log(scale));
      start(sample.countInputs()) = std::log(1e-6);
      auto [parameters, value] = descend(grid, results, kind, start, wishes.required);
      if (value < best.value)
        best = {value, kind, parameters};
    }
  if (!std::isfinite(best.value))
    return llvm::createStringError("the covariances of the grid cannot be decomposed");
  KroneckerProcess process(grid, results, best.kind, best.parameters);
  std::string description =
      llvm::formatv("{0} on a grid of {1}, nugget {2:e1}", describeKind(best.kind),
                    grid.formatExtents(), std::exp(best.parameters(sample.countInputs())));
  sample.report("Gaussian process: " + description);
  return process.makeModel(sample, grid.fromCells(process.predictHeldOut(results)), description);
}

} // namespace nnc::fit
