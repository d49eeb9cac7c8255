// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Short calls for writing schedule operations at the end of a kernel.
#ifndef LOWERING_SCHEDULE_KERNELSCHEDULER_H
#define LOWERING_SCHEDULE_KERNELSCHEDULER_H

#include "dialects/halide/Halide.h"
#include "dialects/machine/Machine.h"
#include "lowering/schedule/Choices.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace nnc {

/// One stage of one value: its pure definition, or the update that a reduction is.
struct Stage {
  mlir::Value func;
  std::optional<int64_t> update;
};

/// A kernel with linalg in it, and where its schedule is written.
class KernelScheduler {
public:
  KernelScheduler(halide::KernelOp kernel, const Machine &machine, const Choices &choices = {});

  halide::KernelOp getKernel() { return kernel; }
  const Machine &getMachine() const { return machine; }
  /// What the schedule is to choose; the rest the cost model does.
  const Choices &getChoices() const { return choices; }
  /// Threads that the kernel may use.
  int64_t getThreads();

  /// Elements of `value` in one vector register.
  int64_t getLanes(mlir::Value value) const;

  /// The value that the kernel yields. Kernels have one.
  mlir::Value getOutput();

  /// The names of a value's loops: of its `nnc.iterators`, else d0, d1, ...
  static llvm::SmallVector<std::string> getLoops(mlir::Value value);

  /// The only generic with reduction loops, or null if there are several or none.
  mlir::linalg::GenericOp getOnlyReduction();

  /// Puts a copy behind `value` if the kernel yields it as it is, so that it can be placed in its
  /// consumer's tile.
  void separateFromOutput(mlir::Value value);

  /// Whether what follows `value` in the kernel calls mathematical functions: too much code to
  /// repeat for every register of a tile.
  /// `last`, if given, is the last value that counts.
  bool hasExpensiveConsumers(mlir::Value value, mlir::Value last = {});

  /// Puts a copy between `value` and what reads it, and returns the copy.
  mlir::Value insertCopy(mlir::Value value);

  /// Names the loops of a value that a generic computes.
  void nameLoops(mlir::Value value, llvm::ArrayRef<llvm::StringRef> names);

  void split(Stage stage, llvm::StringRef loop, llvm::StringRef outer, llvm::StringRef inner,
             int64_t factor, halide::Tail tail = halide::Tail::Auto);
  void fuse(Stage stage, llvm::StringRef inner, llvm::StringRef outer, llvm::StringRef fused);
  /// Innermost first.
  void reorder(Stage stage, llvm::ArrayRef<std::string> loops);
  void vectorize(Stage stage, llvm::StringRef loop);
  void unroll(Stage stage, llvm::StringRef loop);
  void parallel(Stage stage, llvm::StringRef loop);
  void computeRoot(mlir::Value func);
  void computeAt(mlir::Value func, mlir::Value consumer, llvm::StringRef loop);
  void storeAt(mlir::Value func, mlir::Value consumer, llvm::StringRef loop);
  void storeInRegisters(mlir::Value func);
  /// Innermost first.
  void reorderStorage(mlir::Value func, llvm::ArrayRef<std::string> loops);
  void boundExtent(mlir::Value func, llvm::StringRef loop, int64_t extent);

  /// Vectorizes the innermost loop of a stage over one register if it is long enough; otherwise
  /// over the largest power of two that divides it. Loops are those of the value; the new ones are
  /// called NAMEo and NAMEi.
  void vectorizeInnermost(Stage stage, llvm::StringRef loop, int64_t extent);

private:
  halide::KernelOp kernel;
  Machine machine;
  Choices choices;
  mlir::OpBuilder builder;
};

} // namespace nnc

#endif // LOWERING_SCHEDULE_KERNELSCHEDULER_H
