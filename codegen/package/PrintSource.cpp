// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Dispatch.h"
#include "codegen/package/Package.h"
#include "codegen/package/Report.h"
#include "codegen/package/Templates.h"
#include "codegen/package/Text.h"
#include "dialects/nnc/Constants.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using mlir::RankedTensorType;

namespace nnc::codegen {

namespace {

using Space = Address::Space;

/// Prints the calls of a variant's kernels, in order.
class ProgramPrinter {
public:
  ProgramPrinter(const Package &package, const Variant &variant)
      : package(package), variant(variant), program(variant.program) {
    for (const KernelCode &kernel : variant.kernels)
      kernels[kernel.name] = &kernel;
  }

  /// A function that launches them all.
  std::string print() {
    text = "template <class Profiler>\nvoid launchAll([[maybe_unused]] const Run &run, "
           "[[maybe_unused]] Profiler &profiler) noexcept {\n";
    if (program.samples > 1)
      text += formatv("  for (std::ptrdiff_t sample = 0; sample < {0}; ++sample) {{\n",
                      program.samples);
    declarePointers();
    for (const auto &[index, launch] : enumerate(program.launches))
      printLaunch(index, launch);
    return std::move(text) + (program.samples > 1 ? "  }\n}\n" : "}\n");
  }

private:
  bool uses(Space space) const {
    auto isThere = [&](const Address &address) { return address.space == space; };
    return any_of(program.launches, [&](const Launch &launch) {
      return any_of(launch.inputs, isThere) || any_of(launch.outputs, isThere) ||
             (launch.scratch && isThere(*launch.scratch)) ||
             (launch.count && isThere(*launch.count));
    });
  }

  void declarePointers() {
    declareTensors(Space::Input, program.inputs,
                   "const {0} *const {1} = static_cast<const {0} *>(run.inputs[{2}]){3};");
    declareTensors(Space::Output, program.outputs,
                   "{0} *const {1} = static_cast<{0} *>(run.outputs[{2}]){3};");
    if (uses(Space::Arena))
      text += "  unsigned char *const arena = run.workspace;\n";
    if (uses(Space::Constant) && package.hasFile())
      text += "  const unsigned char *const weights = run.weights;\n";
  }

  void declareTensors(Space space, ArrayRef<Tensor> tensors, const char *format) {
    for (const auto &[index, tensor] : enumerate(tensors)) {
      std::string local = names.take((space == Space::Input ? "in_" : "out_") + tensor.identifier);
      locals[{space, index}] = local;
      if (!uses(space, index))
        continue;
      StringRef type = getCppType(tensor.storageType);
      text += "  ";
      if (tensor.state && program.samples > 1)
        text +=
            formatv("const {0} *const {1} = static_cast<const {0} *>(\n"
                    "      sample == 0 ? run.inputs[{2}] : run.outputs[{3}]) + (sample == 0 ? 0 "
                    ": sample - 1) * {4};",
                    type, local, index, *tensor.state, tensor.elements);
      else
        text += formatv(format, type, local, index, printSample(tensor));
      text += "\n";
    }
  }

  /// " + sample * 12", in elements, where there are several.
  std::string printSample(const Tensor &tensor) const {
    if (program.samples == 1)
      return "";
    return " + sample * " + std::to_string(tensor.elements / program.samples);
  }

  bool uses(Space space, size_t index) const {
    auto isIt = [&](const Address &address) {
      return address.space == space && address.index == index;
    };
    return any_of(program.launches, [&](const Launch &launch) {
      return any_of(launch.inputs, isIt) || any_of(launch.outputs, isIt);
    });
  }

  std::string printConstant(const Address &address, StringRef type) const {
    size_t constant = variant.firstConstant + address.index;
    const Constant &stored = package.constants[package.layout.storedAs[constant]];
    if (package.hasFile())
      return formatv("at<const {0}>(weights, {1})", type,
                     package.layout.offsets[constant] + address.offset);
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
    if (launch.update)
      arguments.pop_back(); // the image, which is no argument of the kernel
    if (const KernelCode *kernel = kernels.lookup(launch.kernelName)) {
      if (kernel->takesScratch())
        arguments.push_back("arena + " + std::to_string(launch.scratch->offset));
      if (kernel->isParallel)
        arguments.push_back("run.threads");
    }
    if (launch.steps != 0)
      makeSteps(launch, arguments);
    if (launch.piece != 0)
      makePieces(launch, arguments);
    else if (launch.count)
      text += "  if (*" + printAddress(*launch.count) + ")\n  ";
    printCall(launch.kernel ? "kernels::" + launch.kernelName : "std::memcpy", arguments);
    if (launch.update)
      printUpdate(launch);
  }

