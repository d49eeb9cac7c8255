// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nnc-opt: runs passes and pipelines of nnc and of MLIR by name on model IR.
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllPasses();
  nnc::registerPasses();
  registry.insert<nnc::NncDialect, nnc::halide::HalideDialect>();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "nnc model optimizer driver\n", registry));
}
