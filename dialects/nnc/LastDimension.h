// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tensor with more or fewer elements along its last dimension, where channels are.
#ifndef DIALECTS_NNC_LASTDIMENSION_H
#define DIALECTS_NNC_LASTDIMENSION_H

#include "mlir/IR/Builders.h"

namespace nnc {

/// [..., K] as [..., extent] with zeros from K on, where extent is at least K; the value itself
/// where that changes nothing.
mlir::Value padLastDimension(mlir::OpBuilder &builder, mlir::Location at, mlir::Value value,
                             int64_t extent);

/// The first `extent` elements of the last dimension; the value itself where these are all.
mlir::Value cutLastDimension(mlir::OpBuilder &builder, mlir::Location at, mlir::Value value,
                             int64_t extent);

} // namespace nnc

#endif // DIALECTS_NNC_LASTDIMENSION_H
