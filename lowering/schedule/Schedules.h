// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each class of kernels has a schedule, and what a search may choose in it: two functions, one line
// in the table of ScheduleKernels.cpp.
#ifndef LOWERING_SCHEDULE_SCHEDULES_H
#define LOWERING_SCHEDULE_SCHEDULES_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// Convolutions and matrix products: a register tile of positions times output channels, weights
/// packed in the order in which the tile reads them.
void scheduleContraction(KernelScheduler &scheduler);
llvm::SmallVector<Choices> listContractionChoices(KernelScheduler &scheduler);

/// Depthwise convolutions and pooling: vectors of channels, the window unrolled.
void scheduleWindow(KernelScheduler &scheduler);
llvm::SmallVector<Choices> listWindowChoices(KernelScheduler &scheduler);

/// A depthwise convolution with the 1x1 convolutions before and after it: rows pass through all of
/// them while they are in the cache.
void scheduleRows(KernelScheduler &scheduler);

/// Winograd's convolution: rows of tiles are transformed, multiplied and transformed back while
/// they are in the cache.
void scheduleWinograd(KernelScheduler &scheduler);
llvm::SmallVector<Choices> listWinogradChoices(KernelScheduler &scheduler);

/// Tensor trains: core after core, each a batch of matrix products in register tiles, the states
/// between them in the cache.
void scheduleTensorTrain(KernelScheduler &scheduler);

/// Images as planes: all channels of a row while it is in the cache.
void schedulePhasePlanes(KernelScheduler &scheduler);

/// Pooling and depthwise convolutions on lists of pixels.
void schedulePerforatedWindow(KernelScheduler &scheduler);

/// Layers whose weights are lists of non-zeros.
void scheduleSparseLinear(KernelScheduler &scheduler);
void scheduleUnrolledLinear(KernelScheduler &scheduler);
void scheduleSparseConv2d(KernelScheduler &scheduler);

/// One step of a recurrent layer: the four gates of a few hidden units in a register tile, or in
/// sums over lists.
void scheduleLstm(KernelScheduler &scheduler);
void scheduleSparseLstm(KernelScheduler &scheduler);

/// Trees as choices at every node: two vectors of rows go through all trees.
void scheduleTreeSelects(KernelScheduler &scheduler);

/// Everything else: reductions (rows in lanes) and values with several readers are computed on
/// their own, the innermost loop is vectorized.
void scheduleDefault(KernelScheduler &scheduler);

/// Gives a kernel the schedule of its class; `choices` go before the cost model's.
void scheduleKernel(halide::KernelOp kernel, const Machine &machine, const Choices &choices = {});

/// The choices that a search measures beside the cost model's, for a kernel without a schedule.
/// Some may come to the same schedule.
llvm::SmallVector<Choices> listChoices(halide::KernelOp kernel, const Machine &machine);

} // namespace nnc

#endif // LOWERING_SCHEDULE_SCHEDULES_H
