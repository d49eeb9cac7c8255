// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The way of a model from nnc to scheduled kernels, as stages that can be run alone.
#ifndef LOWERING_PIPELINES_H
#define LOWERING_PIPELINES_H

#include "dialects/machine/Machine.h"

#include "mlir/Pass/PassManager.h"

namespace nnc {

/// The same model with less in it: movements sunk, normalization folded, constants evaluated.
void buildSimplifiedModel(mlir::OpPassManager &manager);

/// From a simplified model to launches of kernels that hold linalg.
/// With `exposeLayers`, @main returns the result of every launch behind its own.
void buildKernels(mlir::OpPassManager &manager, bool exposeLayers = false);

/// From kernels to scheduled kernels with packed weights.
void buildSchedules(mlir::OpPassManager &manager, const Machine &machine);

/// All of these, in order: what generateKernels takes. `nnc-standard` in nnc-opt.
void buildStandardPipeline(mlir::OpPassManager &manager, const Machine &machine,
                           bool exposeLayers = false);

/// Registers nnc-simplify, nnc-kernels and nnc-standard.
void registerPipelines();

} // namespace nnc

#endif // LOWERING_PIPELINES_H
