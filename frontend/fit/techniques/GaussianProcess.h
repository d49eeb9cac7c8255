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

/// What is fitted, as logarithms: scales theta of D inputs, then the nugget, the share of noise in
/// the variance.
struct CovarianceParameters {
  CovarianceKind kind;
  Vector logTheta;
  double logNugget;
};

/// The matrix of covariances between rows of two matrices.
Matrix computeCovariances(const CovarianceParameters &parameters, const Matrix &a, const Matrix &b);

/// The nodes that compute covariances to the rows of `points`.
Node addCovariances(Formula &formula, Node x, const CovarianceParameters &parameters,
                    const Matrix &points);

/// Maximizes the likelihood, concentrated in mean and variance (Sacks et al., 1989), with analytic
/// gradients.
CovarianceParameters maximizeLikelihood(const Sample &sample, const Requirements &requirements);

/// The process with these parameters, with predictions of held-out points in closed form; with more
/// noise where the covariances cannot be factored.
llvm::Expected<Fitted> makeProcess(const Sample &sample, CovarianceParameters parameters);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_GAUSSIANPROCESS_H
