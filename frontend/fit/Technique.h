// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a technique of approximation is: a record of what it needs, what it gives, and its fit
// (GTApprox, arXiv:1609.01088, sections 3 and 4).
#ifndef FRONTEND_FIT_TECHNIQUE_H
#define FRONTEND_FIT_TECHNIQUE_H

#include "frontend/fit/Formula.h"

#include "llvm/ADT/BitmaskEnum.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <map>
#include <optional>
#include <random>

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

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

/// What a caller wants of a model, and what a technique can give.
enum class Property : unsigned {
  None = 0,
  Exact = 1 << 0,        // passes through the points
  ErrorBars = 1 << 1,    // a standard deviation for each prediction
  Gradient = 1 << 2,     // one that says how the value changes
  Linear = 1 << 3,       // in the inputs
  Smooth = 1 << 4,       // differentiable everywhere
  Noise = 1 << 5,        // results are taken to be noisy
  VaryingNoise = 1 << 6, // and noisier in some places than in others
  Fast = 1 << 7,         // the cost of an evaluation does not grow with the sample
  Tensor = 1 << 8,       // uses that the points are a grid
  LLVM_MARK_AS_BITMASK_ENUM(Tensor)
};

inline bool has(Property all, Property one) { return (all & one) == one; }

/// A number that a technique chooses by itself unless it is told: --set TECHNIQUE.NAME=NUMBER, or a
/// search.
struct Setting {
  const char *name, *summary;
  double low, high;
  bool isLogarithmic, isInteger;
};

/// What a fit is asked for.
struct Wishes {
  Wishes(Property required = Property::None) : required(required) {}
  Property required;
  /// Settings that are not the technique's own choice.
  std::map<std::string, double> settings;

  std::optional<double> find(const char *setting) const {
    auto found = settings.find(setting);
    return found == settings.end() ? std::nullopt : std::optional(found->second);
  }
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
};

struct Technique {
  const char *name;    // as --technique takes it
  const char *summary; // for reports
  Property gives;
  /// Tried where nobody names techniques or searches.
  bool isAutomatic;
  /// The fewest points for so many inputs.
  Eigen::Index (*leastPoints)(Eigen::Index inputs);
  /// The most points that it is meant for.
  Eigen::Index mostPoints;
  /// The most inputs; 0: any number.
  Eigen::Index mostInputs;
  /// What else of a sample it lacks, for an error; empty where it lacks nothing.
  std::string (*findLack)(const Sample &sample);
  llvm::Expected<Fitted> (*fit)(const Sample &sample, const Wishes &wishes);
  llvm::ArrayRef<Setting> settings;
};

llvm::ArrayRef<Technique> listTechniques();
/// Null where there is none of that name.
const Technique *findTechnique(llvm::StringRef name);

/// Numbers of points, at random: `most` of them, or all.
std::vector<int> drawRows(Eigen::Index points, Eigen::Index most, std::mt19937 &random);

/// Numbers of points in so many parts of equal size, at random.
std::vector<std::vector<int>> drawFolds(Eigen::Index points, int folds, unsigned seed);

/// The points of all parts but one.
std::vector<int> joinOthers(llvm::ArrayRef<std::vector<int>> parts, size_t except);

/// From rows of points to predictions.
using Predictor = std::function<Vector(const Matrix &points)>;

/// The predictions for each part by what `fit` makes of the others.
Vector crossValidate(const Sample &sample, int folds,
                     llvm::function_ref<Predictor(const Sample &)> fit);
/// The same of models, whose fit may fail.
llvm::Expected<Vector>
crossValidateModels(const Sample &sample, int folds,
                    llvm::function_ref<llvm::Expected<Fitted>(const Sample &)> fit);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUE_H
