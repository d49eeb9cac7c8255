// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedules from a file: modules that say a target (`nnc.target`, and `nnc.threads` where it is not
// one), with scheduled kernels. A stored kernel is for every kernel that computes the same.
#ifndef LOWERING_SCHEDULE_STOREDSCHEDULES_H
#define LOWERING_SCHEDULE_STOREDSCHEDULES_H

#include "dialects/halide/Halide.h"
#include "dialects/machine/Machine.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/ADT/StringMap.h"

#include <string>

namespace nnc {

/// Module attribute (string): the target that its kernels are scheduled for.
inline constexpr llvm::StringLiteral kTargetAttr = "nnc.target";

class StoredSchedules {
public:
  /// Reads those for one target and number of threads. Errors are at their place in the file.
  mlir::LogicalResult read(llvm::StringRef path, mlir::MLIRContext *context, const Machine &machine,
                           int64_t threads);

  /// Gives `kernel` its stored schedule, and its launches the weights in the order that this reads.
  /// \returns whether there is one that fits.
  bool apply(halide::KernelOp kernel);

  /// Remarks on those that were applied to no kernel.
  void remarkUnused();

private:
  mlir::LogicalResult readModule(mlir::ModuleOp module, llvm::StringRef target, int64_t threads);

  struct Entry {
    halide::KernelOp kernel;
    bool isUsed = false;
  };

  mlir::OwningOpRef<mlir::ModuleOp> file;
  /// In the order of the file.
  llvm::SmallVector<Entry> entries;
  /// By what it computes, its place among the entries.
  llvm::StringMap<size_t> byComputation;
};

} // namespace nnc

#endif // LOWERING_SCHEDULE_STOREDSCHEDULES_H
