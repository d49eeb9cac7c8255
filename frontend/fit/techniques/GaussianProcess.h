// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Covariances of Gaussian processes and the likelihood of their parameters.
#ifndef FRONTEND_FIT_TECHNIQUES_GAUSSIANPROCESS_H
#define FRONTEND_FIT_TECHNIQUES_GAUSSIANPROCESS_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

/// A covariance is a function of s = sum over d of theta_d |x_d - x'_d|^power.
enum class Covariance {
  PowerExponential, // exp(-s)
  Matern52,         // (1 + sqrt(5 s) + 5 s / 3) exp(-sqrt(5 s)), power 2
};

struct CovarianceKind {
  Covariance covariance;
  double power;
  const char *name;
};

/// "Matern 5/2", "power exponential 1.6".
std::string describeKind(const CovarianceKind &kind);

/// What is fitted, as logarithms: scales theta of D inputs, then the nugget, the share of noise in
/// the variance.
struct CovarianceParameters {
  CovarianceKind kind;
  Vector logTheta;
  double logNugget;
};

/// The kinds that may be asked for: one of that power where the settings have one; with
/// Property::Smooth those whose functions are differentiable.
std::vector<CovarianceKind> listCovarianceKinds(const Wishes &wishes);

/// What has a covariance s away from a point, and the derivative of that in s.
Matrix applyCovariance(Covariance covariance, const Matrix &s);
Matrix differentiateCovariance(Covariance covariance, const Matrix &s);

/// Sums of scaled |differences|^power between rows of two matrices.
Matrix computeDistances(const CovarianceParameters &parameters, const Matrix &a, const Matrix &b);

/// The matrix of covariances between rows of two matrices.
Matrix computeCovariances(const CovarianceParameters &parameters, const Matrix &a, const Matrix &b);

/// The nodes that compute covariances to the rows of `points`.
Node addCovariances(Formula &formula, Node x, const CovarianceParameters &parameters,
                    const Matrix &points);

/// Maximizes the likelihood, concentrated in mean and variance (Sacks et al., 1989), with analytic
/// gradients, in scales, nugget and, of small samples, the power of differences.
CovarianceParameters maximizeLikelihood(const Sample &sample, const Wishes &wishes);

/// The same from known parameters on, which are near the best ones: of a part of their sample.
CovarianceParameters refineLikelihood(const Sample &sample, const Wishes &wishes,
                                      const CovarianceParameters &start);

/// The numbers of a process that its deviations need.
struct KrigingVariance {
  double variance;
  double nugget;   // the share of noise, or 0 for deviations of the function
  double onesNorm; // 1' R^-1 1
};

/// Deviations sqrt(variance (1 + nugget - known + missing^2 / 1' R^-1 1)), where `known` is
/// c' R^-1 c and `missing` 1 - 1' R^-1 c for covariances c to the points.
Node addKrigingDeviation(Formula &formula, Node known, Node missing, const KrigingVariance &of);

/// What a deviation is of: the function alone, or a result, which has noise.
enum class DeviationOf { Function, Result };

/// The process with these parameters, with predictions of held-out points in closed form; with more
/// noise where the covariances cannot be factored.
llvm::Expected<Fitted> makeProcess(const Sample &sample, CovarianceParameters parameters,
                                   DeviationOf deviationOf = DeviationOf::Result);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_GAUSSIANPROCESS_H
