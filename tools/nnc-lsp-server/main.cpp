// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nnc-lsp-server: completion, hovering and diagnostics for .mlir files with nnc's dialects, in any
// editor that speaks LSP.
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<nnc::NncDialect, nnc::halide::HalideDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
