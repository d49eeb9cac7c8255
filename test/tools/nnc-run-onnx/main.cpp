// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nnc-run-onnx: imports a model and runs it once by the reference engine; for tests of the import.
//
//   nnc-run-onnx MODEL FOLDER [SYMBOL=N ...]
//
// Reads FOLDER/in0.bin, in1.bin, ... (packed elements) and writes FOLDER/out0.bin, out1.bin, ...
#include "frontend/onnx/Import.h"
#include "lowering/reference/ReferenceEngine.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

static llvm::ExitOnError exitOnError("error: ");

static nnc::Buffer readInput(mlir::RankedTensorType type, const llvm::Twine &path) {
  nnc::Buffer buffer = nnc::Buffer::zeros(type);
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file || (*file)->getBufferSize() != buffer.bytes.size())
    exitOnError(llvm::createStringError("input " + path + " does not fit"));
  llvm::copy((*file)->getBuffer(), buffer.bytes.begin());
  return buffer;
}

static void writeOutput(const nnc::Buffer &buffer, const llvm::Twine &path) {
  std::error_code error;
  llvm::raw_fd_ostream file(path.str(), error);
  file.write(buffer.bytes.data(), buffer.bytes.size());
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  mlir::DialectRegistry registry;
  nnc::registerReferenceDialects(registry);
  mlir::MLIRContext context(registry);
  nnc::ImportOptions options;
  for (llvm::StringRef dim : llvm::ArrayRef(argv, argc).drop_front(3))
    dim.rsplit('=').second.getAsInteger(10, options.dims[dim.rsplit('=').first]);
  auto module = nnc::importOnnx(context, argv[1], options);
  if (mlir::failed(module))
    return 1;
  auto engine = exitOnError(nnc::ReferenceEngine::create(**module));
  std::vector<nnc::Buffer> inputs;
  for (auto [index, type] : llvm::enumerate(engine->getInputTypes()))
    inputs.push_back(readInput(type, llvm::Twine(argv[2]) + "/in" + llvm::Twine(index) + ".bin"));
  for (auto [index, output] : llvm::enumerate(exitOnError(engine->run(inputs))))
    writeOutput(output, llvm::Twine(argv[2]) + "/out" + llvm::Twine(index) + ".bin");
  return 0;
}