  /// Puts the rows of a piece into an image, and closes the loop.
  void printUpdate(const Launch &launch) {
    const Address &rows = launch.outputs[0];
    int64_t elements = rows.touched / getElementByteSize(rows.elementType) / launch.piece;
    printCall("  kernels::updatePiece",
              {printAddress(rows), printAddress(launch.inputs[*launch.update]) + " + t",
               "*" + printAddress(*launch.count) + " - t", std::to_string(launch.piece),
               std::to_string(elements), printAddress(launch.outputs[1])});
    text += "  }\n";
  }

  /// Opens a loop over the steps of a repeated launch, and makes its arguments those of step t.
  void makeSteps(const Launch &launch, MutableArrayRef<std::string> arguments) {
    int64_t last = launch.steps - 1;
    size_t state = launch.inputs.size() - 1;
    auto step = [&](const std::string &base, const Address &sequence, const char *time) {
      int64_t elements = sequence.touched / getElementByteSize(sequence.elementType) / launch.steps;
      return formatv("{0} + {1} * {2}", base, time, elements).str();
    };
    const Address &states = launch.outputs[0];
    std::string result = arguments[state + 1];
    arguments[0] = step(arguments[0], launch.inputs[0], "t");
    arguments[state] =
        formatv("t == {0} ? {1} : {2}", launch.isReverse ? last : 0, arguments[state],
                step(result, states, launch.isReverse ? "(t + 1)" : "(t - 1)"));
    arguments[state + 1] = step(result, states, "t");
    text += launch.isReverse
                ? formatv("  for (std::ptrdiff_t t = {0}; t >= 0; --t)\n  ", last).str()
                : formatv("  for (std::ptrdiff_t t = 0; t < {0}; ++t)\n  ", launch.steps).str();
  }

