// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a scheduled kernel computes, with its schedule taken off.
#ifndef LOWERING_SCHEDULE_STRIPSCHEDULE_H
#define LOWERING_SCHEDULE_STRIPSCHEDULE_H

#include "dialects/halide/Halide.h"

#include <string>

namespace nnc {

/// Takes off all that scheduling adds to a kernel: directives, blocks of weights, copies, and what
/// nobody reads then; names and attributes too. Launches are not looked at.
void stripSchedule(halide::KernelOp kernel);

/// The text of a kernel that is stripped so: equal for two kernels that compute the same, however
/// they are scheduled.
std::string getComputation(halide::KernelOp kernel);

} // namespace nnc

#endif // LOWERING_SCHEDULE_STRIPSCHEDULE_H
