// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums, maxima and minima along rows of memory.
#ifndef LOWERING_SCHEDULE_ROWREDUCTION_H
#define LOWERING_SCHEDULE_ROWREDUCTION_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// A reduction of rows in lanes: lane l of `lanes` combines elements l, l + L, l + 2 L, ... of a
/// row, `joined` combines the lanes, `tail` (or null) what is left of the row, `result` both.
struct RowReduction {
  mlir::Value lanes, joined, tail, result;
};

/// Rewrites a reduction along the last dimension of its input, which other schedules would read
/// element by element, into lanes of one vector register. Nothing where the rows are short, or the
/// generic combines something else than elements of one tensor of f32.
std::optional<RowReduction> splitIntoLanes(KernelScheduler &scheduler,
                                           mlir::linalg::GenericOp reduction);

/// One row after the other, the lanes in a register.
void scheduleRowReduction(KernelScheduler &scheduler, const RowReduction &reduction);

} // namespace nnc

#endif // LOWERING_SCHEDULE_ROWREDUCTION_H
