// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One kernel in all forms that are worth measuring, built as one program and timed in turns.
#ifndef TOOLS_NNC_KERNELTRIALS_H
#define TOOLS_NNC_KERNELTRIALS_H

#include "tools/nnc/CompiledModel.h"

#include "dialects/halide/Halide.h"
#include "lowering/schedule/Choices.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <limits>

namespace nnc::tools {

/// A kernel with a schedule, and the least time that a launch took in seconds.
struct Trial {
  mlir::OwningOpRef<halide::KernelOp> kernel;
  /// What was chosen; empty for the cost model's choice.
  std::string choices;
  double seconds = std::numeric_limits<double>::max();
};

class KernelTrials {
public:
  /// `launch` is the one whose constants are taken; its kernel is not scheduled. Nothing of the
  /// model changes.
  KernelTrials(halide::LaunchOp launch, const BuildOptions &options);

  /// The schedules, the cost model's first, without those that come to the same.
  size_t getCount() const { return trials.size(); }

  /// Builds and times them. Each reads weights of its own and they take turns, so that weights that
  /// exceed the caches come from memory, as in a network.
  mlir::FailureOr<std::vector<Trial>> run(Session &session);

private:
  void addArguments(halide::LaunchOp launch);
  void add(halide::KernelOp kernel, const Choices &choices);
  mlir::FailureOr<std::unique_ptr<CompiledModel>> build(Session &session);

  BuildOptions options;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  /// What each launch is given.
  llvm::SmallVector<mlir::Value> operands;
  llvm::SmallVector<mlir::Value> results;
  /// How the launch runs its kernel.
  llvm::SmallVector<mlir::Type> resultTypes;
  uint64_t steps = 0;
  bool isReverse = false;
  std::vector<Trial> trials;
  int64_t constantBytes = 0;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_KERNELTRIALS_H
