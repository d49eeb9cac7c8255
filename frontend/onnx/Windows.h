// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Windows that move over images: what convolutions and pools have in common.
#ifndef FRONTEND_ONNX_WINDOWS_H
#define FRONTEND_ONNX_WINDOWS_H

#include "frontend/onnx/Node.h"

namespace nnc::frontend {

/// A window over two spatial dimensions, rows and columns. One-dimensional signals are images of
/// one row.
struct Window {
  llvm::SmallVector<int64_t> input, kernel, strides, dilations;
  /// Padding before and behind each dimension.
  llvm::SmallVector<int64_t> begin, end;

  int64_t getDilatedExtent(int axis) const { return dilations[axis] * (kernel[axis] - 1) + 1; }
  /// The number of window positions; rounds up when `ceil` where the last window starts inside
  /// input or leading padding.
  int64_t countPositions(int axis, bool ceil) const;
  /// top, left, bottom, right: the order of nnc's operations.
  llvm::SmallVector<int64_t> getPads() const { return {begin[0], begin[1], end[0], end[1]}; }
};

/// Reads kernel_shape, strides, dilations, pads and auto_pad. `kernel` is the filter's, or empty
/// for a pool, where the attribute is required. SAME and VALID are resolved to pads. std::nullopt
/// after a report, or after `unsupported` unless there are one or two spatial dimensions.
std::optional<Window> readWindow(Node &node, llvm::ArrayRef<int64_t> kernel,
                                 bool resolveSame = true);

/// N x C x H x W or N x C x W to N x H x W x C.
mlir::Value toImage(Emitter &emit, mlir::Value input);
/// N x H x W x C to the layout of a model's value of this rank.
mlir::Value fromImage(Emitter &emit, mlir::Value image, int64_t rank);

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_WINDOWS_H
