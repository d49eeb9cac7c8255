// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dense layers whose weights can be tensor trains, and both directions' layout: the weight as a
// matrix, the layer with a train in its place.
#ifndef LOWERING_APPROXIMATE_DENSELAYER_H
#define LOWERING_APPROXIMATE_DENSELAYER_H

#include "lowering/approximate/TensorTrain.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace nnc {

/// A layer whose weight is read as a matrix of `taps` * `inputs` rows and `outputs` columns: of
/// `nnc.linear` the weight (one tap), of `nnc.conv2d` the filter, its taps in front of the input
/// channels.
struct DenseLayer {
  mlir::Operation *op;
  mlir::Value weight;
  int64_t taps, inputs, outputs;
  /// Of inputs and outputs, without the taps; they multiply to at least these.
  Modes modes;
  /// The weight's elements, with zeros up to the modes' extents.
  llvm::SmallVector<float, 0> matrix;

  int64_t countParameters() const { return taps * inputs * outputs; }
  int64_t countFlops() const;
  bool isConvolution() const;
  /// The modes that a decomposition sees: of a convolution, the taps are the first.
  Modes getAllModes() const;
};

/// An operation that is such a layer (of one group), without modes and matrix.
std::optional<DenseLayer> matchDenseLayer(mlir::Operation *op);

/// Reads `matrix` for the layer's modes; fails where the weight is no constant.
llvm::LogicalResult readMatrix(DenseLayer &layer);

/// Puts `nnc.tt_linear` or `nnc.tt_conv2d` in the layer's place, between a padding of the channels
/// and a cut where the modes multiply to more. Returns the layer's FLOPs.
int64_t replaceByTrain(const DenseLayer &layer, const TensorTrain &train);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_DENSELAYER_H
