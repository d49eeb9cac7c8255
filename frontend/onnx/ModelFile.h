// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ONNX file, read and checked as far as that is possible without its operators.
#ifndef FRONTEND_ONNX_MODELFILE_H
#define FRONTEND_ONNX_MODELFILE_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/BLAKE3.h"

#include <onnx-ml.pb.h>

namespace nnc::frontend {

/// Versions of operator sets by domain; the standard domain is "".
using OpsetVersions = llvm::StringMap<int64_t>;

struct ModelFile {
  std::string path;
  ::onnx::ModelProto proto;
  /// Has taken in the bytes of the file. Not SHA-256: that of LLVM 22 is wrong beyond 512 MB.
  llvm::BLAKE3 hash;
  OpsetVersions opsets;
};

/// Reads a model; fails, with a report at `path`, where it is not a regular file that holds a graph
/// of a known version.
mlir::FailureOr<std::unique_ptr<ModelFile>> readModelFile(mlir::MLIRContext &context,
                                                          llvm::StringRef path);

/// The domain's name with "ai.onnx" as "".
llvm::StringRef getDomain(llvm::StringRef name);

using OpsetImports = google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>;

/// The operator sets that a model or a function imports; fails, with a report, where the standard
/// one is out of range.
mlir::FailureOr<OpsetVersions> readOpsets(mlir::Location location, const OpsetImports &imports);

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_MODELFILE_H
