// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names of the model's nodes, which travel in locations.
#ifndef DIALECTS_NNC_LAYERNAMES_H
#define DIALECTS_NNC_LAYERNAMES_H

#include "mlir/IR/Operation.h"

#include <string>

namespace nnc {

/// The names of the model's nodes in a location, in order, without repetition. A location of many
/// parts names them all.
llvm::SmallVector<std::string> getLayerNames(mlir::Location location);

/// The names of an operation's nodes, joined by commas; what the operation is called where it has
/// none.
std::string getLayerTitle(mlir::Operation *op);

/// Whether one of the patterns is an operation's title; * and ? stand for other characters as in
/// file names. No patterns name every operation.
bool isNamed(mlir::Operation *op, llvm::ArrayRef<std::string> patterns);

} // namespace nnc

#endif // DIALECTS_NNC_LAYERNAMES_H
