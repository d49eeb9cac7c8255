// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Derivatives of a kernel: Halide's reverse accumulation over its algorithm, compiled in this
// process.
#ifndef CODEGEN_HALIDE_ADJOINT_H
#define CODEGEN_HALIDE_ADJOINT_H

#include "dialects/halide/Halide.h"

#include "mlir/Support/LLVM.h"

#include <memory>
#include <vector>

namespace nnc::codegen {

class KernelAdjoint {
public:
  /// For a kernel without a schedule, and those of its arguments that `wanted` names. Fails with a
  /// diagnostic at the kernel where Halide has no derivative.
  static mlir::FailureOr<std::unique_ptr<KernelAdjoint>> create(halide::KernelOp kernel,
                                                                llvm::ArrayRef<unsigned> wanted);
  ~KernelAdjoint();

  /// `arguments`: the elements of each argument. `seeds`: by result d L / d result, or null for
  /// zeros. \returns d L / d argument for each that is wanted.
  mlir::FailureOr<std::vector<std::vector<float>>> run(llvm::ArrayRef<const void *> arguments,
                                                       llvm::ArrayRef<const float *> seeds);

private:
  struct Implementation;
  explicit KernelAdjoint(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace nnc::codegen

#endif // CODEGEN_HALIDE_ADJOINT_H
