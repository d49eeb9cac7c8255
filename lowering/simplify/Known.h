// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What nnc-fold-constants will evaluate.
#ifndef LOWERING_SIMPLIFY_KNOWN_H
#define LOWERING_SIMPLIFY_KNOWN_H

#include "mlir/IR/Value.h"

namespace nnc {

/// Whether a value is known once the model is: a constant, or element-wise arithmetic and movements
/// of such, at most eight deep.
bool isKnown(mlir::Value value, int depth = 0);

} // namespace nnc

#endif // LOWERING_SIMPLIFY_KNOWN_H
