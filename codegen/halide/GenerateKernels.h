// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ of every kernel of a module.
#ifndef CODEGEN_HALIDE_GENERATEKERNELS_H
#define CODEGEN_HALIDE_GENERATEKERNELS_H

#include "codegen/KernelCode.h"
#include "dialects/machine/Machine.h"

#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace nnc::codegen {

/// Lowers and prints the scheduled kernels of `module`, in order, and records on each the scratch
/// memory that its code needs
/// (`nnc.scratch_bytes`), which nnc-plan-program reads. Fails with a diagnostic at the kernel that
/// cannot be generated.
mlir::FailureOr<std::vector<KernelCode>> generateKernels(mlir::ModuleOp module,
                                                         const Machine &machine);

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_GENERATEKERNELS_H
