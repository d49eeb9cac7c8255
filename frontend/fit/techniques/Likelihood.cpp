// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/techniques/GaussianProcess.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Cholesky>
#include <nlopt.h>

#include <cmath>
#include <random>

namespace nnc::fit {
namespace {

constexpr CovarianceKind kKinds[] = {
    {Covariance::PowerExponential, 2, "squared exponential"},
    {Covariance::Matern52, 2, "Matern 5/2"},
    {Covariance::PowerExponential, 1, "exponential"},
};

/// Points that starts are compared with, and those that all evaluations take.
constexpr Eigen::Index kFewPoints = 300, kManyPoints = 2500;

struct Bounds {
  double lowTheta, highTheta, lowNugget, highNugget;
};

/// Sums of scaled |differences|^power.
Matrix computeDistances(const CovarianceParameters &parameters, const Matrix &a, const Matrix &b) {
  Vector scales = (parameters.logTheta / parameters.kind.power).array().exp();
  Matrix left = a * scales.asDiagonal(), right = b * scales.asDiagonal();
  if (parameters.kind.power == 2) {
    Matrix result = -2 * left * right.transpose();
    result.colwise() += left.rowwise().squaredNorm();
    result.rowwise() += right.rowwise().squaredNorm().transpose();
    return result.cwiseMax(0);
  }
  Matrix result = Matrix::Zero(a.rows(), b.rows());
  for (Eigen::Index d = 0; d < a.cols(); ++d)
    for (Eigen::Index j = 0; j < b.rows(); ++j)
      result.col(j).array() += (left.col(d).array() - right(j, d)).abs().pow(parameters.kind.power);
  return result;
}

/// The covariance of each s.
Matrix applyCovariance(Covariance covariance, const Matrix &s) {
  if (covariance == Covariance::PowerExponential)
    return (-s.array()).exp();
  auto root = (5 * s.array()).sqrt();
  return (1 + root + 5.0 / 3 * s.array()) * (-root).exp();
}

/// Its derivative in s.
Matrix differentiateCovariance(Covariance covariance, const Matrix &s) {
  if (covariance == Covariance::PowerExponential)
    return -(-s.array()).exp();
  auto root = (5 * s.array()).sqrt();
  return -5.0 / 6 * (1 + root) * (-root).exp();
}

/// The likelihood of one sample, as a function of parameters.
class Likelihood {
public:
  Likelihood(const Sample &sample, const CovarianceKind &kind, const Bounds &bounds)
      : sample(sample), kind(kind), bounds(bounds) {}

  /// Minus its logarithm, over N, with a weak prior that keeps scales of what does not matter small;
  /// infinity where the matrix is singular.
  double evaluate(const Vector &parameters, double *gradient) {
    ++evaluations;
    Eigen::Index inputs = sample.countInputs(), n = sample.countPoints();
    CovarianceParameters all{kind, parameters.head(inputs), parameters(inputs)};
    Matrix s = computeDistances(all, sample.x, sample.x);
    Matrix r = applyCovariance(kind.covariance, s);
    Vector noise = std::exp(all.logNugget) * sample.weights.cwiseInverse();
    r.diagonal() += noise;
    Eigen::LLT<Matrix> factor(r);
    if (factor.info() != Eigen::Success)
      return HUGE_VAL;
    Vector ones = Vector::Ones(n), solvedOnes = factor.solve(ones), solved = factor.solve(sample.y);
    double mean = ones.dot(solved) / ones.dot(solvedOnes);
    Vector alpha = solved - mean * solvedOnes;
    double variance = std::max((sample.y - mean * ones).dot(alpha) / n, 1e-300);
    double logDeterminant = 2 * factor.matrixLLT().diagonal().array().log().sum();
    double value = 0.5 * (std::log(variance) + logDeterminant / n) + getPrior(parameters) / n;
    if (gradient)
      computeGradient(all, s, noise, factor, alpha, variance, gradient);
    return value;
  }

  unsigned evaluations = 0;

private:
  void computeGradient(const CovarianceParameters &all, const Matrix &s, const Vector &noise,
                       const Eigen::LLT<Matrix> &factor, const Vector &alpha, double variance,
                       double *gradient) {
    Eigen::Index n = sample.countPoints(), inputs = sample.countInputs();
    // d/dp = (tr(R^-1 dR) - alpha' dR alpha / variance) / 2.
    Matrix m = factor.solve(Matrix::Identity(n, n));
    m.noalias() -= alpha * alpha.transpose() / variance;
    double nugget = 0.5 * m.diagonal().dot(noise);
    Matrix w = m.cwiseProduct(differentiateCovariance(kind.covariance, s));
    Vector theta = all.logTheta.array().exp(), sums = w.rowwise().sum();
    Matrix product;
    if (kind.power == 2)
      product.noalias() = w * sample.x;
    for (Eigen::Index d = 0; d < inputs; ++d) {
      auto x = sample.x.col(d);
      double sum = 0;
      if (kind.power == 2)
        sum = 2 * (x.array().square() * sums.array()).sum() - 2 * x.dot(product.col(d));
      else
        for (Eigen::Index j = 0; j < n; ++j)
          sum += ((x.array() - x(j)).abs().pow(kind.power) * w.col(j).array()).sum();
      gradient[d] = (0.5 * theta(d) * sum + 2 * kPrior * (all.logTheta(d) - bounds.lowTheta)) / n;
    }
    gradient[inputs] = nugget / n;
  }

  double getPrior(const Vector &parameters) const {
    return kPrior *
           (parameters.head(sample.countInputs()).array() - bounds.lowTheta).square().sum();
  }

  static constexpr double kPrior = 0.001;

