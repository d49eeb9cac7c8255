// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/OutputFolder.h"
#include "codegen/package/Package.h"
#include "codegen/package/Report.h"
#include "codegen/package/Text.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace nnc::codegen {

StringRef getVersion() { return NNC_VERSION; }

namespace {

/// The functions of runtime/math.h that are approximations, and their errors in units in the last
/// place.
struct Approximation {
  StringRef name;
  StringRef ulps;
};
constexpr Approximation kApproximations[] = {{"exp", "1.2"}, {"log", "0.9"},     {"tanh", "1.4"},
                                             {"erf", "1.6"}, {"sigmoid", "2.5"}, {"pow", "0.6"}};

/// What rounds differently from the reference, and how far: the table of docs/generated-code.md, as
/// far as it concerns the program.
std::vector<std::string> describeNumbers(const Package &package, int64_t normalizations) {
  std::vector<std::string> notes{
      "floats are float32; sums are float32, in the order of the model's layers"};
  int64_t winograd = llvm::count_if(package.program.launches, [](const Launch &launch) {
    return launch.kernelClass == "winograd";
  });
  if (package.options.machine.hasFma)
    notes.push_back("fused multiply-add: about 3e-7 of the largest output of a layer");
  if (winograd > 0)
    notes.push_back(std::to_string(winograd) +
                    " of the convolutions are Winograd's: about 1e-5 of the "
                    "largest output of a layer; none with --exact");
  if (normalizations > 0)
    notes.push_back(std::to_string(normalizations) +
                    " batch normalizations are in weights or one multiply-add: one rounding of "
                    "each of these");
  for (const Approximation &function : kApproximations)
    if (llvm::any_of(package.kernels, [&](const KernelCode &kernel) {
          return StringRef(kernel.text).contains(("math::" + function.name + "(").str());
        }))
      notes.push_back((function.name + ": within " + function.ulps + " ulp").str());
  return notes;
}

/// Writes the files one after the other; stops at the first that fails.
class PackageWriter {
public:
  /// `numbers`: what the report says of rounding.
  PackageWriter(const Package &package, std::vector<std::string> numbers, OutputFolder &folder)
      : package(package), numbers(std::move(numbers)), folder(folder) {}

  llvm::Error write() {
    const std::string &name = package.options.name;
    add(name + ".h", printHeader);
    add(name + ".cpp", printSource);
    if (package.hasFile())
      add(name + ".weights.bin", [](raw_ostream &os, const Package &package) {
        writeWeights(os, package.program, package.layout);
      });
    if (package.weights == WeightsForm::Object)
      add(name + "_weights.S", printWeightsAssembler);
    if (package.options.test) {
      add(name + "_selftest.cpp", printSelfTest);
      if (!embedsTestData(package))
        add(name + "_selftest.bin", printTestData);
    }
    add("CMakeLists.txt", printCMakeLists);
    add("report.json", [&](raw_ostream &os, const Package &) { printReportFile(os); });
    return std::move(error);
  }

private:
  template <typename Print> void add(StringRef name, Print print) {
    if (error)
      return;
    auto size = folder.write(name, [&](raw_ostream &os) { print(os, package); });
    if (size)
      sizes.push_back({name.str(), *size});
    else
      error = size.takeError();
  }

  void printReportFile(raw_ostream &os) {
    llvm::json::OStream json(os, /*IndentSize=*/2);
    json.object([&] {
      json.attribute("nnc", getVersion());
      json.attribute("name", package.options.name);
      json.attribute("target", package.options.machine.name);
      json.attribute("flags", getCompilerFlags(package.options.machine));
      json.attribute("settings", llvm::json::fixUTF8(package.options.settings));
      json.attribute("weights", package.layout.dataBytes);
      json.attribute("workspace", package.getWorkspaceSize());
      json.attribute("numbers", llvm::json::Array(numbers));
      json.attributeObject("files", [&] {
        for (const auto &[name, size] : sizes)
          json.attribute(name, size);
      });
      printReport(json, package.program);
    });
    os << "\n";
  }

  const Package &package;
  std::vector<std::string> numbers;
  OutputFolder &folder;
  std::vector<std::pair<std::string, uint64_t>> sizes;
  llvm::Error error = llvm::Error::success();
};

/// Each launch has the code of its kernel, which is a name that can be printed, and scratch where
/// the code takes it.
LogicalResult checkKernels(ModuleOp module, const Program &program, ArrayRef<KernelCode> kernels) {
  llvm::StringMap<const KernelCode *> codes;
  for (const KernelCode &kernel : kernels) {
    if (!isIdentifier(kernel.name) || !codes.insert({kernel.name, &kernel}).second)
      return module.emitError("kernel name '") << kernel.name << "' is no unique C++ identifier";
  }
  for (const Launch &launch : program.launches) {
    halide::KernelOp kernel = launch.kernel;
    if (!kernel)
      continue;
    const KernelCode *code = codes.lookup(launch.kernelName);
    if (!code)
      return kernel.emitOpError("has no generated code");
    if (code->takesScratch() && (!launch.scratch || launch.scratch->bytes < code->scratchBytes))
      return kernel.emitOpError("needs ")
             << code->scratchBytes << " bytes of scratch, but a launch gives "
             << (launch.scratch ? launch.scratch->bytes : 0);
  }
  return success();
}

/// The test's values have the sizes of the program's tensors.
LogicalResult checkTest(ModuleOp module, const Program &program, const TestData &test) {
  auto fits = [](ArrayRef<Tensor> tensors, ArrayRef<std::vector<char>> values) {
    return llvm::equal(tensors, values, [](const Tensor &tensor, const std::vector<char> &bytes) {
      return tensor.bytes == static_cast<int64_t>(bytes.size());
    });
  };
  if (!fits(program.inputs, test.inputs) || !fits(program.outputs, test.outputs))
    return module.emitError(
        "the test's data do not have the sizes of the model's inputs and outputs");
  return success();
}

LogicalResult checkRequest(ModuleOp module, const Program &program, ArrayRef<KernelCode> kernels,
                           const PackageOptions &options) {
  if (!isIdentifier(options.name))
    return module.emitError("'") << options.name << "' is no name for C++; '"
                                 << toIdentifier(options.name) << "' is";
  if (failed(checkKernels(module, program, kernels)))
    return failure();
  return options.test ? checkTest(module, program, *options.test) : success();
}

llvm::Error writeFiles(const Package &package, ModuleOp module, StringRef path) {
  auto folder = OutputFolder::create(path);
  if (!folder)
    return folder.takeError();
  auto normalizations = module->getAttrOfType<IntegerAttr>("nnc.normalizations");
  auto numbers = describeNumbers(package, normalizations ? normalizations.getInt() : 0);
  if (llvm::Error error = PackageWriter(package, std::move(numbers), **folder).write())
    return error;
  return (*folder)->commit();
}

} // namespace

LogicalResult writePackage(ModuleOp module, ArrayRef<KernelCode> kernels,
                           const PackageOptions &options, StringRef folder) {
  FailureOr<Program> program = readProgram(module);
  if (failed(program) || failed(checkRequest(module, *program, kernels, options)))
    return failure();
  FailureOr<WeightsLayout> layout = layOutWeights(module, *program);
  if (failed(layout))
    return failure();
  FailureOr<WeightsForm> form = chooseWeightsForm(module, options.weights, layout->dataBytes);
  if (failed(form))
    return failure();
  if (llvm::Error error = writeFiles({options, *program, kernels, *layout, *form}, module, folder))
    return module.emitError(llvm::toString(std::move(error)));
  return success();
}

} // namespace nnc::codegen
