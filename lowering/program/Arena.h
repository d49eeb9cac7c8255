// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Offsets in one arena for buffers whose lifetimes are known.
#ifndef LOWERING_PROGRAM_ARENA_H
#define LOWERING_PROGRAM_ARENA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace nnc {

/// Every buffer starts at a multiple of this many bytes: a cache line, and the widest vector.
inline constexpr int64_t kArenaAlignment = 64;

/// A buffer that is written at step `first` and last read at step `last`.
struct Lifetime {
  int64_t bytes;
  int64_t first, last;

  bool overlaps(const Lifetime &other) const { return first <= other.last && other.first <= last; }
};

struct Arena {
  /// One per lifetime, in order.
  llvm::SmallVector<int64_t> offsets;
  int64_t bytes = 0;
  /// The largest sum of sizes, rounded up to the alignment, that are alive at one step: no arena is
  /// smaller.
  int64_t lowerBound = 0;
};

/// Places the largest buffers first, each at the lowest offset where it overlaps no buffer that
/// lives at the same time.
Arena planArena(llvm::ArrayRef<Lifetime> lifetimes);

} // namespace nnc

#endif // LOWERING_PROGRAM_ARENA_H
