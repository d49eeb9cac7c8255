// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks of linear, sigmoid and Gaussian functions.
#ifndef FRONTEND_FIT_TECHNIQUES_HIGHDIMENSIONAL_H
#define FRONTEND_FIT_TECHNIQUES_HIGHDIMENSIONAL_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

struct NetworkSettings {
  Eigen::Index units;
  double penalty;       // of the sum of squares of all parameters, beside the mean square error
  double gaussians = 0; // the share of units that are Gaussian, others are sigmoid
  int stages = 1;       // each of networks of what the ones before leave over
};

/// Sums of means of several networks; without predictions of held-out points.
Fitted fitNetworks(const Sample &sample, const NetworkSettings &settings);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_HIGHDIMENSIONAL_H
