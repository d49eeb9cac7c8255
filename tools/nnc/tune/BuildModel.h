// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a model to generated C++ that runs here, without stages of its own.
#ifndef TOOLS_NNC_TUNE_BUILDMODEL_H
#define TOOLS_NNC_TUNE_BUILDMODEL_H

#include "tools/nnc/CompiledModel.h"

#include "mlir/IR/OwningOpRef.h"

namespace nnc::tools {

struct BuiltModel {
  /// Planned, for one machine.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<CompiledModel> compiled;
};

/// Leaves `model` as it is.
mlir::FailureOr<BuiltModel> buildModel(Session &session, mlir::ModuleOp model,
                                       const BuildOptions &options);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_BUILDMODEL_H
