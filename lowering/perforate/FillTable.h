// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What positions that are not computed copy.
#ifndef LOWERING_PERFORATE_FILLTABLE_H
#define LOWERING_PERFORATE_FILLTABLE_H

#include "lowering/perforate/Masks.h"

namespace nnc {

/// For each of height x width positions, row by row, the nearest of `kept` (rising, not empty) in
/// the Euclidean distance; of several at the same distance the first in rising order.
llvm::SmallVector<int64_t, 0> makeFillTable(int64_t height, int64_t width,
                                            llvm::ArrayRef<int64_t> kept);

/// The positions that copy themselves, in rising order.
Positions listKept(llvm::ArrayRef<int64_t> fill);

} // namespace nnc

#endif // LOWERING_PERFORATE_FILLTABLE_H
