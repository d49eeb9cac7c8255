// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long forms of a perforated convolution take, in multiply-adds of full vectors. The numbers
// come from benchmarks/run.py perforation.
#ifndef LOWERING_PERFORATE_PERFORATIONCOSTS_H
#define LOWERING_PERFORATE_PERFORATIONCOSTS_H

#include "lowering/perforate/StridedWindows.h"
#include "lowering/perforate/TileList.h"

namespace nnc {

/// Of all positions, Winograd's form included.
double getWholeCost(Conv2dOp conv);
/// Of so many positions on a list.
double getListCost(Conv2dOp conv, int64_t positions);
/// Of evenly spaced positions, as a strided convolution.
double getStridedCost(Conv2dOp conv, const StridedWindows &windows);
/// In tiles of Winograd's form.
double getTilesCost(Conv2dOp conv, const TileList &tiles);
/// Of a whole image from a list.
double getFillCost(mlir::RankedTensorType image);

} // namespace nnc

#endif // LOWERING_PERFORATE_PERFORATIONCOSTS_H
