// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the operators of the domain ai.onnx.ml share.
#ifndef FRONTEND_ONNX_CLASSICALMODELS_H
#define FRONTEND_ONNX_CLASSICALMODELS_H

#include "frontend/onnx/Node.h"

namespace nnc::frontend {

/// Numbers of an attribute as a matrix.
mlir::Value emitMatrix(Emitter &emit, llvm::ArrayRef<float> elements, llvm::ArrayRef<int64_t> shape,
                       mlir::Type elementType);

/// What the attribute `post_transform` makes of scores, N x C.
mlir::Value emitPostTransform(Node &node, mlir::Value scores);

/// The labels of classes, or 0, 1, 2, ... where labels are texts.
llvm::SmallVector<int64_t> readLabels(Node &node, llvm::StringRef integers, llvm::StringRef texts);

/// The label of the largest score of each row, N.
mlir::Value emitLabels(Emitter &emit, mlir::Value scores, llvm::ArrayRef<int64_t> labels);

/// Where the largest or smallest element of one dimension is, which disappears; 64-bit integers.
mlir::Value emitArgExtremum(Emitter &emit, mlir::Value input, int64_t axis, bool isMaximum,
                            bool takesLast);

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_CLASSICALMODELS_H
