// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Register tiles of one layer, for schedules of kernels that hold one layer or several.
#ifndef LOWERING_SCHEDULE_TILES_H
#define LOWERING_SCHEDULE_TILES_H

#include "lowering/schedule/KernelScheduler.h"
#include "lowering/schedule/RegisterTile.h"

namespace nnc {

/// Cuts `output` into register tiles of positions times channels (loops "xo" and "ko" over tiles,
/// around them the rows) and computes the sums of `contraction` tile by tile. `output` is another
/// value than the sums. Weights are packed. Without `tile` the one that is fastest alone is taken.
void tileContraction(KernelScheduler &scheduler, mlir::linalg::GenericOp contraction,
                     mlir::Value output, std::optional<RegisterTile> tile = {});

/// Cuts `output`, an image, into a few positions times one vector of channels (loops "xo" and
/// "ko" over tiles, around them the rows "y") and computes the sums of `window` tile by tile.
/// `output` is another value than the sums. With `block` the tiles of so many channels at a time
/// are in a loop "kb" of their own, next to the rows.
void tileWindow(KernelScheduler &scheduler, mlir::linalg::GenericOp window, mlir::Value output,
                std::optional<int64_t> block = {});

} // namespace nnc

#endif // LOWERING_SCHEDULE_TILES_H
