// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the columns of a table to points that techniques are fitted to.
#ifndef FRONTEND_FIT_DATASET_H
#define FRONTEND_FIT_DATASET_H

#include "frontend/fit/Table.h"
#include "frontend/fit/Technique.h"

#include <map>

namespace nnc::fit {

/// Which columns of a table are what.
struct Roles {
  std::vector<std::string> inputs; // empty: all that are nothing else
  std::vector<std::string> outputs;
  std::string weight; // how much a row counts; empty: all alike
  /// Of inputs that come back to where they were: after how much.
  std::map<std::string, double> periods = {};
};

/// Rows of a table without missing cells.
struct Rows {
  Matrix x, y;    // N x inputs, N x outputs
  Vector weights; // N; 1 where no column says
  size_t missing; // rows that were left out
};

/// Errors: columns that are not there or are an input and an output, weights that are not positive.
llvm::Expected<Rows> takeRows(const Table &table, const Roles &roles);

/// Points with scaled inputs, and how the inputs of the table become them.
struct Dataset {
  std::vector<std::string> inputs, outputs;
  /// Of each input: the texts of a categorical one, which the model takes as their numbers 0, 1,
  /// ...
  std::vector<std::vector<std::string>> categories;
  /// Of each input.
  Vector lowest, highest;
  Matrix raw;     // N x inputs, as the table has them
  Matrix x;       // N x D, mean 0 and variance 1
  Matrix y;       // N x outputs, as the table has them
  Vector weights; // N, mean 1
  /// From a row of the inputs to one of x.
  Formula formula{0};
  Node scaled{0};
  /// What was left out or joined, a line each.
  std::vector<std::string> notes;
};

/// Rows with missing cells are left out; inputs that are constant, or that another one determines
/// linearly, are not used; rows with equal inputs become their mean. Errors: columns that are not
/// there, an output that is categorical or constant, weights that are not positive, fewer than 2
/// different points, a period of what is no input of numbers. An input with a period becomes its
/// sine and cosine.
llvm::Expected<Dataset> prepare(const Table &table, const Roles &roles);

} // namespace nnc::fit

#endif // FRONTEND_FIT_DATASET_H
