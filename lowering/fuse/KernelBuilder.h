// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of a module: names, and one kernel for all that are equal.
#ifndef LOWERING_FUSE_KERNELBUILDER_H
#define LOWERING_FUSE_KERNELBUILDER_H

#include "dialects/halide/Halide.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace nnc {

/// Collects the kernels of one module; a kernel whose body equals an earlier one's is that one.
class KernelBuilder {
public:
  explicit KernelBuilder(mlir::ModuleOp module);

  /// Starts a kernel with these argument and result types and an empty block. Fill the block, end
  /// it in `halide.yield`, then `finish` it.
  halide::KernelOp start(mlir::Location location, mlir::FunctionType type,
                         llvm::StringRef kernelClass);

  /// Gives `kernel` a name made from `layers`, or erases it in favour of an equal one. Returns the
  /// kernel to launch.
  halide::KernelOp finish(halide::KernelOp kernel, llvm::ArrayRef<std::string> layers);

  /// Launches a kernel that copies `value`, at the builder's insertion point.
  mlir::Value copy(mlir::OpBuilder &builder, mlir::Value value);

  /// In a kernel: a copy of `value`.
  static mlir::Value buildCopy(mlir::OpBuilder &inside, mlir::Location at, mlir::Value value);

private:
  std::string makeName(llvm::ArrayRef<std::string> layers, llvm::StringRef kernelClass);

  mlir::ModuleOp module;
  llvm::StringMap<halide::KernelOp> kernelsByText;
  llvm::StringSet<> names;
};

} // namespace nnc

#endif // LOWERING_FUSE_KERNELBUILDER_H
