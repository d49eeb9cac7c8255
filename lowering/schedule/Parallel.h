// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which loops of a schedule threads share. Only loops over results qualify: every sum is made by
// one thread, in the order in which one thread alone makes it.
#ifndef LOWERING_SCHEDULE_PARALLEL_H
#define LOWERING_SCHEDULE_PARALLEL_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// A loop of a stage. Its iterations write different elements.
struct OuterLoop {
  std::string name;
  int64_t extent;
};

/// Whether threads that share `iterations` equal iterations are idle for a tenth of the time at
/// most.
bool isBalanced(int64_t iterations, int64_t threads);

/// Makes the outermost loops of a stage parallel: the first that has iterations, and those behind
/// it, fused with it, while threads would be idle. `loops` are outermost first; nothing is computed
/// at one of them. Does nothing for one thread or for a stage of a few microseconds. \returns
/// whether some loop is parallel.
bool parallelize(KernelScheduler &scheduler, Stage stage, llvm::ArrayRef<OuterLoop> loops);

/// The same for a stage whose loops are the value's own, in its order, around `innermost`.
bool parallelizeAround(KernelScheduler &scheduler, Stage stage, llvm::StringRef innermost);

} // namespace nnc

#endif // LOWERING_SCHEDULE_PARALLEL_H
