// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of operations on small constants while a model is read: ONNX models compute shapes,
// axes and scales with ordinary nodes, and the importer needs their values.
#ifndef FRONTEND_ONNX_SHAPEARITHMETIC_H
#define FRONTEND_ONNX_SHAPEARITHMETIC_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace nnc::frontend {

/// The value of `op`'s only result, or null. Evaluated are element-wise operations and movements
/// whose operands and result are constants of at most `kMaxElementsAsText` elements, and what folds
/// splats of any size. Because it works on the emitted operations, a new ONNX operator needs no
/// second definition for constants.
mlir::ElementsAttr evaluate(mlir::Operation *op);

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_SHAPEARITHMETIC_H
