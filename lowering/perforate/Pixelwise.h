// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations that compute each position of an image from the same position of another.
#ifndef LOWERING_PERFORATE_PIXELWISE_H
#define LOWERING_PERFORATE_PIXELWISE_H

#include "mlir/IR/Operation.h"

namespace nnc {

/// Element-wise operations and normalization by channel.
bool isPointwise(mlir::Operation *op);

/// A convolution whose window is one pixel: a linear layer, for each position.
bool isPixelConvolution(mlir::Operation *op);

/// A change between an image and the matrix of its pixels.
bool isPixelReshape(mlir::Operation *op);

/// Any of these, or a linear layer, whose input is `operand`.
bool isPixelwise(mlir::OpOperand &operand);

} // namespace nnc

#endif // LOWERING_PERFORATE_PIXELWISE_H
