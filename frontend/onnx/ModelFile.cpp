// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/ModelFile.h"

#include "frontend/onnx/Import.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

StringRef frontend::getDomain(StringRef name) { return name == "ai.onnx" ? "" : name; }

FailureOr<OpsetVersions> frontend::readOpsets(Location location, const OpsetImports &imports) {
  OpsetVersions versions;
  for (const auto &import : imports)
    versions[getDomain(import.domain())] = import.version();
  auto standard = versions.find("");
  if (standard == versions.end())
    return versions;
  int64_t version = standard->second;
  if (version >= kOldestOpset && version <= kNewestOpset)
    return versions;
  return emitError(location) << "operator set " << version
                             << " is not supported; nnc reads versions " << kOldestOpset << " to "
                             << kNewestOpset;
}

static FailureOr<std::unique_ptr<llvm::MemoryBuffer>> openFile(Location location, StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return emitError(location) << "cannot open the file: " << error.message();
  if (!llvm::sys::fs::is_regular_file(status))
    return emitError(location) << (llvm::sys::fs::is_directory(status) ? "is a directory"
                                                                       : "is not a regular file");
  auto buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return emitError(location) << "cannot read the file: " << buffer.getError().message();
  if ((*buffer)->getBufferSize() == 0)
    return emitError(location) << "the file is empty";
  if ((*buffer)->getBufferSize() > std::numeric_limits<int>::max())
    return emitError(location) << "the file has more than 2 GB; keep the weights as external data";
  return std::move(*buffer);
}

static bool parse(StringRef bytes, ::onnx::ModelProto &proto) {
  google::protobuf::LogSilencer silencer;
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  return proto.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

FailureOr<std::unique_ptr<ModelFile>> frontend::readModelFile(MLIRContext &context,
                                                              StringRef path) {
  Location location = FileLineColLoc::get(&context, path, 0, 0);
  FailureOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = openFile(location, path);
  if (failed(buffer))
    return failure();
  auto model = std::make_unique<ModelFile>();
  model->path = path.str();
  if (!parse((*buffer)->getBuffer(), model->proto))
    return emitError(location) << "not an ONNX model, or truncated: the protobuf cannot be parsed";
  if (!model->proto.has_graph() || model->proto.ir_version() < 1)
    return emitError(location) << "not an ONNX model: it has no graph or no format version";
  model->hash.update((*buffer)->getBuffer());
  FailureOr<OpsetVersions> opsets = readOpsets(location, model->proto.opset_import());
  if (failed(opsets))
    return failure();
  if (opsets->empty())
    return emitError(location) << "the model imports no operator set; nnc reads versions "
                               << kOldestOpset << " to " << kNewestOpset;
  model->opsets = std::move(*opsets);
  return model;
}
