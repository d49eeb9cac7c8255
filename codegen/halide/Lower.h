// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a kernel to Halide's lowered statement.
#ifndef CODEGEN_HALIDE_LOWER_H
#define CODEGEN_HALIDE_LOWER_H

#include "dialects/halide/Halide.h"
#include "dialects/machine/Machine.h"

#include <Halide.h>

namespace nnc::codegen {

/// Runs Halide's lowering on the kernel's algorithm and schedule. Parallel loops stay loops.
/// Buffers are named in0, in1, ... and out0, ...; every size is a constant. Halide's own
/// complaints, warnings that stand for wrong code included, become diagnostics at the kernel.
mlir::FailureOr<Halide::Internal::LoweredFunc> lowerKernel(halide::KernelOp kernel,
                                                           const Machine &machine);

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_LOWER_H
