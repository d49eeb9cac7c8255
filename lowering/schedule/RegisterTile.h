// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shape of the register tile of a matrix-product-like loop nest.
#ifndef LOWERING_SCHEDULE_REGISTERTILE_H
#define LOWERING_SCHEDULE_REGISTERTILE_H

#include "dialects/machine/Machine.h"

namespace nnc {

/// `positions` rows of `vectors` registers are accumulated at once.
struct RegisterTile {
  int64_t positions;
  int64_t vectors;
};

/// The tile that needs the fewest cycles for `positions` x `channels` results, by a count of
/// multiply-adds and loads: accumulators, one row of weights and one broadcast fit the machine's
/// registers. `lanes` is the number of channels in a register.
RegisterTile chooseRegisterTile(const Machine &machine, int64_t positions, int64_t channels,
                                int64_t lanes);

} // namespace nnc

#endif // LOWERING_SCHEDULE_REGISTERTILE_H
