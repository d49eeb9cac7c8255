// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions whose filter is a tensor train.
#ifndef LOWERING_SCHEDULE_TRAINCONVOLUTION_H
#define LOWERING_SCHEDULE_TRAINCONVOLUTION_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// All cores in one kernel, a few pixels at a time. First to last, the pixels are filtered with
/// every spatial filter and the other cores follow, states in the first cache. Last to first, rows
/// of contracted pixels are kept as long as the filters read them.
void scheduleTrainConvolution(KernelScheduler &scheduler);

} // namespace nnc

#endif // LOWERING_SCHEDULE_TRAINCONVOLUTION_H
