// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The way of a model from nnc to scheduled kernels, as stages that can be run alone.
#ifndef LOWERING_PIPELINES_H
#define LOWERING_PIPELINES_H

#include "dialects/machine/Machine.h"
#include "lowering/Passes.h"

#include "mlir/Pass/PassManager.h"

namespace nnc {

/// Tensor trains that the model writes as chains of products are layers. Sums are in another order.
void buildRecognizedTrains(mlir::OpPassManager &manager);

/// The same model with less in it: movements sunk, normalization folded, constants evaluated.
/// Trains are contracted as is fastest, or, with `trainsAsWritten`, in their own order, no cores
/// merged.
void buildSimplifiedModel(mlir::OpPassManager &manager, bool trainsAsWritten = false);

/// Layers that need fewer operations and round differently: Winograd's convolution.
void buildFasterArithmetic(mlir::OpPassManager &manager);

/// From a simplified model to launches of kernels that hold linalg.
/// With `exposeLayers`, @main returns the result of every launch behind its own. Images of more
/// than `rowsAbove` bytes pass through chains of convolutions by rows.
void buildKernels(mlir::OpPassManager &manager, bool exposeLayers = false,
                  int64_t rowsAbove = kLargeImageBytes);

/// Weights and kernels as scheduled kernels want them.
void buildLayouts(mlir::OpPassManager &manager);

/// More threads than a machine has; each costs a run memory.
inline constexpr int64_t kMostThreads = 256;

struct StandardPipelineOptions {
  Machine machine;
  /// Threads that share the work of a kernel.
  int64_t threads = 1;
  /// Leaves out what rounds differently from the model's own layers.
  bool exact = false;
  /// As buildKernels takes it.
  bool exposeLayers = false;
  /// A file of schedules that go before the cost model's; empty for none.
  std::string schedules = "";
  /// As buildKernels takes it.
  int64_t rowsAbove = kLargeImageBytes;
  /// As buildSimplifiedModel takes it.
  bool trainsAsWritten = false;
};

/// From kernels to scheduled kernels with packed weights.
void buildSchedules(mlir::OpPassManager &manager, const StandardPipelineOptions &options);

/// All of these up to the kernels: what is the same for every machine.
void buildUnscheduledKernels(mlir::OpPassManager &manager, const StandardPipelineOptions &options);

/// All of these, in order: what generateKernels takes. `nnc-standard` in nnc-opt.
void buildStandardPipeline(mlir::OpPassManager &manager, const StandardPipelineOptions &options);

/// Registers nnc-simplify, nnc-kernels and nnc-standard.
void registerPipelines();

} // namespace nnc

#endif // LOWERING_PIPELINES_H
