// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What was approximated, for reports: a list on the module.
#ifndef DIALECTS_NNC_APPROXIMATIONS_H
#define DIALECTS_NNC_APPROXIMATIONS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace nnc {

/// Module attribute: an array of dictionaries, one for each entry, in the order in which they were
/// recorded.
inline constexpr llvm::StringLiteral kApproximationsAttr = "nnc.approximations";

struct Approximation {
  /// The names of the layer's nodes.
  std::string layer;
  /// "tensor train", "rounding", "contraction", "compaction", "pruning", "sparsity", "Winograd".
  std::string method;
  /// What was chosen: "modes 2x7x8 -> 4x4x4, ranks 4 4".
  std::string form;
  /// Of the weights, and of those of the dense layer.
  int64_t parameters;
  int64_t denseParameters;
  /// Of one execution, and of the dense layer's.
  int64_t flops;
  int64_t denseFlops;
  /// Of approximated weights, in the Frobenius norm, relative to theirs; of other rounding,
  /// relative to the largest output, the bound that single layers show; 0 where nothing was lost.
  double error;
  /// Of tables that say where weights are, beside the weights.
  int64_t indexBytes = 0;
};

/// Appends to the module's list.
void recordApproximation(mlir::ModuleOp module, const Approximation &approximation);

/// The module's list; entries of another form are left out.
llvm::SmallVector<Approximation> readApproximations(mlir::ModuleOp module);

} // namespace nnc

#endif // DIALECTS_NNC_APPROXIMATIONS_H
