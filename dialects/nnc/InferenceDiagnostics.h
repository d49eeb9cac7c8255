// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Diagnostics of type inference, whose location is optional in MLIR's interface.
#ifndef DIALECTS_NNC_INFERENCEDIAGNOSTICS_H
#define DIALECTS_NNC_INFERENCEDIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <optional>

namespace nnc {

/// Fails, with an error of these parts where there is a place to report to.
template <typename... Parts>
llvm::LogicalResult reject(std::optional<mlir::Location> location, Parts &&...parts) {
  if (!location)
    return mlir::failure();
  mlir::InFlightDiagnostic diagnostic = mlir::emitError(*location);
  (diagnostic << ... << parts);
  return diagnostic;
}

} // namespace nnc

#endif // DIALECTS_NNC_INFERENCEDIAGNOSTICS_H