  const Sample &sample;
  CovarianceKind kind;
  Bounds bounds;
};

/// Calls `Likelihood` for NLopt.
double evaluateForNlopt(unsigned count, const double *x, double *gradient, void *data) {
  auto *likelihood = static_cast<Likelihood *>(data);
  double value =
      likelihood->evaluate(Eigen::Map<const Vector>(x, static_cast<Eigen::Index>(count)), gradient);
  if (std::isfinite(value))
    return value;
  if (gradient)
    std::fill(gradient, gradient + count, 0.0);
  return 1e10;
}

/// The best parameters from a start on, and their value.
std::pair<double, Vector> descend(const Sample &sample, const CovarianceKind &kind,
                                  const Bounds &bounds, Vector start, int evaluations) {
  Likelihood likelihood(sample, kind, bounds);
  Eigen::Index inputs = sample.countInputs();
  nlopt_opt search = nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(inputs + 1));
  Vector low = Vector::Constant(inputs + 1, bounds.lowTheta),
         high = Vector::Constant(inputs + 1, bounds.highTheta);
  low(inputs) = bounds.lowNugget;
  high(inputs) = bounds.highNugget;
  start = start.cwiseMax(low).cwiseMin(high);
  nlopt_set_lower_bounds(search, low.data());
  nlopt_set_upper_bounds(search, high.data());
  nlopt_set_min_objective(search, evaluateForNlopt, &likelihood);
  nlopt_set_maxeval(search, evaluations);
  nlopt_set_ftol_abs(search, 1e-7);
  nlopt_set_vector_storage(search, 10);
  double best = likelihood.evaluate(start, nullptr);
  Vector at = start;
  double value = best;
  nlopt_result result = nlopt_optimize(search, at.data(), &value);
  nlopt_destroy(search);
  bool isBetter = (result > 0 || std::isfinite(value)) && value < best;
  return isBetter ? std::pair(value, at) : std::pair(best, start);
}

Sample drawPart(const Sample &sample, Eigen::Index points) {
  if (sample.countPoints() <= points)
    return sample;
  std::vector<int> rows(static_cast<size_t>(sample.countPoints()));
  std::iota(rows.begin(), rows.end(), 0);
  std::mt19937 random(sample.seed);
  std::shuffle(rows.begin(), rows.end(), random);
  rows.resize(static_cast<size_t>(points));
  return sample.take(rows);
}

} // namespace

Matrix computeCovariances(const CovarianceParameters &parameters, const Matrix &a,
                          const Matrix &b) {
  return applyCovariance(parameters.kind.covariance, computeDistances(parameters, a, b));
}

Node addCovariances(Formula &formula, Node x, const CovarianceParameters &parameters,
                    const Matrix &points) {
  RowVector scales = (parameters.logTheta / parameters.kind.power).array().exp().transpose();
  if (parameters.kind.covariance == Covariance::Matern52)
    scales *= std::sqrt(5.0);
  Node scaled = formula.affine(x, scales, RowVector::Zero(scales.size()));
  Node s = formula.distances(scaled, points * scales.asDiagonal(), parameters.kind.power);
  if (parameters.kind.covariance == Covariance::PowerExponential)
    return formula.unary(Unary::Exp, formula.unary(Unary::Negate, s));
  // (1 + r + r^2 / 3) exp(-r), r = sqrt(s); at 0 the root has no derivative.
  RowVector third = RowVector::Constant(points.rows(), 1.0 / 3),
            one = RowVector::Ones(points.rows());
  Node root = formula.unary(Unary::Sqrt, formula.atLeast(s, 1e-100));
  Node polynomial = formula.add(formula.affine(s, third, one), root);
  return formula.multiply(polynomial,
                          formula.unary(Unary::Exp, formula.unary(Unary::Negate, root)));
}

CovarianceParameters maximizeLikelihood(const Sample &sample, const Requirements &requirements) {
  Eigen::Index inputs = sample.countInputs();
  Bounds bounds{std::log(1e-5), std::log(1e2), std::log(1e-14), std::log(2.0)};
  if (requirements.exact)
    bounds.highNugget = std::log(1e-11);
  Sample few = drawPart(sample, kFewPoints), many = drawPart(sample, kManyPoints);
  struct Candidate {
    double value;
    CovarianceKind kind;
    Vector parameters;
  };
  std::vector<Candidate> candidates;
  for (const CovarianceKind &kind : kKinds)
    for (double scale : {0.02, 0.3, 5.0, 50.0})
      for (double nugget : {1e-8, 1e-2}) {
        Vector start = Vector::Constant(inputs + 1, std::log(scale / std::sqrt(inputs)));
        start(inputs) = std::log(nugget);
        auto [value, at] = descend(few, kind, bounds, start, 100);
        candidates.push_back({value, kind, at});
      }
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) { return a.value < b.value; });
  // The best of each kind that is near the best of all, with more points.
  Candidate best = candidates.front();
  if (many.countPoints() > few.countPoints()) {
    best.value = HUGE_VAL;
    std::vector<const char *> done;
    for (const Candidate &candidate : candidates) {
      if (llvm::is_contained(done, candidate.kind.name) || done.size() == 2)
        continue;
      done.push_back(candidate.kind.name);
      auto [value, at] = descend(many, candidate.kind, bounds, candidate.parameters, 40);
      if (value < best.value)
        best = {value, candidate.kind, at};
    }
  }
  sample.report(llvm::formatv("Gaussian process: {0}, nugget {1:e1}, log likelihood {2:f3} a point",
                              best.kind.name, std::exp(best.parameters(inputs)), -best.value)
                    .str());
  return {best.kind, best.parameters.head(inputs), best.parameters(inputs)};
}

} // namespace nnc::fit
