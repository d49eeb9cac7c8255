// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights whose type says that they are mostly zeros: upstream's `#sparse_tensor.encoding`.
#ifndef LOWERING_APPROXIMATE_SPARSEWEIGHTS_H
#define LOWERING_APPROXIMATE_SPARSEWEIGHTS_H

#include "mlir/IR/Builders.h"

namespace nnc {

/// Whether the type of `weight` has a sparse encoding.
bool isMarkedSparse(mlir::Value weight);

/// The constant `weight`, of rank `order`, under a type that says how its non-zeros are listed: its
/// dimensions in this order, the last one compressed. Returns `weight` if it is no constant.
mlir::Value markSparse(mlir::OpBuilder &builder, mlir::Value weight,
                       llvm::ArrayRef<unsigned> order);

/// Gives every marked constant in `root` its plain type.
void unmarkSparse(mlir::Operation *root);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_SPARSEWEIGHTS_H