  /// Opens a loop over the pieces of lists, and makes the arguments those of the piece from row t
  /// on.
  void makePieces(const Launch &launch, MutableArrayRef<std::string> arguments) {
    halide::KernelOp kernel = launch.kernel;
    auto advance = [&](std::string &argument, mlir::Type piece) {
      int64_t elements = cast<RankedTensorType>(piece).getNumElements() / launch.piece;
      argument += formatv(elements == 1 ? " + t" : " + t * {0}", elements).str();
    };
    for (size_t list : launch.lists)
      advance(arguments[list], kernel.getArgumentTypes()[list]);
    if (!launch.update)
      advance(arguments[launch.inputs.size()], kernel.getResultTypes()[0]);
    text += formatv("  for (std::ptrdiff_t t = 0; t < *{0}; t += {1}){2}\n  ",
                    printAddress(*launch.count), launch.piece, launch.update ? " {" : "")
                .str();
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
  const Variant &variant;
  const Program &program;
  StringMap<const KernelCode *> kernels;
  IdentifierPool names;
  std::map<std::pair<Space, size_t>, std::string> locals;
  std::string text;
};

std::string printBanner(const Package &package) {
  std::string text;
  raw_string_ostream os(text);
  const Program &program = package.getProgram();
  os << "// model digest   " << (program.hash.empty() ? "unknown" : toComment(program.hash))
     << "\n";
  os << "// target         " << package.options.machine.name << ": "
     << getCompilerFlags(package.options.machine) << "\n";
  os << "// settings       "
     << (package.options.settings.empty() ? "standard" : toComment(package.options.settings))
     << "\n";
  os << "// weights        " << printThousands(package.layout.dataBytes) << " bytes\n";
  for (const Variant &variant : package.variants) {
    if (package.isDispatched())
      os << "//\n// variant        " << variant.machine.name << ": " << variant.machine.features
         << "\n";
    printSummary(os, variant.program, "// ");
    os << "//\n";
    printLaunchTable(os, variant.program, "// ");
  }
  return text;
}

std::string printTitle(StringRef title) {
  std::string line = ("//===--- " + title + " ").str();
  return line + std::string(95 - line.size(), '-') + "===//\n\n";
}

/// What the kernels of all variants include of the runtime. Standard headers are added to `system`.
std::set<std::string> listRuntimeHeaders(const Package &package, std::set<std::string> &system) {
  std::set<std::string> headers;
  for (const Variant &variant : package.variants)
    for (const KernelCode &kernel : variant.kernels)
      for (const std::string &include : kernel.includes)
        (StringRef(include).starts_with("<") ? system : headers).insert(include);
  return headers;
}

/// The runtime: what is there once, and what each of several variants has a copy of.
struct RuntimeText {
  std::string once, copied;
};

/// Standard headers that the kernels and their runtime need are added to `system`.
RuntimeText printRuntime(const Package &package, std::set<std::string> &system) {
  constexpr const char *start = "namespace nnc {} // what the kernels below share\n";
  std::set<std::string> headers = listRuntimeHeaders(package, system), threads;
  if (package.isParallel())
    threads = {"pool.h", "threads.h"};
  if (!package.isDispatched()) {
    headers.merge(threads);
    return {start + inlineRuntime(headers, system, /*guarded=*/true), ""};
  }
  if (threads.empty())
    return {"", start + inlineRuntime(headers, system, /*guarded=*/false)};
  // A run's threads are given to whichever variant it takes, so they have one type.
  std::string copied = "namespace nnc {\nusing ::nnc::Threads;\n}\n" +
                       inlineRuntime(headers, system, /*guarded=*/false, /*elsewhere=*/threads);
  return {start + inlineRuntime(threads, system, /*guarded=*/true), copied};
}

std::string printKernels(const Variant &variant) {
  std::string text = "namespace kernels {\nusing namespace nnc;\n";
  for (const KernelCode &kernel : variant.kernels)
    text += "\n" + StringRef(kernel.text).trim('\n').str() + "\n";
  return text + "\n} // namespace kernels\n";
}

/// What stands before and after the start of the package's own namespace, up to the kernels' end.
struct KernelsText {
  std::string before, inside;
};

KernelsText printAllKernels(const Package &package, const RuntimeText &runtime) {
  KernelsText result;
  if (!runtime.once.empty())
    result.before = printTitle("Runtime") + runtime.once;
  if (!package.isDispatched()) {
    result.inside = printTitle("Kernels") + printKernels(package.variants[0]);
    return result;
  }
  for (const Variant &variant : package.variants) {
    std::string text = printForFeatures(variant, runtime.copied + "\n" + printKernels(variant));
    result.inside += printTitle("Runtime and kernels for " + variant.machine.name.str()) +
                     printInNamespace(package, variant, text) + "\n";
  }
  return result;
}

std::string printPrograms(const Package &package) {
  if (!package.isDispatched())
    return ProgramPrinter(package, package.variants[0]).print();
  std::string text;
  for (const Variant &variant : package.variants)
    text += printInNamespace(package, variant, ProgramPrinter(package, variant).print()) + "\n";
  return text + printChoice(package);
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

/// The bytes of an element of each tensor; an element's address is a multiple of them.
std::string printElementSizes(ArrayRef<Tensor> tensors) {
  std::string text;
  for (const Tensor &tensor : tensors)
    text += (text.empty() ? "" : ", ") +
            std::to_string(tensor.elements == 0 ? 1 : tensor.bytes / tensor.elements);
  return text.empty() ? "1" : text;
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
  std::string text = printTitle("Weights") + "namespace constants {\n\n";
  raw_string_ostream os(text);
  printEmbeddedWeights(os, package.constants, package.layout,
                       package.isDispatched() ? "[[maybe_unused]] " : "");
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
  const Program &program = package.getProgram();
  std::set<std::string> system = {"<cstddef>", "<cstdint>", "<cstring>", "<limits>"};
  if (package.isDispatched())
    system.insert("<immintrin.h>"); // its functions say themselves what they are compiled for
  RuntimeText runtime = printRuntime(package, system);
  KernelsText kernels = printAllKernels(package, runtime);
  StringMap<std::string> values{
      {"NAME", package.options.name},
      {"NAME_UPPER", package.getUpperName()},
      {"VERSION", getVersion().str()},
      {"MODEL", toComment(program.model.empty() ? package.options.name : program.model)},
      {"BANNER", StringRef(printBanner(package)).rtrim('\n').str()},
      {"REQUIREMENTS", package.isDispatched() ? printRequirements(package) : ""},
      {"SYSTEM_INCLUDES",
       join(map_range(system, [](const std::string &h) { return "#include " + h; }), "\n")},
      {"RUNTIME", kernels.before},
      {"WEIGHTS_DECLARATION", printWeightsDeclaration(package)},
      {"EMBEDDED", printEmbedded(package)},
      {"KERNELS", kernels.inside},
      {"PROGRAM", printPrograms(package)},
      {"CHECK_WEIGHTS", printWeightsCheck(package)},
      {"LAUNCH", package.isDispatched()
                     ? "  return launchAll(run, profiler);"
                     : "  launchAll(run, profiler);\n  return " + package.options.name + "_ok;"},
      {"INPUT_TABLE", printTensorTable(program.inputs)},
      {"OUTPUT_TABLE", printTensorTable(program.outputs)},
      {"INPUT_SIZES", printElementSizes(program.inputs)},
      {"OUTPUT_SIZES", printElementSizes(program.outputs)},
      {"THREADS_MEMBER", package.isParallel() ? "  nnc::Threads threads;\n" : ""},
      {"OWN_THREADS", printOwnThreads(package)},
      {"ENTRY_POINTS", printEntryPoints(package)},
  };
  printFilledIn(os, getTemplate("source.cpp.in"), values);
}

} // namespace nnc::codegen
