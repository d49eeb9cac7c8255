// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long dense convolutions take, in multiply-adds of full vectors.
#ifndef LOWERING_APPROXIMATE_DENSECONVOLUTION_H
#define LOWERING_APPROXIMATE_DENSECONVOLUTION_H

#include <cstdint>

namespace nnc {

/// Extents of a convolution without groups; images, rows and columns are its output's.
struct DenseConvolution {
  int64_t tapRows, tapColumns, channels, outputs;
  int64_t images, rows, columns;
  /// Strides and dilations are 1, elements f32: with 3x3 taps it may be Winograd's.
  bool isPlain;
};

/// The tile of Winograd's form, 2 or 4, or 0 where the direct sum is as fast: the weights count as
/// arriving from memory.
int64_t chooseWinogradTile(const DenseConvolution &convolution);

/// Rounding of Winograd's form beyond that of the direct sum, relative to the largest output, as
/// single layers show it (dialects/nnc/Winograd.td).
double getWinogradRounding(int64_t tile);

/// The time of Winograd's form in so many tiles of that extent.
double getWinogradTime(const DenseConvolution &convolution, int64_t tile, int64_t tiles);

/// The faster form's time where the weights are in the cache.
double getDenseTime(const DenseConvolution &convolution);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_DENSECONVOLUTION_H
