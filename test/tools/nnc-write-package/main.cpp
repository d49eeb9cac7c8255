// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nnc-write-package: writes the package of a planned module whose kernels carry their code as
// `test.code`, with inputs of 0, 1, 2, ... and outputs of `test.expected` (a dense attribute per
// output) for the self-test.
#include "codegen/package/Package.h"
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;
using namespace nnc::codegen;
namespace cl = llvm::cl;

static cl::opt<std::string> input(cl::Positional, cl::Required);
static cl::opt<std::string> folder("o", cl::Required);
static cl::opt<std::string> name("name", cl::init("net"));
static cl::opt<std::string> target("target", cl::init("portable"));
static cl::opt<WeightsForm> weights("weights", cl::init(WeightsForm::Auto),
                                    cl::values(clEnumValN(WeightsForm::Embed, "embed", ""),
                                               clEnumValN(WeightsForm::Object, "object", ""),
                                               clEnumValN(WeightsForm::File, "file", "")));

static std::vector<KernelCode> collectKernels(ModuleOp module) {
  std::vector<KernelCode> kernels;
  for (auto kernel : module.getOps<nnc::halide::KernelOp>()) {
    auto scratch = kernel->getAttrOfType<IntegerAttr>("nnc.scratch_bytes");
    auto code = kernel->getAttrOfType<StringAttr>("test.code");
    kernels.push_back({kernel.getSymName().str(),
                       code ? code.str() : "",
                       {"math.h", "<algorithm>"},
                       scratch ? scratch.getInt() : 0});
  }
  return kernels;
}

static std::optional<TestData> collectTest(ModuleOp module) {
  auto inputs = module->getAttrOfType<ArrayAttr>("test.inputs");
  auto outputs = module->getAttrOfType<ArrayAttr>("test.expected");
  if (!inputs || !outputs)
    return std::nullopt;
  TestData data;
  auto collect = [](ArrayAttr attributes, std::vector<std::vector<char>> &values) {
    for (auto attribute : attributes.getAsRange<ElementsAttr>()) {
      auto bytes = *nnc::getConstantBytes(attribute);
      values.emplace_back(bytes.begin(), bytes.end());
    }
  };
  collect(inputs, data.inputs);
  collect(outputs, data.outputs);
  return data;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv);
  MLIRContext context;
  context.loadDialect<nnc::NncDialect, nnc::halide::HalideDialect, arith::ArithDialect,
                      func::FuncDialect, memref::MemRefDialect, tensor::TensorDialect>();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(input, &context);
  llvm::Expected<nnc::Machine> machine = nnc::lookupMachine(target);
  if (!module || !machine)
    return 1;
  PackageOptions options{name, *machine, weights, "", collectTest(*module)};
  std::vector<KernelCode> kernels = collectKernels(*module);
  llvm::SmallVector<PlannedModule> modules;
  for (const nnc::Machine &variant : nnc::listVariants(*machine))
    modules.push_back({variant, *module, kernels});
  return failed(writePackage(modules, options, folder));
}
