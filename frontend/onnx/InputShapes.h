// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers for the dimensions that a model leaves open.
#ifndef FRONTEND_ONNX_INPUTSHAPES_H
#define FRONTEND_ONNX_INPUTSHAPES_H

#include "frontend/onnx/Import.h"
#include "frontend/onnx/Tensors.h"

namespace nnc::frontend {

/// An argument of the model.
struct InputType {
  mlir::RankedTensorType type;
  bool isUnsigned;
};

/// The static types of `inputs`, by the rules that `ImportOptions` states. Fails with a report for
/// each open dimension, number out of range, and option that no input asks for.
mlir::FailureOr<llvm::SmallVector<InputType>>
resolveInputTypes(mlir::Location modelLocation,
                  llvm::ArrayRef<const ::onnx::ValueInfoProto *> inputs,
                  const ImportOptions &options);

/// The location of an input, an output or an initializer.
mlir::Location getNamedLocation(mlir::Location modelLocation, llvm::StringRef name);

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_INPUTSHAPES_H
