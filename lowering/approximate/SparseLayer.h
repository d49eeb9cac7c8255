// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A layer with a sparse weight, and its image as the planes that lists of shifts read.
#ifndef LOWERING_APPROXIMATE_SPARSELAYER_H
#define LOWERING_APPROXIMATE_SPARSELAYER_H

#include "dialects/nnc/Nnc.h"

#include <optional>

namespace nnc {

/// A layer as a convolution: `nnc.linear` is one over an image of one row whose pixels are its
/// rows.
struct SparseLayer {
  mlir::Operation *op;
  mlir::Value input, weight, bias;
  llvm::SmallVector<int64_t> image, output, taps; // N x H x W x C, N x H' x W' x K, KH x KW
  llvm::SmallVector<int64_t> strides, dilations, low;

  bool isLinear() const { return llvm::isa<LinearOp>(op); }
  int64_t countPixels() const { return output[0] * output[1] * output[2]; }
  int64_t countRows() const { return taps[0] * taps[1] * image[3]; }
  int64_t countWeights() const { return countRows() * output[3]; }
};

/// A linear layer or a convolution of one group.
std::optional<SparseLayer> matchSparseLayer(mlir::Operation *op);

/// The planes that a layer's image becomes: extents of one, and how taps shift it.
struct SparsePlanes {
  /// Lists are cut into `blocks` of so many channels.
  int64_t rows, pitch, channelsPerBlock, blocks;

  /// Positions that are summed at once (lowering/schedule/Sparse.cpp).
  static constexpr int64_t kTile = 224;

  /// For a layer with so many weights that are not zero.
  SparsePlanes(const SparseLayer &layer, int64_t entries);

  /// Where what a row of the weight matrix multiplies begins: rows are taps, then channels.
  llvm::SmallVector<int64_t> listOffsets(const SparseLayer &layer) const;

  /// The block of each row of the weight matrix.
  llvm::SmallVector<int64_t> listRowBlocks(const SparseLayer &layer) const;

private:
  void chooseBlocks(const SparseLayer &layer, int64_t reachRows, int64_t entries);
};

} // namespace nnc

#endif // LOWERING_APPROXIMATE_SPARSELAYER_H
