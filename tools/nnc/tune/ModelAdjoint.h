// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Derivatives by values inside a model.
#ifndef TOOLS_NNC_TUNE_MODELADJOINT_H
#define TOOLS_NNC_TUNE_MODELADJOINT_H

#include "codegen/halide/Adjoint.h"
#include "lowering/reference/ReferenceEngine.h"
#include "tools/nnc/Session.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace nnc::tools {

/// Runs a model forward by the reference and backward by the adjoints of its kernels.
class ModelAdjoint {
public:
  /// `model` is simplified; the last `watched` results of its @main are values that derivatives are
  /// wanted by. Recurrences have none: an error says so.
  static mlir::FailureOr<std::unique_ptr<ModelAdjoint>>
  create(Session &session, mlir::ModuleOp model, unsigned watched);

  /// The outputs, and behind them the watched values.
  llvm::Expected<std::vector<Buffer>> run(llvm::ArrayRef<Buffer> inputs);
  /// d L / d each watched value of the last run, given d L / d each output.
  mlir::FailureOr<std::vector<std::vector<float>>> propagate(llvm::ArrayRef<Buffer> seeds);

private:
  mlir::LogicalResult prepare(unsigned watched);
  void findActive();
  void returnReadValues();
  mlir::LogicalResult buildAdjoints();
  mlir::LogicalResult propagate(mlir::Operation *op);
  mlir::LogicalResult propagateLaunch(halide::LaunchOp launch);
  void add(mlir::Value value, llvm::ArrayRef<float> gradient);
  const void *getElements(mlir::Value value);

  struct Adjoint {
    std::vector<unsigned> wanted;
    /// Of all launches of the kernel that want the same.
    std::shared_ptr<codegen::KernelAdjoint> kernel;
  };

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  std::vector<mlir::Value> outputs, watchedValues;
  /// That depend on a watched value.
  llvm::DenseSet<mlir::Value> active;
  llvm::DenseMap<mlir::Operation *, Adjoint> adjoints;
  std::unique_ptr<ReferenceEngine> engine;
  /// What @main returns, by value, and of the last run.
  llvm::DenseMap<mlir::Value, size_t> indices;
  std::vector<Buffer> values;
  std::vector<Buffer> given;
  llvm::DenseMap<mlir::Value, std::vector<char>> constants;
  llvm::DenseMap<mlir::Value, std::vector<float>> gradients;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_MODELADJOINT_H
