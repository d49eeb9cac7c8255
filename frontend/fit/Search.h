// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fits of techniques with settings, and a search over both.
#ifndef FRONTEND_FIT_SEARCH_H
#define FRONTEND_FIT_SEARCH_H

#include "frontend/fit/Choose.h"

namespace nnc::fit {

/// What is fitted: a technique with settings, to the results or to their logarithm.
struct Attempt {
  const Technique *technique;
  std::map<std::string, double> settings;
  /// log(y - least + shift * (most - least)) is fitted, where there is one: more than 0.
  std::optional<double> logShift;

  /// "gbrt depth=4 rate=0.05 of logarithms".
  std::string describe() const;
};

/// A model that was fitted, of those that were tried.
struct Tried {
  Attempt attempt;
  Fitted fitted;
  double error; // relative root mean square of what was held out; 1 is the mean of the sample
  double seconds;
};

/// Errors are those of the technique, with its name.
llvm::Expected<Tried> fitAttempt(const Sample &sample, Property required, Attempt attempt);

/// Tries techniques as they are, then the best ones with other settings and of logarithms, each
/// near the best that is known of it, until `seconds` are over; at least the first one. What was
/// tried is reported as it comes, failures too; of each technique the best two are kept.
std::vector<Tried> search(const Sample &sample, Property required, llvm::ArrayRef<Attempt> first,
                          double seconds);

/// Of several models, weights of at least 0 with sum 1 whose mean has the least error on what was
/// held out.
Vector findWeights(llvm::ArrayRef<Tried> tried, const Vector &y, const Vector &weights);

/// The square root of the weighted mean square of differences.
double getError(const Vector &predicted, const Vector &y, const Vector &weights);

} // namespace nnc::fit

#endif // FRONTEND_FIT_SEARCH_H
