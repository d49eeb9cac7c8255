// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a table to a model: prepared, fitted, chosen, and built in the nnc dialect.
#ifndef FRONTEND_FIT_SURROGATE_H
#define FRONTEND_FIT_SURROGATE_H

#include "frontend/fit/Dataset.h"
#include "frontend/fit/Search.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace nnc::fit {

struct FitOptions {
  Roles roles;
  Property required = Property::None;
  /// Techniques to try; empty: those that fit the sample.
  std::vector<std::string> techniques;
  /// Of techniques by name, settings that they do not choose themselves.
  std::map<std::string, std::map<std::string, double>> settings;
  /// Seconds of a search over techniques and settings, for all outputs together; 0: no search.
  double search = 0;
  unsigned seed = 1;
  std::function<void(const std::string &)> report = [](const std::string &) {};
};

/// One output, in the units of the table.
struct OutputModel {
  std::string name;
  /// All that were tried, the best first. `error` is relative to the standard deviation of the
  /// output.
  struct Candidate {
    std::string technique, description;
    double error, seconds;
  };
  std::vector<Candidate> tried;
  std::string technique, description;
  /// Of predictions of points that a model had not seen, relative to the standard deviation of the
  /// output.
  double error;
  Vector heldOut;
  /// Of each input: the share of the variance that goes where the other inputs are known but not
  /// this one, its total index of Sobol'; more than 1 in all where inputs work together.
  Vector importance;
  bool hasGradient;
  Node value;
  std::optional<Node> deviation;
};

struct Surrogate {
  Dataset data;
  Formula formula{0};
  std::vector<OutputModel> outputs;

  /// Rows of the inputs to rows of the outputs.
  Matrix predict(const Matrix &points) const;
  bool hasGradient() const;
  bool hasDeviations() const;

  /// `@main` takes `rows` points, "x" of f64, and gives "y" and, if that is wanted and all outputs
  /// have them, "deviation".
  mlir::OwningOpRef<mlir::ModuleOp> build(mlir::MLIRContext &context, int64_t rows,
                                          bool withDeviations, llvm::StringRef name) const;
};

/// How a model does on rows that it was not fitted to.
struct TestResult {
  double error; // root mean square, relative to the standard deviation of these rows
  double
      coverage; // share of results within 1.96 deviations of the prediction; NaN without deviations
};

/// One for each output. The table has the columns of the model's; rows with missing cells are left
/// out. A category that the model does not know is an error.
llvm::Expected<std::vector<TestResult>> test(const Surrogate &surrogate, Table table,
                                             const Roles &roles);

/// Fits all outputs. Errors are those of `prepare` and `chooseTechniques`.
llvm::Expected<Surrogate> fitTable(const Table &table, const FitOptions &options);

} // namespace nnc::fit

#endif // FRONTEND_FIT_SURROGATE_H
