// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Channels of a value, seen through movements: which of them later layers read, and the value with
// some of them alone.
#ifndef LOWERING_SIMPLIFY_CHANNELS_H
#define LOWERING_SIMPLIFY_CHANNELS_H

#include "mlir/IR/Builders.h"

#include "llvm/ADT/BitVector.h"

#include <optional>

namespace nnc {

/// Which slices along dimension `dim` of `value` have a weight other than zero in the layers that
/// read it, through slices, reshapes and transposes; std::nullopt where something else reads it.
std::optional<llvm::BitVector> findReadChannels(mlir::Value value, int64_t dim);

/// Lets everything that reads `value`, as `findReadChannels` follows it, read `replacement`
/// instead, which has the slices `channels` of `value` along `dim`, and any others beyond them.
void replaceChannels(mlir::OpBuilder &builder, mlir::Value value, mlir::Value replacement,
                     int64_t dim, llvm::ArrayRef<int64_t> channels);

/// The slices `channels` of `value` along `dim`: picked as early as reshapes, transposes and tables
/// let it.
mlir::Value selectChannels(mlir::OpBuilder &builder, mlir::Value value, int64_t dim,
                           llvm::ArrayRef<int64_t> channels);

/// The slices `channels` of a constant of f32 along `dim`, followed by zeros up to `extent`. The
/// dimension may be several `groups` of channels, of each of which the same are taken.
mlir::Value takeSlices(mlir::OpBuilder &builder, mlir::Value constant, int64_t dim,
                       llvm::ArrayRef<int64_t> channels, int64_t extent, int64_t groups = 1);

} // namespace nnc

#endif // LOWERING_SIMPLIFY_CHANNELS_H
