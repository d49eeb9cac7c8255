// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Derivatives of operations: what each adds to the adjoints of its operands.
#ifndef LOWERING_GRADIENT_ADJOINTS_H
#define LOWERING_GRADIENT_ADJOINTS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc {

/// The adjoint of each operand from that of the only result; null for an operand on which the
/// result does not depend smoothly (a mask). The others are of the operands' types.
using BuildAdjoints = llvm::SmallVector<mlir::Value> (*)(mlir::ImplicitLocOpBuilder &builder,
                                                         mlir::Operation *op, mlir::Value adjoint);

/// Null where an operation has none; `reason` says why if it never will.
BuildAdjoints findAdjoints(mlir::Operation *op, llvm::StringRef &reason);

} // namespace nnc

#endif // LOWERING_GRADIENT_ADJOINTS_H
