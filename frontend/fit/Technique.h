// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a technique of approximation is: a record of what it needs, what it gives, and its fit
// (GTApprox, arXiv:1609.01088, sections 3 and 4).
#ifndef FRONTEND_FIT_TECHNIQUE_H
#define FRONTEND_FIT_TECHNIQUE_H

#include "frontend/fit/Formula.h"

#include "llvm/Support/Error.h"

#include <functional>
#include <optional>

namespace nnc::fit {

/// Points and one output, both scaled to mean 0 and variance 1.
struct Sample {
  Matrix x;       // N x D, no two columns alike and none constant
  Vector y;       // N
  Vector weights; // N, with mean 1: how much each result counts
  /// For what is drawn at random.
  unsigned seed = 0;
  /// Gets a line about what is being tried.
  std::function<void(const std::string &)> report = [](const std::string &) {};

  Eigen::Index countPoints() const { return x.rows(); }
  Eigen::Index countInputs() const { return x.cols(); }
  Sample take(const std::vector<int> &rows) const;
};

/// What the caller wants of a model.
struct Requirements {
  /// Passes through the points.
  bool exact = false;
  /// Has a standard deviation for each prediction.
  bool errorBars = false;
  /// Has a gradient that says how the value changes.
  bool gradient = false;
  bool linear = false;
};

struct Fitted {
  Formula formula;
  Node value;
  /// Standard deviation of the prediction, in the units of y.
  std::optional<Node> deviation;
  /// What was predicted for each point by a model that had not seen it; N.
  Vector heldOut;
  /// Of the fit, for reports: "Matern 5/2, nugget 1e-6".
  std::string description;
  /// How far the model depends on each input, with sum 1; empty where nothing is known.
  Vector importance;
};

struct Technique {
  const char *name;    // as --technique takes it
  const char *summary; // for reports
  bool isExact, hasErrorBars, hasGradient, isLinear;
  /// The fewest points for so many inputs.
  Eigen::Index (*leastPoints)(Eigen::Index inputs);
  /// The most points that it is meant for.
  Eigen::Index mostPoints;
  /// The most inputs; 0: any number.
  Eigen::Index mostInputs;
  llvm::Expected<Fitted> (*fit)(const Sample &sample, const Requirements &requirements);
};

llvm::ArrayRef<Technique> listTechniques();
/// Null where there is none of that name.
const Technique *findTechnique(llvm::StringRef name);

/// Numbers of points in so many parts of equal size, at random.
std::vector<std::vector<int>> drawFolds(Eigen::Index points, int folds, unsigned seed);

/// The predictions of `fit` for each part from the others.
llvm::Expected<Vector>
crossValidate(const Sample &sample, int folds,
              llvm::function_ref<llvm::Expected<Fitted>(const Sample &)> fit);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUE_H
