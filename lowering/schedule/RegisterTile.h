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
/// registers. `lanes` is the number of channels in a register. `rowBytes` is how far apart the
/// inputs of neighbouring positions lie: no more of them than the first cache holds side by side.
RegisterTile chooseRegisterTile(const Machine &machine, int64_t positions, int64_t channels,
                                int64_t lanes, int64_t rowBytes = 0);

/// At most `count` tiles that differ in what matters, best first by the same count.
llvm::SmallVector<RegisterTile> listRegisterTiles(const Machine &machine, int64_t positions,
                                                  int64_t channels, int64_t lanes, size_t count);

/// The largest power of two up to `most`, itself one, that divides `extent`.
int64_t getDividingLanes(int64_t extent, int64_t most);

/// The largest divisor of `extent` up to `most`.
int64_t getDivisor(int64_t extent, int64_t most);

} // namespace nnc

#endif // LOWERING_SCHEDULE_REGISTERTILE_H
