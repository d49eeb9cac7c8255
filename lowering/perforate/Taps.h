// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which pixels windows read, as tables.
#ifndef LOWERING_PERFORATE_TAPS_H
#define LOWERING_PERFORATE_TAPS_H

#include "lowering/perforate/Masks.h"

#include "mlir/IR/Operation.h"

namespace nnc {

/// The windows of a convolution or a pooling over an image.
struct Windows {
  int64_t height, width; // of the image
  int64_t outputRows, outputColumns;
  int64_t tapRows, tapColumns;
  llvm::SmallVector<int64_t> strides, dilations, pads;

  int64_t countTaps() const { return tapRows * tapColumns; }
  int64_t countOutputs() const { return outputRows * outputColumns; }
};

/// Of `nnc.conv2d`, `nnc.max_pool2d` and `nnc.avg_pool2d`.
Windows getWindows(mlir::Operation *op);

/// For each output position of `outputs` and each tap the position in the image, or -1 in the
/// padding.
llvm::SmallVector<int64_t, 0> listTaps(const Windows &windows, llvm::ArrayRef<int64_t> outputs);

} // namespace nnc

#endif // LOWERING_PERFORATE_TAPS_H
