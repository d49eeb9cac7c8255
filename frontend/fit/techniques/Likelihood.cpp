// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Minimize.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Cholesky>

#include <cmath>
#include <limits>
#include <random>

// LAPACK's Cholesky decomposition and the inverse from it: a third of the operations of solving for
// the identity.
extern "C" {
void dpotrf_(const char *triangle, const int *size, double *matrix, const int *stride, int *info);
void dpotri_(const char *triangle, const int *size, double *matrix, const int *stride, int *info);
}

namespace nnc::fit {
namespace {

/// A symmetric matrix, decomposed.
class Decomposition {
public:
  /// False where it is not positive definite.
  bool compute(Matrix matrix) {
    lower = std::move(matrix);
    auto size = static_cast<int>(lower.rows());
    int info = 0;
    dpotrf_("L", &size, lower.data(), &size, &info);
    return info == 0;
  }
  double getLogDeterminant() const { return 2 * lower.diagonal().array().log().sum(); }
  Vector solve(const Vector &b) const {
    Vector x = lower.triangularView<Eigen::Lower>().solve(b);
    return lower.triangularView<Eigen::Lower>().transpose().solve(x);
  }
  Matrix invert() const {
    Matrix inverse = lower;
    auto size = static_cast<int>(lower.rows());
    int info = 0;
    dpotri_("L", &size, inverse.data(), &size, &info);
    inverse.triangularView<Eigen::StrictlyUpper>() = inverse.transpose();
    return inverse;
  }

private:
  Matrix lower;
};

constexpr CovarianceKind kKinds[] = {
    {Covariance::PowerExponential, 2, "squared exponential"},
    {Covariance::Matern52, 2, "Matern 5/2"},
    {Covariance::PowerExponential, 1, "exponential"},
};

/// Points that starts are compared with, then kinds, then what the best ones are fitted to.
constexpr Eigen::Index kFewestPoints = 150, kFewPoints = 250, kSomePoints = 900, kManyPoints = 2500;

/// |difference|^power; without a call of pow where that is the difference.
Vector raise(const Vector &differences, double power) {
  return power == 1 ? differences.cwiseAbs() : Vector(differences.array().abs().pow(power));
}

/// Of logarithms, and of the power where it is free.
struct Bounds {
  double lowTheta, highTheta, lowNugget, highNugget;
  double lowPower = 1, highPower = 2;
};

/// A kind that is so much less likely, per point, is not tried with all of many points.
constexpr double kHopeless = 0.05;

/// How much the logarithm of the likelihood must gain for a power other than 1 and 2, which costs
/// generated code a call of pow for each difference.
constexpr double kWorthPower = 15;

/// The share of noise in the variance that results have at least which are said to be noisy.
constexpr double kLeastNoise = 1e-4;

/// The likelihood of one sample, as a function of parameters.
class Likelihood {
public:
  Likelihood(const Sample &sample, const CovarianceKind &kind, const Bounds &bounds,
             bool isPowerFree)
      : sample(sample), kind(kind), bounds(bounds), isPowerFree(isPowerFree) {}

  /// Scales and nugget and, where it is free, the power.
  Eigen::Index countParameters() const { return sample.countInputs() + 1 + isPowerFree; }
  CovarianceParameters read(const Vector &parameters) const {
    Eigen::Index inputs = sample.countInputs();
    CovarianceParameters all{kind, parameters.head(inputs), parameters(inputs)};
    if (isPowerFree)
      all.kind.power = parameters(inputs + 1);
    return all;
  }

