// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kept positions that are whole tiles of Winograd's convolution.
#ifndef LOWERING_PERFORATE_TILELIST_H
#define LOWERING_PERFORATE_TILELIST_H

#include "lowering/perforate/PixelLists.h"

#include "dialects/nnc/Nnc.h"

#include <optional>

namespace nnc {

/// Tiles of a convolution's result as the image that `nnc.perforated_winograd_conv2d` makes of
/// them, whose rows are filled up with the last tile.
struct TileList {
  int64_t tile, rows, columns;
  /// Row and column where each tile begins.
  llvm::SmallVector<int64_t, 0> starts;

  int64_t countTiles() const { return rows * columns; }
  /// The pixels of that image, for a result of `height` x `width`; without the value.
  PixelList makePixels(llvm::ArrayRef<int64_t> fill, int64_t height, int64_t width) const;
};

/// The tiles of 4 x 4, or else 2 x 2, that the positions `kept` fill; std::nullopt where they fill
/// no whole tiles or the convolution has no such form.
std::optional<TileList> findTiles(Conv2dOp conv, llvm::ArrayRef<int64_t> kept);

/// The convolution in these tiles: N x (rows columns tile^2) x K.
mlir::Value buildTiles(mlir::OpBuilder &builder, Conv2dOp conv, mlir::Value image,
                       const TileList &tiles);

} // namespace nnc

#endif // LOWERING_PERFORATE_TILELIST_H
