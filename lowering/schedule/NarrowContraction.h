// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Contractions with one output channel, as halting scores are: no vector of channels to fill.
#ifndef LOWERING_SCHEDULE_NARROWCONTRACTION_H
#define LOWERING_SCHEDULE_NARROWCONTRACTION_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// Rewrites a contraction of f32 with one output channel, whose innermost sum is over whole vectors
/// of input channels, into sums in lanes that are added up at the end, and schedules the kernel:
/// one position after the other. Returns false, and changes nothing, for others.
bool scheduleNarrowContraction(KernelScheduler &scheduler, mlir::linalg::GenericOp contraction);

} // namespace nnc

#endif // LOWERING_SCHEDULE_NARROWCONTRACTION_H