  /// Minus its logarithm, over N, with a weak prior that keeps scales of what does not matter
  /// small; infinity where the matrix is singular.
  double evaluate(const Vector &parameters, double *gradient) const {
    Eigen::Index n = sample.countPoints();
    CovarianceParameters all = read(parameters);
    Matrix s = computeDistances(all, sample.x, sample.x);
    Matrix r = applyCovariance(kind.covariance, s);
    Vector noise = std::exp(all.logNugget) * sample.weights.cwiseInverse();
    Vector diagonal = r.diagonal();
    Decomposition factor;
    // Where rounding has made it singular, with as much more noise as it needs.
    for (int attempt = 0; r.diagonal() = diagonal + noise, !factor.compute(r); ++attempt) {
      if (attempt == 8)
        return HUGE_VAL;
      noise *= 10;
    }
    Vector ones = Vector::Ones(n), solvedOnes = factor.solve(ones), solved = factor.solve(sample.y);
    double mean = ones.dot(solved) / ones.dot(solvedOnes);
    Vector alpha = solved - mean * solvedOnes;
    double variance = std::max((sample.y - mean * ones).dot(alpha) / n, 1e-300);
    double logDeterminant = factor.getLogDeterminant();
    double value = 0.5 * (std::log(variance) + logDeterminant / n) + getPrior(parameters) / n;
    if (gradient)
      computeGradient(all, s, noise, factor, alpha, variance, gradient);
    return value;
  }

private:
  void computeGradient(const CovarianceParameters &all, const Matrix &s, const Vector &noise,
                       const Decomposition &factor, const Vector &alpha, double variance,
                       double *gradient) const {
    Eigen::Index n = sample.countPoints(), inputs = sample.countInputs();
    // d/dp = (tr(R^-1 dR) - alpha' dR alpha / variance) / 2.
    Matrix m = factor.invert();
    m.noalias() -= alpha * alpha.transpose() / variance;
    double nugget = 0.5 * m.diagonal().dot(noise);
    Matrix w = m.cwiseProduct(differentiateCovariance(kind.covariance, s));
    double power = all.kind.power;
    Vector theta = all.logTheta.array().exp(), sums = w.rowwise().sum();
    Matrix product;
    double ofPower = 0;
    if (power == 2 && !isPowerFree)
      product.noalias() = w * sample.x;
    for (Eigen::Index d = 0; d < inputs; ++d) {
      auto x = sample.x.col(d);
      double sum = 0;
      if (power == 2 && !isPowerFree)
        sum = 2 * (x.array().square() * sums.array()).sum() - 2 * x.dot(product.col(d));
      else
        for (Eigen::Index j = 0; j < n; ++j) {
          Vector difference = x.array() - x(j);
          Vector terms = raise(difference, power).cwiseProduct(w.col(j));
          sum += terms.sum();
          if (isPowerFree)
            ofPower +=
                theta(d) * (terms.array() * difference.array().abs().max(1e-300).log()).sum();
        }
      gradient[d] = (0.5 * theta(d) * sum + 2 * kPrior * (all.logTheta(d) - bounds.lowTheta)) / n;
    }
    gradient[inputs] = nugget / n;
    if (isPowerFree)
      gradient[inputs + 1] = 0.5 * ofPower / n;
  }

  double getPrior(const Vector &parameters) const {
    return kPrior *
           (parameters.head(sample.countInputs()).array() - bounds.lowTheta).square().sum();
  }

  static constexpr double kPrior = 0.0005;

  const Sample &sample;
  CovarianceKind kind;
  Bounds bounds;
  bool isPowerFree;
};

struct Candidate {
  double value;
  CovarianceKind kind;
  Vector parameters; // scales and nugget
};

/// The best parameters from a start on.
Candidate descend(const Sample &sample, const CovarianceKind &kind, const Bounds &bounds,
                  Vector start, int evaluations, bool isPowerFree = false) {
  Likelihood likelihood(sample, kind, bounds, isPowerFree);
  Eigen::Index inputs = sample.countInputs(), count = likelihood.countParameters();
  SearchLimits limits{evaluations, 1e-7};
  limits.low = Vector::Constant(count, bounds.lowTheta);
  limits.high = Vector::Constant(count, bounds.highTheta);
  limits.low(inputs) = bounds.lowNugget;
  limits.high(inputs) = bounds.highNugget;
  if (isPowerFree) {
    limits.low(inputs + 1) = bounds.lowPower;
    limits.high(inputs + 1) = bounds.highPower;
    start.conservativeResize(count);
    start(inputs + 1) = kind.power;
  }
  Minimum found = minimize(
      [&](const Vector &at, double *gradient) { return likelihood.evaluate(at, gradient); },
      std::move(start), limits);
  return {found.value, likelihood.read(found.at).kind, found.at.head(inputs + 1)};
}

void sortByValue(std::vector<Candidate> &candidates) {
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) { return a.value < b.value; });
}

/// The same candidates with more points.
std::vector<Candidate> refine(const Sample &sample, const Bounds &bounds,
                              std::vector<Candidate> candidates, int evaluations) {
  for (Candidate &candidate : candidates)
    candidate = descend(sample, candidate.kind, bounds, candidate.parameters, evaluations);
  sortByValue(candidates);
  return candidates;
}

Sample drawPart(const Sample &sample, Eigen::Index points) {
  if (sample.countPoints() <= points)
    return sample;
  std::mt19937 random(sample.seed);
  return sample.take(drawRows(sample.countPoints(), points, random));
}

/// The best of each kind from several starts, and a smooth one without noise, which only many
/// points may ask for.
std::vector<Candidate> compareStarts(const Sample &sample, llvm::ArrayRef<CovarianceKind> kinds,
                                     const Bounds &bounds) {
  Eigen::Index inputs = sample.countInputs();
  std::vector<Candidate> all;
  auto getStart = [&](double scale, double nugget) {
    Vector start = Vector::Constant(inputs + 1, std::log(scale / std::sqrt(inputs)));
    start(inputs) = std::log(nugget);
    return start;
  };
  Sample fewer = drawPart(sample, kFewestPoints);
  for (const CovarianceKind &kind : kinds) {
    std::vector<Candidate> begun;
    for (double scale : {0.02, 0.3, 5.0, 50.0})
      for (double nugget : {1e-8, 1e-2})
        begun.push_back(descend(fewer, kind, bounds, getStart(scale, nugget), 25));
    sortByValue(begun);
    begun.resize(2);
    all.push_back(refine(sample, bounds, std::move(begun), 100).front());
  }
  sortByValue(all);
  all.push_back({HUGE_VAL, kinds[0], getStart(0.01, 1e-9)});
  return all;
}

