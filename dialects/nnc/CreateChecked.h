// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building operations from untrusted operands: a wrong shape is a diagnostic, not an abort.
#ifndef DIALECTS_NNC_CREATECHECKED_H
#define DIALECTS_NNC_CREATECHECKED_H

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

#include <type_traits>

namespace nnc {

/// Infers the result types of `OpTy` and builds it; fails, with the diagnostics of inference and of
/// the verifier at `location`, where operands and attributes contradict each other. Nothing is left
/// behind on failure. `OpTy` implements InferTypeOpInterface.
template <typename OpTy>
mlir::FailureOr<OpTy> createChecked(mlir::OpBuilder &builder, mlir::Location location,
                                    mlir::ValueRange operands,
                                    llvm::ArrayRef<mlir::NamedAttribute> attributes) {
  mlir::OperationState state(location, OpTy::getOperationName(), operands, {}, attributes);
  mlir::MLIRContext *context = builder.getContext();
  mlir::DictionaryAttr dictionary = state.attributes.getDictionary(context);
  mlir::OpaqueProperties properties(nullptr);
  if constexpr (!std::is_same_v<typename OpTy::Properties, mlir::EmptyProperties>) {
    properties = &state.getOrAddProperties<typename OpTy::Properties>();
    auto reject = [&] { return mlir::emitError(location); };
    if (mlir::failed(
            state.name.setOpPropertiesFromAttribute(state.name, properties, dictionary, reject)))
      return mlir::failure();
  }
  llvm::SmallVector<mlir::Type> types;
  if (mlir::failed(OpTy::inferReturnTypes(context, location, operands, dictionary, properties,
                                          state.regions, types)))
    return mlir::failure();
  state.addTypes(types);
  auto op = mlir::cast<OpTy>(builder.create(state));
  if (mlir::succeeded(op.verifyInvariants()))
    return op;
  op->erase();
  return mlir::failure();
}

} // namespace nnc

#endif // DIALECTS_NNC_CREATECHECKED_H
