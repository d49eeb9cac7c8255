// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nnc-translate: reads a model of another format and prints it as model IR.
#include "frontend/onnx/Import.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

namespace cl = llvm::cl;

static cl::opt<std::string> input("import-onnx", cl::Required, cl::desc("ONNX file to read"));
static cl::opt<std::string> output("o", cl::init("-"), cl::desc("file to write"));
static cl::opt<int64_t> batch("batch", cl::desc("number for open leading dimensions"));
static cl::list<std::string> dims("dim", cl::desc("SYMBOL=N: number for an open dimension"));

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(argc, argv, "nnc model reader\n");
  nnc::ImportOptions options;
  if (batch.getNumOccurrences())
    options.batch = batch;
  for (llvm::StringRef dim : dims)
    if (dim.rsplit('=').second.getAsInteger(10, options.dims[dim.rsplit('=').first])) {
      llvm::errs() << "error: --dim " << dim << " is not SYMBOL=N\n";
      return 1;
    }
  mlir::MLIRContext context;
  auto module = nnc::importOnnx(context, input, options);
  std::string error;
  auto file = mlir::openOutputFile(output, &error);
  if (!file)
    llvm::errs() << "error: " << error << "\n";
  if (mlir::failed(module) || !file)
    return 1;
  (*module)->print(file->os());
  file->keep();
  return 0;
}
