// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/techniques/Minimize.h"

#include <nlopt.h>

#include <cmath>
#include <memory>

namespace nnc::fit {
namespace {

struct Search {
  Objective objective;
  Minimum best;
};

double evaluateForNlopt(unsigned count, const double *x, double *gradient, void *data) {
  auto *search = static_cast<Search *>(data);
  Eigen::VectorXd at = Eigen::Map<const Eigen::VectorXd>(x, count);
  double value = search->objective(at, gradient);
  if (!std::isfinite(value)) {
    if (gradient)
      std::fill(gradient, gradient + count, 0.0);
    return 1e10;
  }
  if (value < search->best.value)
    search->best = {std::move(at), value};
  return value;
}

} // namespace

Minimum minimize(Objective objective, Eigen::VectorXd start, const SearchLimits &limits) {
  auto count = static_cast<unsigned>(start.size());
  std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> nlopt(nlopt_create(NLOPT_LD_LBFGS, count),
                                                               nlopt_destroy);
  if (limits.low.size()) {
    start = start.cwiseMax(limits.low).cwiseMin(limits.high);
    nlopt_set_lower_bounds(nlopt.get(), limits.low.data());
    nlopt_set_upper_bounds(nlopt.get(), limits.high.data());
  }
  Search search{objective, {start, HUGE_VAL}};
  nlopt_set_min_objective(nlopt.get(), evaluateForNlopt, &search);
  nlopt_set_maxeval(nlopt.get(), limits.evaluations);
  nlopt_set_ftol_abs(nlopt.get(), limits.absolute);
  nlopt_set_ftol_rel(nlopt.get(), limits.relative);
  nlopt_set_vector_storage(nlopt.get(), limits.memory);
  // A search that fails has still seen points.
  double value;
  nlopt_optimize(nlopt.get(), start.data(), &value);
  return search.best;
}

} // namespace nnc::fit
