// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which techniques are tried for a sample, and which model is taken.
#ifndef FRONTEND_FIT_CHOOSE_H
#define FRONTEND_FIT_CHOOSE_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

/// Those that meet the requirements, by the size of the sample and its dimension (the decision tree
/// of GTApprox, arXiv:1609.01088, section 5): up to 2 D + 2 points a linear surface; one input: a
/// spline; up to 4,000 points a Gaussian process, more: one on inducing points; trees and sigmoids
/// beside them. `names` limits the choice. Errors: two requirements that no technique meets, a name
/// that is none, a technique that does not meet a requirement or needs more points.
llvm::Expected<std::vector<const Technique *>> chooseTechniques(const Sample &sample,
                                                                const Requirements &requirements,
                                                                llvm::ArrayRef<std::string> names);

/// A model that was fitted, of those that were tried.
struct Tried {
  const Technique *technique;
  Fitted fitted;
  double error; // relative root mean square of what was held out; 1 is the mean of the sample
  double seconds;
};

/// Of several models, weights of at least 0 with sum 1 whose mean has the least error on what was
/// held out.
Vector findWeights(const std::vector<Tried> &tried, const Vector &y, const Vector &weights);

/// The square root of the weighted mean square of differences.
double getError(const Vector &predicted, const Vector &y, const Vector &weights);

} // namespace nnc::fit

#endif // FRONTEND_FIT_CHOOSE_H