/// One more candidate whose power is between 1 and 2, where that is worth its price.
void freePower(const Sample &sample, const Bounds &bounds, std::vector<Candidate> &candidates) {
  Candidate start = candidates.front();
  if (start.kind.covariance != Covariance::PowerExponential)
    start.kind = {Covariance::PowerExponential, 1.9, "power exponential"};
  start.kind.power = std::clamp(start.kind.power, 1.1, 1.9);
  start.kind.name = "power exponential";
  Candidate found = descend(sample, start.kind, bounds, start.parameters, 60, true);
  auto points = static_cast<double>(sample.countPoints());
  if (points * (candidates.front().value - found.value) > kWorthPower)
    candidates.insert(candidates.begin(), std::move(found));
}

Bounds getBounds(const Sample &sample, const Wishes &wishes) {
  // Less noise than this is lost in the rounding of the matrix.
  double leastNugget =
      static_cast<double>(sample.countPoints()) * std::numeric_limits<double>::epsilon();
  Bounds bounds{std::log(1e-10), std::log(1e2), std::log(leastNugget), std::log(2.0)};
  if (has(wishes.required, Property::Noise))
    bounds.lowNugget = std::log(kLeastNoise);
  if (has(wishes.required, Property::Exact))
    bounds.highNugget = std::log(10 * leastNugget);
  return bounds;
}

CovarianceParameters getParameters(const Candidate &candidate) {
  Eigen::Index inputs = candidate.parameters.size() - 1;
  return {candidate.kind, candidate.parameters.head(inputs), candidate.parameters(inputs)};
}

} // namespace

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
      result.col(j) += raise(left.col(d).array() - right(j, d), parameters.kind.power);
  return result;
}

Matrix applyCovariance(Covariance covariance, const Matrix &s) {
  if (covariance == Covariance::PowerExponential)
    return (-s.array()).exp();
  auto root = (5 * s.array()).sqrt();
  return (1 + root + 5.0 / 3 * s.array()) * (-root).exp();
}

Matrix differentiateCovariance(Covariance covariance, const Matrix &s) {
  if (covariance == Covariance::PowerExponential)
    return -(-s.array()).exp();
  auto root = (5 * s.array()).sqrt();
  return -5.0 / 6 * (1 + root) * (-root).exp();
}

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

std::vector<CovarianceKind> listCovarianceKinds(const Wishes &wishes) {
  if (auto power = wishes.find("power"))
    return {{Covariance::PowerExponential, *power, "power exponential"}};
  llvm::ArrayRef<CovarianceKind> all(kKinds);
  return has(wishes.required, Property::Smooth) ? all.drop_back().vec() : all.vec();
}

CovarianceParameters maximizeLikelihood(const Sample &sample, const Wishes &wishes) {
  Bounds bounds = getBounds(sample, wishes);
  std::vector<CovarianceKind> kinds = listCovarianceKinds(wishes);
  Sample few = drawPart(sample, kFewPoints);
  std::vector<Candidate> candidates = compareStarts(few, kinds, bounds);
  if (kinds.size() == std::size(kKinds) && sample.countPoints() <= kSomePoints)
    freePower(few, bounds, candidates);
  if (sample.countPoints() > kFewPoints)
    candidates = refine(drawPart(sample, kSomePoints), bounds, candidates, 60);
  if (sample.countPoints() > kSomePoints) {
    candidates.resize(std::min<size_t>(candidates.size(), 2));
    if (candidates.back().value - candidates.front().value > kHopeless)
      candidates.pop_back();
    candidates = refine(drawPart(sample, kManyPoints), bounds, candidates, 40);
  }
  const Candidate &best = candidates.front();
  sample.report(llvm::formatv("Gaussian process: {0}, nugget {1:e1}, log likelihood {2:f3} a point",
                              describeKind(best.kind),
                              std::exp(best.parameters(sample.countInputs())), -best.value)
                    .str());
  return getParameters(best);
}

CovarianceParameters refineLikelihood(const Sample &sample, const Wishes &wishes,
                                      const CovarianceParameters &start) {
  Vector parameters(start.logTheta.size() + 1);
  parameters << start.logTheta, start.logNugget;
  constexpr int kEvaluations = 30;
  return getParameters(
      descend(sample, start.kind, getBounds(sample, wishes), parameters, kEvaluations));
}

} // namespace nnc::fit
