// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One contraction of a tensor train's chain of small matrix products
// (dialects/nnc/TensorTrainMeaning.cpp), in register tiles.
#ifndef LOWERING_SCHEDULE_TRAINSTEPS_H
#define LOWERING_SCHEDULE_TRAINSTEPS_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// The sum over one core, its copy in memory, and how both are tiled. The vectors run over the core
/// (loop "q"), or, where that is too narrow, over what the other cores leave.
struct TrainStep {
  mlir::linalg::GenericOp sum;
  mlir::Value stored;
  llvm::SmallVector<std::string> loops; // over results, outermost first
  std::string position, channel;        // the two innermost ones, by their part in the tile
  int64_t positions = 1, channels = 1;  // their extents, as far as they are computed at once
  int64_t lanes = 1;
  bool isCoreVectorized = false;
  RegisterTile tile = {1, 1};
  int64_t pixels = 1; // of the loop "x" that the tile takes in, beside its positions

  bool hasLoop(llvm::StringRef name) const { return llvm::is_contained(loops, name); }
};

/// The step of a reduction over "c" and "r"; its copy is inserted.
TrainStep makeTrainStep(KernelScheduler &scheduler, mlir::linalg::GenericOp sum);

/// Chooses the tile for results of this shape, those that are computed at once. Of a loop "x" over
/// pixels a divisor goes into the tile.
void chooseTrainTile(KernelScheduler &scheduler, TrainStep &step, llvm::ArrayRef<int64_t> shape);

/// Lays out the core as the step reads it, and computes the sums tile by tile in registers. Where
/// the copy is computed is the caller's to say.
void scheduleTrainStep(KernelScheduler &scheduler, const TrainStep &step, bool isForward);

} // namespace nnc

#endif // LOWERING_SCHEDULE_TRAINSTEPS_H
