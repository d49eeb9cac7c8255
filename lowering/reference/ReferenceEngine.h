// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a model in this process by its meaning: linalg, upstream's lowering, LLVM. It shares no code
// with the way through Halide to C++, which is why `nnc check` compares against it.
//
//   llvm::Expected<std::unique_ptr<ReferenceEngine>> engine = ReferenceEngine::create(module);
//   llvm::Expected<std::vector<Buffer>> outputs = (*engine)->run(inputs);
#ifndef LOWERING_REFERENCE_REFERENCEENGINE_H
#define LOWERING_REFERENCE_REFERENCEENGINE_H

#include "lowering/reference/Pipeline.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace nnc {

/// The elements of a tensor: packed, row-major, in the machine's byte order; i1 as one byte each.
struct Buffer {
  mlir::RankedTensorType type;
  std::vector<char> bytes;

  /// Zeros.
  static Buffer zeros(mlir::RankedTensorType type);
  /// A copy of `elements`; T is the element type's C++ type, their number that of the tensor.
  template <typename T>
  static Buffer copyOf(mlir::RankedTensorType type, llvm::ArrayRef<T> elements) {
    auto *begin = reinterpret_cast<const char *>(elements.data());
    return {type, std::vector<char>(begin, begin + elements.size() * sizeof(T))};
  }
  /// The elements as numbers of the element type's C++ type.
  template <typename T> llvm::ArrayRef<T> as() const {
    return {reinterpret_cast<const T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// A compiled model. Every run computes each element by the same operations in the same order,
/// without contraction to fused multiply-adds and without reassociation.
class ReferenceEngine {
public:
  /// Compiles `@main` of a copy of `module`: statically shaped tensors in and out; nnc, linalg,
  /// arith, math, tensor and scf operations, calls, launches of kernels on tensors. The module's
  /// context must outlive the engine, since constants stay where they are. Diagnostics go to the
  /// context; the error repeats the first.
  static llvm::Expected<std::unique_ptr<ReferenceEngine>>
  create(mlir::ModuleOp module, const ReferenceOptions &options = {});
  ~ReferenceEngine();

  /// Runs once. Inputs must have the types of `@main`'s arguments. Not for use by two threads at
  /// once.
  llvm::Expected<std::vector<Buffer>> run(llvm::ArrayRef<Buffer> inputs) const;

  llvm::ArrayRef<mlir::RankedTensorType> getInputTypes() const;
  llvm::ArrayRef<mlir::RankedTensorType> getResultTypes() const;

private:
  struct Implementation;
  explicit ReferenceEngine(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace nnc

#endif // LOWERING_REFERENCE_REFERENCEENGINE_H
