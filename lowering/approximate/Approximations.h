// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What was approximated, for reports: a list on the module.
#ifndef LOWERING_APPROXIMATE_APPROXIMATIONS_H
#define LOWERING_APPROXIMATE_APPROXIMATIONS_H

#include "mlir/IR/BuiltinOps.h"

namespace nnc {

/// Module attribute: an array of dictionaries, one for each approximated layer: `layer`, `method`,
/// `form` (strings), `parameters` and `dense_parameters` (i64), `error` (f64, relative, of the
/// weights), in the order of the program.
inline constexpr llvm::StringLiteral kApproximationsAttr = "nnc.approximations";

struct Approximation {
  std::string method; // "tensor train"
  std::string form;   // "modes 2x7x8 -> 4x4x4, ranks 4 4"
  int64_t parameters;
  int64_t denseParameters;
  /// Of the weights, in the Frobenius norm, relative to theirs.
  double error;
};

/// The names of the layers in a location, joined by commas; the operation's name where it has none.
std::string getLayerTitle(mlir::Operation *op);

/// Appends to the list of the operation's module.
void recordApproximation(mlir::Operation *layer, const Approximation &approximation);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_APPROXIMATIONS_H
