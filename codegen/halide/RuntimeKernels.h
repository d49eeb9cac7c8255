// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels that are functions of the runtime, and not Halide's: what a kernel writes depends on its
// data.
#ifndef CODEGEN_HALIDE_RUNTIMEKERNELS_H
#define CODEGEN_HALIDE_RUNTIMEKERNELS_H

#include "codegen/KernelCode.h"
#include "dialects/halide/Halide.h"

#include <optional>

namespace nnc::codegen {

/// The code of a kernel whose class the runtime has a function for; std::nullopt for others.
/// `comment` stands above it.
std::optional<KernelCode> makeRuntimeKernel(halide::KernelOp kernel, const std::string &comment);

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_RUNTIMEKERNELS_H
