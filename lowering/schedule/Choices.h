// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What schedules leave open: the cost model decides it, or a search that measures.
#ifndef LOWERING_SCHEDULE_CHOICES_H
#define LOWERING_SCHEDULE_CHOICES_H

#include "lowering/schedule/RegisterTile.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace nnc {

/// What is outermost of a contraction's loops, and so is read once.
enum class LoopOrder {
  /// Blocks of weights, each for all rows.
  Weights,
  /// Rows of the input, for all blocks of weights.
  Rows,
  /// Tiles of positions, for all blocks of weights.
  Positions,
};

/// Decisions that are given; each class of kernels reads its own. What is absent the cost model
/// decides.
struct Choices {
  /// Contractions and Winograd's products.
  std::optional<RegisterTile> tile;
  /// Contractions.
  std::optional<LoopOrder> order;
  /// Winograd: rows of tiles that are computed together; divides them.
  std::optional<int64_t> blockRows;
  /// Windows: positions that are computed together, and whether a vector of channels goes over the
  /// whole image row before the next.
  std::optional<int64_t> positions;
  std::optional<bool> channelsOutside;

  /// For people: "tile 14 x 2, rows outermost".
  std::string describe() const;
};

} // namespace nnc

#endif // LOWERING_SCHEDULE_CHOICES_H
