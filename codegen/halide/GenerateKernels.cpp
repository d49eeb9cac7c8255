// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/GenerateKernels.h"

#include "codegen/cpp/KernelPrinter.h"
#include "codegen/halide/Lower.h"
#include "codegen/halide/RuntimeKernels.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace nnc::codegen {
namespace {

/// What a reader of the generated code wants to know of a kernel: whose it is, and what it costs.
std::string getComment(halide::KernelOp kernel) {
  std::string comment;
  llvm::raw_string_ostream stream(comment);
  if (auto layers = kernel.getLayers())
    llvm::interleaveComma(layers->getAsRange<StringAttr>(), stream,
                          [&](StringAttr name) { stream << name.getValue(); });
  stream << ": " << kernel.getKernelClass().value_or("kernel");
  if (auto flops = kernel->getAttrOfType<IntegerAttr>("nnc.flops"); flops && flops.getInt() > 0)
    stream << ", " << flops.getInt() << " FLOPs";
  return comment;
}

FailureOr<KernelCode> generateKernel(halide::KernelOp kernel, const Machine &machine,
                                     int64_t threads) {
  if (std::optional<KernelCode> code = makeRuntimeKernel(kernel, getComment(kernel)))
    return *code;
  FailureOr<Halide::Internal::LoweredFunc> lowered = lowerKernel(kernel, machine);
  if (failed(lowered))
    return failure();
  cpp::PrintOptions options;
  options.functionName = kernel.getSymName().str();
  options.comment = getComment(kernel);
  options.vectorBytes = static_cast<int>(machine.vectorBytes);
  options.threads = static_cast<int>(threads);
  llvm::Expected<cpp::PrintedKernel> printed = cpp::printKernel(*lowered, options);
  if (!printed)
    return kernel.emitOpError("cannot be printed as C++: ") << llvm::toString(printed.takeError());
  return KernelCode{options.functionName, printed->text, printed->includes, printed->scratchBytes,
                    printed->isParallel};
}

} // namespace

FailureOr<std::vector<KernelCode>> generateKernels(ModuleOp module, const Machine &machine) {
  std::vector<KernelCode> codes;
  for (auto kernel : module.getOps<halide::KernelOp>()) {
    FailureOr<KernelCode> code = generateKernel(kernel, machine, halide::getThreads(module));
    if (failed(code))
      return failure();
    kernel->setAttr("nnc.scratch_bytes",
                    Builder(module.getContext()).getI64IntegerAttr(code->scratchBytes));
    codes.push_back(std::move(*code));
  }
  return codes;
}

} // namespace nnc::codegen
