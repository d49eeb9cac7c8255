// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Minimization with gradients, for parameters of models.
#ifndef FRONTEND_FIT_TECHNIQUES_MINIMIZE_H
#define FRONTEND_FIT_TECHNIQUES_MINIMIZE_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <Eigen/Core>

namespace nnc::fit {

/// The value at a point of P numbers; the gradient there goes to P numbers, unless it is null.
/// Where the value is not finite, a search turns round.
using Objective = llvm::function_ref<double(const Eigen::VectorXd &at, double *gradient)>;

struct SearchLimits {
  int evaluations = 100;
  /// A search ends where a step changes the value less than this, or this share of it.
  double absolute = 0, relative = 0;
  /// Steps that the second derivatives are estimated from.
  unsigned memory = 10;
  /// P bounds each, or empty.
  Eigen::VectorXd low = {}, high = {};
};

struct Minimum {
  Eigen::VectorXd at;
  double value; // infinite where none was finite
};

/// The best point that a quasi-Newton search (L-BFGS; Nocedal, 1980) sees, the start among them.
Minimum minimize(Objective objective, Eigen::VectorXd start, const SearchLimits &limits);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_MINIMIZE_H
