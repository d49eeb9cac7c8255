// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices, for all operators that are made of them.
#ifndef FRONTEND_ONNX_MATRIXPRODUCTS_H
#define FRONTEND_ONNX_MATRIXPRODUCTS_H

#include "frontend/onnx/Emitter.h"

namespace nnc::frontend {

/// Whether the value does not depend on the model's input: it is computed from constants alone.
bool isWeight(mlir::Value value);

/// A B of M x K and K x N: a fully connected layer where B is a weight. Null where one of them is.
mlir::Value emitMatrixProduct(Emitter &emit, mlir::Value a, mlir::Value b);

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_MATRIXPRODUCTS_H
