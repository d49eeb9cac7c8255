// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel's linalg as Halide Funcs. The translation is mechanical: iterators become Vars and
// RDoms, indexing maps and payloads become Exprs. It decides nothing.
#ifndef CODEGEN_HALIDE_ALGORITHM_H
#define CODEGEN_HALIDE_ALGORITHM_H

#include "dialects/halide/Halide.h"

#include <Halide.h>

#include <set>
#include <string>
#include <vector>

namespace nnc::codegen {

/// The Func of one tensor value, and which of its loops are reductions (their splits join as they
/// are scheduled).
struct ScheduledFunc {
  Halide::Func func;
  std::set<std::string> reductionLoops;
};

/// The Halide side of one kernel. Dimensions are in Halide's order: innermost first.
struct Algorithm {
  /// One per kernel argument, in order; extents and dense strides are constants.
  std::vector<Halide::ImageParam> inputs;
  /// One per kernel result, in order; bounds are constants.
  std::vector<Halide::Func> outputs;
  /// Every tensor value that is computed in the kernel.
  llvm::DenseMap<mlir::Value, ScheduledFunc> funcs;
  /// Kernel arguments by value.
  llvm::DenseMap<mlir::Value, Halide::ImageParam> parameters;
};

/// The Halide type of an element; fails with a diagnostic at `op` for one that generated code does
/// not have.
mlir::FailureOr<Halide::Type> getHalideType(mlir::Operation *op, mlir::Type type);

enum class AlgorithmForm {
  /// What code is generated from.
  Plain,
  /// What Halide takes the adjoint of: inputs are Funcs (`funcs` of the kernel's arguments), and a
  /// maximum or minimum, and a sum over windows that do not overlap, are one expression: an update
  /// may not depend on a value that it overwrites.
  Differentiable
};

/// Translates the linalg of a kernel. Fails with a diagnostic at the operation that has no
/// translation.
mlir::FailureOr<Algorithm> buildAlgorithm(halide::KernelOp kernel,
                                          AlgorithmForm form = AlgorithmForm::Plain);

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_ALGORITHM_H
