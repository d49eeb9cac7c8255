// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Laying weights out in the order in which a register tile reads them.
#ifndef LOWERING_SCHEDULE_PACKWEIGHTS_H
#define LOWERING_SCHEDULE_PACKWEIGHTS_H

#include "dialects/halide/Halide.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace nnc {

/// Packs the operand of `contraction` whose last dimension is the output channel from [..., K] to
/// [ceil(K / block), ..., block], padded with zeros. The kernel's argument, the operand's indexing
/// map and the operands of all launches change accordingly. So does a bias that the last block
/// would be read beyond the end of. Returns whether there was such an operand and every launch
/// passes constants; if not, nothing changed.
bool packWeights(halide::KernelOp kernel, mlir::linalg::GenericOp contraction, int64_t block);

/// Transposes an operand of a generic by `permutation`, gives it `shape` and reads it through
/// `map`. The kernel's argument and the operands of all launches change accordingly. Returns
/// whether the operand is an argument that nothing else reads and every launch passes a constant;
/// if not, nothing changed.
bool layOutWeights(halide::KernelOp kernel, mlir::OpOperand &operand,
                   llvm::ArrayRef<int64_t> permutation, llvm::ArrayRef<int64_t> shape,
                   mlir::AffineMap map);

/// Gives all launches of `kernel` operands of these types, and the kernel this signature; its body
/// is the caller's to change. A type that differs from the kernel's is such a packed one. Returns
/// whether every launch passes constants for these; if not, nothing changed.
bool packArguments(halide::KernelOp kernel, llvm::ArrayRef<mlir::Type> types);

} // namespace nnc

#endif // LOWERING_SCHEDULE_PACKWEIGHTS_H
