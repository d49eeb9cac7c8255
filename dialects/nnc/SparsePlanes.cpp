// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/SparsePlanes.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nnc {

SparsePlanes::SparsePlanes(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> output,
                           llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
                           llvm::ArrayRef<int64_t> pads, llvm::ArrayRef<int64_t> dilations)
    : channels(shape[3]), strideRows(strides[0]), strideColumns(strides[1]) {
  // The furthest that a tap shifts a plane.
  int64_t reachRows = (kernel[0] - 1) * dilations[0] / strideRows;
  int64_t reachColumns = (kernel[1] - 1) * dilations[1] / strideColumns;
  columns = output[1] + reachColumns;
  positions = llvm::alignTo(output[0] * columns, kGroup);
  // The last position, shifted furthest, still lies in its plane.
  rows = llvm::divideCeil(positions + reachRows * columns + reachColumns, columns);
  this->pads[0] = pads[0];
  this->pads[1] = pads[1];
  this->pads[2] = std::max<int64_t>(0, rows * strideRows - pads[0] - shape[1]);
  this->pads[3] = std::max<int64_t>(0, columns * strideColumns - pads[1] - shape[2]);
}

int64_t SparsePlanes::getOffset(int64_t channel, int64_t row, int64_t column) const {
  int64_t plane = (channel * strideRows + row % strideRows) * strideColumns + column % strideColumns;
  return plane * getPlane() + row / strideRows * columns + column / strideColumns;
}

} // namespace nnc
