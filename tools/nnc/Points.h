// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables of points as the inputs of a model whose rows are points, and its outputs as a table.
#ifndef TOOLS_NNC_POINTS_H
#define TOOLS_NNC_POINTS_H

#include "tools/nnc/RunModel.h"

namespace nnc::tools {

struct Points {
  /// The model's input again and again, each with as many points as the model takes; the last one
  /// repeats its last point where there are fewer.
  Batches batches;
  int64_t count;
};

/// Reads a CSV file for a model with one input, M x D of floating-point numbers: columns by the
/// names that the model knows, else D columns in their order. Texts of categories become their
/// numbers. Errors: another model, columns that are not there, missing cells, a category that the
/// model does not know.
llvm::Expected<Points> readPoints(llvm::StringRef path, mlir::ModuleOp module);

/// Writes a row for each point, a column for each number that the model gives.
llvm::Error writePoints(llvm::StringRef path, mlir::ModuleOp module, const Batches &outputs,
                        int64_t count);

} // namespace nnc::tools

#endif // TOOLS_NNC_POINTS_H
