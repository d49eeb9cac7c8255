// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The schedule of each class of kernel: one function a class, one line in the table of
// ScheduleKernels.cpp.
#ifndef LOWERING_SCHEDULE_SCHEDULES_H
#define LOWERING_SCHEDULE_SCHEDULES_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// Convolutions and matrix products: a register tile of positions times output channels, weights
/// packed in the order in which the tile reads them.
void scheduleContraction(KernelScheduler &scheduler);

/// Depthwise convolutions and pooling: vectors of channels, the window unrolled.
void scheduleWindow(KernelScheduler &scheduler);

/// Winograd's convolution: rows of tiles are transformed, multiplied and transformed back while
/// they are in the cache.
void scheduleWinograd(KernelScheduler &scheduler);

/// Tensor trains: core after core, each a batch of matrix products in register tiles, the states
/// between them in the cache.
void scheduleTensorTrain(KernelScheduler &scheduler);

/// Everything else: reductions and values with several readers are computed on their own, the
/// innermost loop is vectorized.
void scheduleDefault(KernelScheduler &scheduler);

} // namespace nnc

#endif // LOWERING_SCHEDULE_SCHEDULES_H
