// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedule operations as calls of Halide's scheduling API, one to one.
#ifndef CODEGEN_HALIDE_SCHEDULE_H
#define CODEGEN_HALIDE_SCHEDULE_H

#include "codegen/halide/Algorithm.h"

namespace nnc::codegen {

/// Applies the kernel's schedule operations, in order. Fails with a diagnostic at a directive that
/// names a value or a loop that is not there.
mlir::LogicalResult applySchedule(halide::KernelOp kernel, Algorithm &algorithm);

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_SCHEDULE_H
