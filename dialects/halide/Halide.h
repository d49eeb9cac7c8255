// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exit dialect: kernels (linalg and a schedule that mirrors Halide's API) and their launches.
#ifndef DIALECTS_HALIDE_HALIDE_H
#define DIALECTS_HALIDE_HALIDE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/halide/HalideDialect.h.inc"
#include "dialects/halide/HalideEnums.h.inc"

#define GET_OP_CLASSES
#include "dialects/halide/HalideOps.h.inc"

namespace nnc::halide {

/// Argument and result attribute of a kernel: strides in elements where the tensor is not dense,
/// outermost first.
inline constexpr llvm::StringLiteral kStridesAttr = "halide.strides";

/// Module attribute (i64): tasks that share the iterations of a parallel loop.
inline constexpr llvm::StringLiteral kThreadsAttr = "nnc.threads";
/// Unit attribute of a kernel whose schedule wrote the computation in another way, beyond packed
/// weights and copies: such a schedule cannot be stored for another run.
inline constexpr llvm::StringLiteral kRewrittenAttr = "nnc.rewritten";

/// Attributes of kernels that the runtime has functions for: rows of one piece of a list (i64), and
/// windows (array of i64: images, rows, columns, and by axis taps, dilations and pads).
inline constexpr llvm::StringLiteral kPieceAttr = "nnc.piece";
inline constexpr llvm::StringLiteral kWindowsAttr = "nnc.windows";

/// The number in that attribute, 1 without it.
int64_t getThreads(mlir::ModuleOp module);

} // namespace nnc::halide

#endif // DIALECTS_HALIDE_HALIDE_H
