// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Package.h"
#include "codegen/package/Report.h"
#include "codegen/package/Templates.h"
#include "codegen/package/Text.h"
#include "dialects/nnc/Constants.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

using Space = Address::Space;

/// Prints the calls of the kernels, in order.
class ProgramPrinter {
public:
  explicit ProgramPrinter(const Package &package) : package(package) {
    for (const KernelCode &kernel : package.kernels)
      kernels[kernel.name] = &kernel;
  }

  std::string print() {
    declarePointers();
    for (const auto &[index, launch] : enumerate(package.program.launches))
      printLaunch(index, launch);
    return std::move(text);
  }

private:
  bool uses(Space space) const {
    auto isThere = [&](const Address &address) { return address.space == space; };
    return any_of(package.program.launches, [&](const Launch &launch) {
      return any_of(launch.inputs, isThere) || any_of(launch.outputs, isThere) ||
             (launch.scratch && isThere(*launch.scratch));
    });
  }

  void declarePointers() {
    declareTensors(Space::Input, package.program.inputs,
                   "const {0} *const {1} = static_cast<const {0} *>(run.inputs[{2}]);");
    declareTensors(Space::Output, package.program.outputs,
                   "{0} *const {1} = static_cast<{0} *>(run.outputs[{2}]);");
    if (uses(Space::Arena))
      text += "  unsigned char *const arena = run.workspace;\n";
    if (uses(Space::Constant) && package.hasFile())
      text += "  const unsigned char *const weights = run.weights;\n";
  }

  void declareTensors(Space space, ArrayRef<Tensor> tensors, const char *format) {
    for (const auto &[index, tensor] : enumerate(tensors)) {
      std::string local = names.take((space == Space::Input ? "in_" : "out_") + tensor.identifier);
      locals[{space, index}] = local;
      if (uses(space, index))
        text += "  " + formatv(format, getCppType(tensor.storageType), local, index).str() + "\n";
    }
  }

  bool uses(Space space, size_t index) const {
    auto isIt = [&](const Address &address) {
      return address.space == space && address.index == index;
    };
    return any_of(package.program.launches, [&](const Launch &launch) {
      return any_of(launch.inputs, isIt) || any_of(launch.outputs, isIt);
    });
  }

  std::string printConstant(const Address &address, StringRef type) const {
    const Constant &stored = package.program.constants[package.layout.storedAs[address.index]];
    if (package.hasFile())
      return formatv("at<const {0}>(weights, {1})", type,
                     package.layout.offsets[address.index] + address.offset);
    return "constants::" + stored.name + printShift(address);
  }

  /// " + 12", in elements; nothing for the start.
  static std::string printShift(const Address &address) {
    int64_t shift = address.offset / getElementByteSize(address.elementType);
    return shift == 0 ? "" : " + " + std::to_string(shift);
  }

  std::string printAddress(const Address &address) const {
    StringRef type = getCppType(address.elementType);
    switch (address.space) {
    case Space::Input:
    case Space::Output:
      return locals.at({address.space, address.index}) + printShift(address);
    case Space::Constant:
      return printConstant(address, type);
    case Space::Arena:
      return formatv("at<{0}>(arena, {1})", type, address.offset);
    }
    llvm_unreachable("all spaces are covered");
  }

  void printLaunch(size_t index, const Launch &launch) {
    text += formatv("\n  profiler.start({0}); // {1}\n", index, toComment(launch.getTitle()));
    std::vector<std::string> arguments;
    if (!launch.kernel)
      arguments = {printAddress(launch.outputs[0]), printAddress(launch.inputs[0]),
                   std::to_string(launch.outputs[0].bytes)};
    else
      for (const Address &address : concat<const Address>(launch.inputs, launch.outputs))
        arguments.push_back(printAddress(address));
    if (const KernelCode *kernel = kernels.lookup(launch.kernelName)) {
      if (kernel->takesScratch())
        arguments.push_back("arena + " + std::to_string(launch.scratch->offset));
      if (kernel->isParallel)
        arguments.push_back("run.threads");
    }
    printCall(launch.kernel ? "kernels::" + launch.kernelName : "std::memcpy", arguments);
  }

  void printCall(const std::string &function, ArrayRef<std::string> arguments) {
    std::string line = "  " + function + "(";
    for (const auto &[index, argument] : enumerate(arguments)) {
      std::string piece = argument + (index + 1 == arguments.size() ? ");" : ",");
      if (line.size() + piece.size() > 99) {
        text += line + "\n";
        line = std::string(5, ' ');
      }
      line += (StringRef(line).ends_with("(") ? "" : " ") + piece;
    }
    text += line + (arguments.empty() ? ");\n" : "\n");
  }

  const Package &package;
  StringMap<const KernelCode *> kernels;
  IdentifierPool names;
  std::map<std::pair<Space, size_t>, std::string> locals;
  std::string text;
};

