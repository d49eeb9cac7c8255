// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building operations from untrusted operands: a wrong shape is a diagnostic, not an abort.
#ifndef DIALECTS_NNC_CREATECHECKED_H
#define DIALECTS_NNC_CREATECHECKED_H

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace nnc {

/// Infers the result types of `OpTy` and builds it; fails, with the diagnostics of inference and of the verifier at `location`, where operands and
/// attributes contradict each other. Nothing is left behind on failure. `OpTy` implements InferTypeOpInterface.
template <typename OpTy>
mlir::FailureOr<OpTy> createChecked(mlir::OpBuilder &builder, mlir::Location location,
                                    mlir::ValueRange operands,
                                    llvm::ArrayRef<mlir::NamedAttribute> attributes) {
  mlir::OperationState state(location, OpTy::getOperationName(), operands, {}, attributes);
  if (mlir::failed(mlir::inferReturnTypes<OpTy>(builder, state)))
    return mlir::failure();
  auto op = mlir::cast<OpTy>(builder.create(state));
  if (mlir::succeeded(op.verifyInvariants()))
    return op;
  op->erase();
  return mlir::failure();
}

} // namespace nnc

#endif // DIALECTS_NNC_CREATECHECKED_H
