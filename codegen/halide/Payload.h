// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar operations inside a linalg body as Halide expressions.
#ifndef CODEGEN_HALIDE_PAYLOAD_H
#define CODEGEN_HALIDE_PAYLOAD_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Operation.h"

#include <Halide.h>

#include <functional>
#include <vector>

namespace nnc::codegen {

/// Reads one element of a tensor value; coordinates in the tensor's order, outermost first.
using ReadElement =
    std::function<mlir::FailureOr<Halide::Expr>(mlir::Value, std::vector<Halide::Expr>)>;

/// An affine expression over loop variables; division and modulus round down, as both sides define
/// them.
Halide::Expr translateAffine(mlir::AffineExpr expression, llvm::ArrayRef<Halide::Expr> loops);

/// The values that a body yields, given its block arguments and loop variables. Reads of tensors go
/// through `read`. Fails with a diagnostic at the operation that has no translation.
mlir::FailureOr<std::vector<Halide::Expr>> translateBody(mlir::Block &body,
                                                         llvm::ArrayRef<Halide::Expr> arguments,
                                                         llvm::ArrayRef<Halide::Expr> loops,
                                                         const ReadElement &read);

/// A scalar `arith.constant`.
mlir::FailureOr<Halide::Expr> translateConstant(mlir::Operation *constant);

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_PAYLOAD_H
