// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks of sigmoid and linear functions.
#ifndef FRONTEND_FIT_TECHNIQUES_HIGHDIMENSIONAL_H
#define FRONTEND_FIT_TECHNIQUES_HIGHDIMENSIONAL_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

struct NetworkSettings {
  Eigen::Index units;
  double penalty; // of the sum of squares of all parameters, beside the mean square error
};

/// The mean of several networks; without predictions of held-out points.
Fitted fitNetworks(const Sample &sample, const NetworkSettings &settings);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_HIGHDIMENSIONAL_H
