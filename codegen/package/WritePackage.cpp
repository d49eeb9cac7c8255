// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Numbers.h"
#include "codegen/package/OutputFolder.h"
#include "codegen/package/Package.h"
#include "codegen/package/Report.h"
#include "codegen/package/Text.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace nnc::codegen {

StringRef getVersion() { return NNC_VERSION; }

namespace {

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
        writeWeights(os, package.constants, package.layout);
      });
    if (package.weights == WeightsForm::Object)
      add(name + "_weights.S", printWeightsAssembler);
    if (package.options.test) {
      add(name + "_selftest.cpp", printSelfTest);
      if (!embedsTestData(package))
        add(name + "_selftest.bin", printTestData);
    }
    add("CMakeLists.txt", printCMakeLists);
    if (!package.options.schedules.empty())
      add("schedules.mlir",
          [](raw_ostream &os, const Package &package) { os << package.options.schedules; });
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
      printReport(json, package.getProgram());
      if (package.isDispatched())
        json.attributeArray("variants", [&] { printVariants(json); });
    });
    os << "\n";
  }

  void printVariants(llvm::json::OStream &json) {
    for (const Variant &variant : package.variants)
      json.object([&] {
        json.attribute("target", variant.machine.name);
        json.attribute("features", variant.machine.features);
        printCosts(json, variant.program);
      });
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

LogicalResult checkVariant(const PlannedModule &planned, const Program &program,
                           const PackageOptions &options) {
  if (failed(checkKernels(planned.module, program, planned.kernels)))
    return failure();
  return options.test ? checkTest(planned.module, program, *options.test) : success();
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

LogicalResult readVariants(ArrayRef<PlannedModule> modules, const PackageOptions &options,
                           std::vector<Variant> &variants) {
  size_t constants = 0;
  for (const PlannedModule &planned : modules) {
    FailureOr<Program> program = readProgram(planned.module);
    if (failed(program) || failed(checkVariant(planned, *program, options)))
      return failure();
    size_t count = program->constants.size();
    variants.push_back({planned.machine, std::move(*program), planned.kernels, constants});
    constants += count;
  }
  return success();
}

} // namespace

std::vector<Constant> collectConstants(ArrayRef<const Program *> programs) {
  std::vector<Constant> constants;
  IdentifierPool names;
  for (const Program *program : programs)
    for (const Constant &constant : program->constants)
      constants.push_back({names.take(constant.name), constant.value, constant.bytes});
  return constants;
}

int64_t Package::getWorkspaceSize() const {
  int64_t arena = 0;
  for (const Variant &variant : variants)
    arena = std::max(arena, variant.program.arenaBytes);
  return arena == 0 ? 0 : arena + kWeightsAlignment - 1;
}

size_t Package::getLaunchCount() const {
  size_t count = 0;
  for (const Variant &variant : variants)
    count = std::max(count, variant.program.launches.size());
  return count;
}

LogicalResult writePackage(ArrayRef<PlannedModule> modules, const PackageOptions &options,
                           StringRef folder) {
  ModuleOp module = modules.back().module;
  if (!isIdentifier(options.name))
    return module.emitError("'") << options.name << "' is no name for C++; '"
                                 << toIdentifier(options.name) << "' is";
  std::vector<Variant> variants;
  if (failed(readVariants(modules, options, variants)))
    return failure();
  std::vector<Constant> constants = collectConstants(
      llvm::map_to_vector(variants, [](const Variant &variant) { return &variant.program; }));
  FailureOr<WeightsLayout> layout = layOutWeights(module, constants);
  if (failed(layout))
    return failure();
  FailureOr<WeightsForm> form = chooseWeightsForm(module, options.weights, layout->dataBytes);
  if (failed(form))
    return failure();
  if (llvm::Error error =
          writeFiles({options, variants, constants, *layout, *form}, module, folder))
    return module.emitError(llvm::toString(std::move(error)));
  return success();
}

} // namespace nnc::codegen
