// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inputs and outputs of a model as values: from files, at random, and to files.
#ifndef TOOLS_NNC_TENSORS_H
#define TOOLS_NNC_TENSORS_H

#include "codegen/package/Package.h"
#include "frontend/npz/Npz.h"
#include "lowering/reference/ReferenceEngine.h"

#include "mlir/IR/BuiltinOps.h"

namespace nnc::tools {

/// An argument or result of a model.
struct TensorSpec {
  std::string name;
  mlir::RankedTensorType type;
  bool isUnsigned;
  /// Of an input that each sample but the first takes from the one before: which output it is.
  std::optional<int64_t> state = std::nullopt;

  /// The element type as NumPy calls it.
  std::string getTypeName() const;
};

struct Signature {
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
};

/// How many samples a run takes, one after the other.
int64_t getSamples(mlir::ModuleOp module);

/// The arguments and results of the program: those of `@main` on tensors, with so many samples.
/// Unnamed ones are "input0", ..., "output0", ...
Signature readSignature(mlir::ModuleOp module);

/// Values from a fixed seed: floating-point numbers of a standard normal distribution, integers in
/// 0 ... 3.
std::vector<Buffer> makeRandomValues(llvm::ArrayRef<TensorSpec> specs);

/// The array named `spec.name`, or `prefix` and that name. Null when there is none.
const npz::Array *findArray(const npz::NamedArrays &arrays, const TensorSpec &spec,
                            llvm::StringRef prefix);

/// The value of an array; refuses another type or shape.
llvm::Expected<Buffer> toBuffer(const TensorSpec &spec, const npz::Array &array);

/// Reads a value for each of `specs` from the file.
llvm::Expected<std::vector<Buffer>> readInputs(llvm::StringRef path,
                                               llvm::ArrayRef<TensorSpec> specs);

npz::NamedArrays toArrays(llvm::ArrayRef<TensorSpec> specs, llvm::ArrayRef<Buffer> values);

} // namespace nnc::tools

#endif // TOOLS_NNC_TENSORS_H
