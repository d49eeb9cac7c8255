// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a sparse convolution sees its image: planes of phases, so that every weight multiplies
// neighbouring elements of one plane, whatever the strides.
#ifndef DIALECTS_NNC_SPARSEPLANES_H
#define DIALECTS_NNC_SPARSEPLANES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace nnc {

/// The padded image as planes [C, strides[0], strides[1], rows, columns]: element (c, i, j, y, x) is
/// pixel (y * strides[0] + i, x * strides[1] + j) of channel c, or zero beyond the image. Output
/// pixel (y, x) is position y * columns + x of a plane that a tap's offset has shifted.
struct SparsePlanes {
  /// `shape` is N x H x W x C, `output` the rows and columns of the result; the others are
  /// attributes of the convolution.
  SparsePlanes(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> output,
               llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
               llvm::ArrayRef<int64_t> pads, llvm::ArrayRef<int64_t> dilations);

  /// Positions are computed in groups of so many.
  static constexpr int64_t kGroup = 16;

  int64_t channels, strideRows, strideColumns, rows, columns;
  /// Zeros around the image that planes reach: low rows, low columns, high rows, high columns.
  int64_t pads[4];
  /// Positions of one output channel: whole rows of planes, and what completes the last group.
  int64_t positions;

  int64_t getPlane() const { return rows * columns; }
  int64_t getPlanes() const { return channels * strideRows * strideColumns; }
  /// The offset of the tap at window row `row` and column `column`, dilation counted, of a channel.
  int64_t getOffset(int64_t channel, int64_t row, int64_t column) const;
};

} // namespace nnc

#endif // DIALECTS_NNC_SPARSEPLANES_H
