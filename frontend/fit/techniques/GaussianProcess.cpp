// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Cholesky>

namespace nnc::fit {
namespace {

/// The share of the variance that is noise, for each point: what counts more has less.
Vector getNoise(const CovarianceParameters &parameters, const Sample &sample) {
  return std::exp(parameters.logNugget) * sample.weights.cwiseInverse();
}

/// Ordinary kriging from known parameters (Sacks et al., 1989; Rasmussen and Williams, 2006,
/// section 2.2).
class Kriging {
public:
  Kriging(const Sample &sample, const CovarianceParameters &parameters)
      : sample(sample), parameters(parameters) {
    Matrix r = computeCovariances(parameters, sample.x, sample.x);
    r.diagonal() += getNoise(parameters, sample);
    factor.compute(r);
    Vector ones = Vector::Ones(sample.countPoints());
    solvedOnes = factor.solve(ones);
    onesNorm = ones.dot(solvedOnes);
    Vector solved = factor.solve(sample.y);
    mean = ones.dot(solved) / onesNorm;
    alpha = solved - mean * solvedOnes;
    variance = (sample.y.array() - mean).matrix().dot(alpha) / sample.countPoints();
  }

  bool isValid() const { return factor.info() == Eigen::Success; }

  Node addValue(Formula &formula, Node covariances) const {
    return formula.linear(covariances, alpha, RowVector::Constant(1, mean));
  }

  Node addDeviation(Formula &formula, Node covariances, DeviationOf deviationOf) const {
    Eigen::Index n = sample.countPoints();
    Matrix inverse = factor.matrixL().solve(Matrix::Identity(n, n)).transpose();
    Node solved = formula.linear(covariances, inverse, RowVector::Zero(n));
    Node known = formula.sum(formula.unary(Unary::Square, solved));
    Node missing = formula.linear(covariances, -solvedOnes, RowVector::Ones(1));
    bool withNoise = deviationOf == DeviationOf::Result;
    return addKrigingDeviation(formula, known, missing,
                               {variance, withNoise * std::exp(parameters.logNugget), onesNorm});
  }

  /// Each point's prediction without it: y_i - alpha_i / (R^-1)_ii (Dubrule, 1983).
  Vector predictHeldOut() const {
    Eigen::Index n = sample.countPoints();
    Matrix inverse = factor.solve(Matrix::Identity(n, n));
    Vector corrected = inverse.diagonal() - solvedOnes.cwiseProduct(solvedOnes) / onesNorm;
    return sample.y - alpha.cwiseQuotient(corrected);
  }

private:
  const Sample &sample;
  CovarianceParameters parameters;
  Eigen::LLT<Matrix> factor;
  Vector solvedOnes, alpha;
  double onesNorm, mean, variance;
};

/// Up to so many points the most likely parameters are too sure of themselves, and another look is
/// cheap.
constexpr Eigen::Index kMostForCalibration = 400;
constexpr int kFolds = 5;

/// |errors| of points over the deviations of processes that were fitted without them, sorted.
llvm::Expected<std::vector<double>> findStandardErrors(const Sample &sample, const Wishes &wishes,
                                                       const CovarianceParameters &parameters) {
  std::vector<double> errors;
  auto parts = drawFolds(sample.countPoints(), kFolds, sample.seed);
  for (auto [index, part] : llvm::enumerate(parts)) {
    Sample rest = sample.take(joinOthers(parts, index)), heldOut = sample.take(part);
    llvm::Expected<Fitted> fitted = makeProcess(rest, refineLikelihood(rest, wishes, parameters));
    if (!fitted)
      return fitted.takeError();
    auto evaluate = [&](Node node) -> Vector {
      return fitted->formula.evaluate(node, heldOut.x).col(0);
    };
    Vector error = (evaluate(fitted->value) - heldOut.y)
                       .cwiseAbs()
                       .cwiseQuotient(evaluate(*fitted->deviation));
    errors.insert(errors.end(), error.begin(), error.end());
  }
  llvm::sort(errors);
  return errors;
}

/// Scales deviations so that 95 % of held-out points are within 1.96 of them: likelihood takes its
/// best parameters for the true ones, which with few points or a wrong covariance they are not.
llvm::Error calibrate(Fitted &fitted, const Sample &sample, const Wishes &wishes,
                      const CovarianceParameters &parameters) {
  auto errors = findStandardErrors(sample, wishes, parameters);
  if (!errors)
    return errors.takeError();
  double ofMost = (*errors)[static_cast<size_t>(0.95 * static_cast<double>(errors->size()))];
  double factor = std::clamp(ofMost / 1.96, 0.5, 4.0);
  fitted.deviation =
      fitted.formula.affine(*fitted.deviation, RowVector::Constant(1, factor), RowVector::Zero(1));
  fitted.description += llvm::formatv(", deviations x {0:f2}", factor);
  return llvm::Error::success();
}

} // namespace

llvm::Expected<Fitted> fitGaussianProcess(const Sample &sample, const Wishes &wishes) {
  CovarianceParameters parameters = maximizeLikelihood(sample, wishes);
  llvm::Expected<Fitted> fitted = makeProcess(sample, parameters);
  if (fitted && sample.countPoints() <= kMostForCalibration)
    if (llvm::Error error = calibrate(*fitted, sample, wishes, parameters))
      return error;
  return fitted;
}

Node addKrigingDeviation(Formula &formula, Node known, Node missing, const KrigingVariance &of) {
  auto scale = [](double factor) { return RowVector::Constant(1, factor); };
  Node ofMean = formula.affine(formula.unary(Unary::Square, missing),
                               scale(of.variance / of.onesNorm), scale(0));
  Node left = formula.affine(known, scale(-of.variance), scale(of.variance * (1 + of.nugget)));
  return formula.unary(Unary::Sqrt,
                       formula.atLeast(formula.add(left, ofMean), 1e-14 * of.variance));
}

std::string describeKind(const CovarianceKind &kind) {
  bool isSpecial = kind.power == 1 || kind.power == 2;
  return isSpecial ? kind.name : llvm::formatv("{0} {1:f2}", kind.name, kind.power).str();
}

llvm::Expected<Fitted> makeProcess(const Sample &sample, CovarianceParameters parameters,
                                   DeviationOf deviationOf) {
  auto kriging = std::make_unique<Kriging>(sample, parameters);
  while (!kriging->isValid() && parameters.logNugget < 0) {
    parameters.logNugget += std::log(10.0);
    kriging = std::make_unique<Kriging>(sample, parameters);
  }
  if (!kriging->isValid())
    return llvm::createStringError("the covariances of the points cannot be factored");
  Formula formula(sample.countInputs());
  Node covariances = addCovariances(formula, formula.input(), parameters, sample.x);
  Node value = kriging->addValue(formula, covariances);
  Node deviation = kriging->addDeviation(formula, covariances, deviationOf);
  std::string description = llvm::formatv("{0}, nugget {1:e1}", describeKind(parameters.kind),
                                          std::exp(parameters.logNugget));
  return Fitted{std::move(formula), value, deviation, kriging->predictHeldOut(), description};
}

} // namespace nnc::fit
