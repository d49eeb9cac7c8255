// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Further results of a model.
#ifndef DIALECTS_NNC_RESULTS_H
#define DIALECTS_NNC_RESULTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {

/// Makes `value`, of the only block of `main`, its last result, with that name.
void addResult(mlir::func::FuncOp main, mlir::Value value, llvm::StringRef name);

} // namespace nnc

#endif // DIALECTS_NNC_RESULTS_H