std::string printBanner(const Package &package) {
  std::string text;
  raw_string_ostream os(text);
  const Program &program = package.program;
  os << "// model digest   " << (program.hash.empty() ? "unknown" : toComment(program.hash))
     << "\n";
  os << "// target         " << package.options.machine.name << ": "
     << getCompilerFlags(package.options.machine) << "\n";
  os << "// settings       "
     << (package.options.settings.empty() ? "standard" : toComment(package.options.settings))
     << "\n";
  os << "// weights        " << printThousands(package.layout.dataBytes) << " bytes\n";
  printSummary(os, program, "// ");
  os << "//\n";
  printLaunchTable(os, program, "// ");
  return text;
}

std::string printKernels(const Package &package) {
  std::string text;
  for (const KernelCode &kernel : package.kernels) {
    text += "\n" + StringRef(kernel.text).trim('\n').str() + "\n";
  }
  return text;
}

std::string printTensorTable(ArrayRef<Tensor> tensors) {
  std::string text;
  for (const Tensor &tensor : tensors) {
    std::string shape =
        join(map_range(tensor.shape, [](int64_t n) { return std::to_string(n); }), ", ");
    text += formatv("    {{{0}, \"{1}\", {2}, {{{3}}, {4}, {5}},\n", toStringLiteral(tensor.name),
                    getTypeName(tensor.elementType), tensor.shape.size(),
                    shape.empty() ? "1" : shape, tensor.elements, tensor.bytes);
  }
  return text.empty() ? "    {\"\", \"\", 0, {0}, 0, 0}, // there is none\n" : text;
}

std::string printWeightsDeclaration(const Package &package) {
  if (package.weights != WeightsForm::Object)
    return "";
  return formatv(R"(
// {0}.weights.bin, which {0}_weights.S brings into the program.
extern "C" {{
#ifdef __GNUC__
__attribute__((visibility("hidden")))
#endif
extern const unsigned char {0}_weights[];
}
)",
                 package.options.name);
}

std::string printEmbedded(const Package &package) {
  if (package.hasFile() || package.layout.dataBytes == 0)
    return "";
  std::string text = "//===--- Weights ------------------------------------------------"
                     "--------------------------------===//\n\nnamespace constants {\n\n";
  raw_string_ostream os(text);
  printEmbeddedWeights(os, package.program, package.layout);
  os << "\n} // namespace constants\n\n";
  return text;
}

/// Compares the head of the caller's weights with the one that was written.
std::string printWeightsCheck(const Package &package) {
  if (package.weights != WeightsForm::File)
    return "";
  StringRef head(package.layout.head.data(), package.layout.head.size());
  return formatv(
      "  if (run.weights == nullptr)\n    return {0}_null_pointer;\n"
      "  if (reinterpret_cast<std::uintptr_t>(run.weights) % 64 != 0)\n    return {0}_misaligned;\n"
      "  if (std::memcmp(run.weights, {1}, 48) != 0)\n    return {0}_wrong_weights;\n",
      package.options.name, toStringLiteral(head.take_front(48)));
}

} // namespace

void printSource(raw_ostream &os, const Package &package) {
  std::set<std::string> headers, system = {"<cstddef>", "<cstdint>", "<cstring>", "<limits>"};
  for (const KernelCode &kernel : package.kernels)
    for (const std::string &include : kernel.includes)
      (StringRef(include).starts_with("<") ? system : headers).insert(include);
  if (package.isParallel())
    headers.insert("pool.h");
  std::string runtime = inlineRuntime(headers, system);
  StringMap<std::string> values{
      {"NAME", package.options.name},
      {"NAME_UPPER", package.getUpperName()},
      {"VERSION", getVersion().str()},
      {"MODEL",
       toComment(package.program.model.empty() ? package.options.name : package.program.model)},
      {"BANNER", StringRef(printBanner(package)).rtrim('\n').str()},
      {"SYSTEM_INCLUDES",
       join(map_range(system, [](const std::string &h) { return "#include " + h; }), "\n")},
      {"RUNTIME", runtime},
      {"WEIGHTS_DECLARATION", printWeightsDeclaration(package)},
      {"EMBEDDED", printEmbedded(package)},
      {"KERNELS", printKernels(package)},
      {"PROGRAM", ProgramPrinter(package).print()},
      {"CHECK_WEIGHTS", printWeightsCheck(package)},
      {"INPUT_TABLE", printTensorTable(package.program.inputs)},
      {"OUTPUT_TABLE", printTensorTable(package.program.outputs)},
      {"THREADS_MEMBER", package.isParallel() ? "  nnc::Threads threads;\n" : ""},
      {"OWN_THREADS", printOwnThreads(package)},
      {"ENTRY_POINTS", printEntryPoints(package)},
  };
  printFilledIn(os, getTemplate("source.cpp.in"), values);
}

} // namespace nnc::codegen
