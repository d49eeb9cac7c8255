// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element types and constant tensors of ONNX files.
#ifndef FRONTEND_ONNX_TENSORS_H
#define FRONTEND_ONNX_TENSORS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/MemoryBuffer.h"

#include <onnx-ml.pb.h>

namespace nnc::frontend {

/// A value of the model. MLIR's integers carry no sign, ONNX's do.
struct Tensor {
  mlir::Value value;
  bool isUnsigned = false;
};

struct ElementType {
  mlir::Type type;
  bool isUnsigned = false;
};

/// The element type with this number in TensorProto.DataType; fails, with a report, where nnc has
/// none.
mlir::FailureOr<ElementType> getElementType(mlir::Location location, int32_t dataType);

/// Reads constant tensors, from the model file or from files beside it.
class TensorReader {
public:
  /// External data are looked for in the folder of `modelPath` and nowhere else. `hash` takes in
  /// what they hold.
  TensorReader(llvm::StringRef modelPath, llvm::BLAKE3 &hash) : modelPath(modelPath), hash(hash) {}

  /// The constant; fails, with a report at `location`, where the data do not fit the dimensions.
  mlir::FailureOr<mlir::ElementsAttr> read(mlir::Location location,
                                           const ::onnx::TensorProto &proto);

private:
  mlir::FailureOr<llvm::StringRef>
  readExternal(mlir::Location location, const ::onnx::TensorProto &proto, uint64_t expected);
  mlir::FailureOr<llvm::StringRef> openExternal(mlir::Location location, llvm::StringRef name);

  std::string modelPath;
  llvm::BLAKE3 &hash;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
};

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_TENSORS_H
