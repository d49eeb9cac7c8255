// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes a sparse form in front of a layer.
#ifndef LOWERING_APPROXIMATE_SPARSEWRITER_H
#define LOWERING_APPROXIMATE_SPARSEWRITER_H

#include "lowering/approximate/NonZeroLists.h"
#include "lowering/approximate/SparseLayer.h"

namespace nnc {

/// The tables of a form: floats, and bytes of integers.
struct TableSize {
  int64_t values = 0, indexBytes = 0;
};

class SparseWriter {
public:
  explicit SparseWriter(const SparseLayer &layer)
      : layer(layer), builder(layer.op), at(layer.op->getLoc()) {}

  /// `nnc.sparse_linear`; \returns what takes the place of the layer's result.
  mlir::Value writeGathers(const SlicedLists &sliced);

  /// `nnc.unrolled_linear`.
  mlir::Value writeUnrolled(NonZeroLists lists);

  /// `nnc.sparse_conv2d` on `nnc.phase_planes`, in the layout of the layer by transposes.
  mlir::Value writeShifts(NonZeroLists lists);

  /// Of what was written.
  const TableSize &getSize() const { return size; }

private:
  // The rows of a linear layer are transposed as a matrix, which meets the transposes of an image
  // whose pixels they may be.
  mlir::Value writeChannelsFirst(mlir::Value input);
  mlir::Value writeChannelsLast(mlir::Value result);

  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  template <typename T>
  mlir::Value makeTable(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> elements,
                        mlir::Type elementType);
  mlir::Value makeIndices(llvm::ArrayRef<int32_t> indices);
  /// In 16 bits where they fit.
  mlir::Value makeColumns(llvm::ArrayRef<int32_t> columns, int64_t entries);

  const SparseLayer &layer;
  mlir::OpBuilder builder;
  mlir::Location at;
  TableSize size;
};

} // namespace nnc

#endif // LOWERING_APPROXIMATE_SPARSEWRITER_H
