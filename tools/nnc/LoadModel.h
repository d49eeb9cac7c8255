// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a file to a module in the nnc dialect.
#ifndef TOOLS_NNC_LOADMODEL_H
#define TOOLS_NNC_LOADMODEL_H

#include "tools/nnc/ModelOptions.h"
#include "tools/nnc/Session.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace nnc::tools {

/// Reads the model and runs `--passes`: one stage. The module has a `@main` on statically shaped
/// tensors, and `nnc.model` and `nnc.hash`. Errors are printed.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> loadModel(Session &session,
                                                             const ModelOptions &options);

} // namespace nnc::tools

#endif // TOOLS_NNC_LOADMODEL_H
