// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Gaussian process of results whose noise is larger in some places than in others: a second
// process of the logarithm of squared residuals of points left out says how large (Goldberg,
// Williams and Bishop, 1997; Kersting et al., 2007, whose most likely noise this is).
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc::fit {
namespace {

/// The mean of the logarithm of a squared normal number is so much below that of its variance.
constexpr double kLogOfSquare = -1.270362845461478;

/// The logarithm of the variance of noise as a function of the inputs.
struct NoiseModel {
  Fitted fitted;
  double mean, scale;

  Node add(Formula &formula) const {
    Node of = formula.append(fitted.formula, fitted.value, formula.input());
    return formula.unary(Unary::Exp, formula.affine(of, RowVector::Constant(1, scale),
                                                    RowVector::Constant(1, mean)));
  }
  Vector evaluate(const Matrix &x) const {
    return (scale * fitted.formula.evaluate(fitted.value, x).col(0).array() + mean).exp();
  }
};

llvm::Expected<NoiseModel> fitNoise(const Sample &sample, const Vector &heldOut) {
  Sample logarithms = sample;
  Vector squares = (sample.y - heldOut).cwiseAbs2();
  logarithms.y = (squares.array() + 1e-6 * squares.mean()).log() - kLogOfSquare;
  logarithms.weights.setOnes();
  double mean = logarithms.y.mean();
  double scale = std::max(std::sqrt((logarithms.y.array() - mean).square().mean()), 1e-9);
  logarithms.y = (logarithms.y.array() - mean) / scale;
  logarithms.report = [](const std::string &) {};
  // Squares of normal numbers are noise themselves: smooth functions only.
  llvm::Expected<Fitted> fitted =
      fitGaussianProcess(logarithms, Property::Noise | Property::Smooth);
  if (!fitted)
    return fitted.takeError();
  return NoiseModel{std::move(*fitted), mean, scale};
}

} // namespace

llvm::Expected<Fitted> fitVaryingNoise(const Sample &sample, const Wishes &) {
  constexpr int kRounds = 2;
  Wishes noisy(Property::Noise);
  llvm::Expected<Fitted> process = fitGaussianProcess(sample, noisy);
  std::optional<NoiseModel> noise;
  for (int round = 0; process && round < kRounds; ++round) {
    llvm::Expected<NoiseModel> found = fitNoise(sample, process->heldOut);
    if (!found)
      return found.takeError();
    noise = std::move(*found);
    Sample weighted = sample;
    weighted.weights = sample.weights.cwiseQuotient(noise->evaluate(sample.x));
    weighted.weights /= weighted.weights.mean();
    process = makeProcess(weighted, maximizeLikelihood(weighted, noisy), DeviationOf::Function);
  }
  if (!process)
    return process;
  Formula &formula = process->formula;
  Node ofFunction = formula.unary(Unary::Square, *process->deviation);
  process->deviation = formula.unary(Unary::Sqrt, formula.add(ofFunction, noise->add(formula)));
  Vector variances = noise->evaluate(sample.x);
  process->description +=
      llvm::formatv(", noise from {0:f3} to {1:f3}", std::sqrt(variances.minCoeff()),
                    std::sqrt(variances.maxCoeff()));
  return process;
}

} // namespace nnc::fit
