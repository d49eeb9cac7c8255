// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Dispatch.h"
#include "codegen/package/Package.h"
#include "codegen/package/Templates.h"
#include "codegen/package/Text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

/// Applies `print` to each element with its index and puts the results together.
template <typename Range, typename Print>
std::string collect(const Range &range, StringRef separator, Print print) {
  std::string result;
  for (const auto &[index, element] : enumerate(range))
    result += (index == 0 ? "" : separator.str()) + print(index, element);
  return result;
}

std::string printTensorList(ArrayRef<Tensor> tensors) {
  if (tensors.empty())
    return "//   none";
  return collect(tensors, "\n", [](size_t index, const Tensor &tensor) {
    return formatv("//   {0}  {1}: {2} {3}, {4} bytes", index, toComment(tensor.name),
                   getTypeName(tensor.elementType), printShape(tensor.shape), tensor.bytes)
        .str();
  });
}

std::string printTensorConstants(const Package &package, StringRef kind, ArrayRef<Tensor> tensors) {
  return collect(tensors, "", [&](size_t index, const Tensor &tensor) {
    std::string prefix = formatv("#define {0}_{1}_{2}", package.getUpperName(), kind, index);
    return formatv("{0}_NAME {1}\n{0}_ELEMENTS {2}\n{0}_BYTES {3}\n", prefix,
                   toStringLiteral(tensor.name), tensor.elements, tensor.bytes)
        .str();
  });
}

std::string printSpanType(const Tensor &tensor, bool isConst) {
  return formatv("Span<{0}{1}, {2}>", isConst ? "const " : "", getCppType(tensor.elementType),
                 std::max<int64_t>(tensor.elements, 1));
}

std::string printSpanAliases(const Program &program) {
  auto print = [](bool isConst) {
    return [=](size_t, const Tensor &tensor) {
      return formatv("/// {0}: {1}\nusing {2}Span = {3};\n", toComment(tensor.name),
                     printShape(tensor.shape), tensor.identifier, printSpanType(tensor, isConst))
          .str();
    };
  };
  return collect(program.inputs, "", print(true)) + collect(program.outputs, "", print(false));
}

std::string printParameters(const Program &program) {
  auto tensors = concat<const Tensor>(program.inputs, program.outputs);
  return collect(tensors, ", ", [](size_t, const Tensor &tensor) {
    return tensor.identifier + "Span " + tensor.identifier;
  });
}

std::string printPointers(ArrayRef<Tensor> tensors) {
  return tensors.empty() ? "nullptr" : collect(tensors, ", ", [](size_t, const Tensor &tensor) {
    return tensor.identifier + ".data()";
  });
}

/// "const void *const *inputs, ..., void *workspace", with the weights in front where the caller
/// has them.
std::string printRunParameters(const Package &package) {
  return (package.weights == WeightsForm::File ? "const void *weights, " : "") +
         std::string("const void *const *inputs, void *const *outputs, void *workspace");
}

std::string getRunName(const Package &package) {
  return package.options.name +
         (package.weights == WeightsForm::File ? "_run_with_weights" : "_run");
}

/// The body of a method that calls `function`, whose first argument is `threads` where that is set.
std::string printRunBody(const Package &package, const std::string &function, bool takesThreads) {
  return formatv("    const void *const inputs_[] = {{{0}};\n    void *const outputs_[] = {{{1}};\n"
                 "    return {2}{3}inputs_, outputs_, memory_);",
                 printPointers(package.getProgram().inputs),
                 printPointers(package.getProgram().outputs),
                 function + (takesThreads ? "(threads, " : "("),
                 package.weights == WeightsForm::File ? "weights_, " : "");
}

void describeWeights(const Package &package, StringMap<std::string> &values) {
  bool isFile = package.weights == WeightsForm::File;
  std::string name = package.options.name, upper = package.getUpperName();
  std::string size = printThousands(package.layout.dataBytes) + " bytes";
  values["WEIGHTS"] =
      isFile              ? size + ", " + name +
                                ".weights.bin: map or read it to a multiple of 64 and pass it to each run"
      : package.hasFile() ? size + ", linked in by " + name + "_weights.S"
                          : size + ", in " + name + ".cpp";
  if (isFile)
    values["WEIGHTS_CONSTANTS"] =
        formatv("// Bytes of {0}.weights.bin.\n#define {1}_WEIGHTS_SIZE {2}\n", name, upper,
                package.layout.fileBytes);
  else
    values["WEIGHTS_CONSTANTS"] = "";
  values["MISALIGNED"] = isFile ? "a tensor's pointer is no multiple of its element's size, or the "
                                  "weights are at no multiple of 64"
                                : "a tensor's pointer is no multiple of its element's size";
  values["MEMBERS"] = isFile ? "  const void *weights_;\n  void *memory_;" : "  void *memory_;";
  values["CONSTRUCTORS"] =
      isFile ? "  /// On the content of " + name + ".weights.bin, and " + upper +
                   "_WORKSPACE_SIZE bytes; both outlive the model.\n"
                   "  Model(const void *weights, void *workspace) noexcept : weights_(weights), "
                   "memory_(workspace) {}\n"
                   "  Model(const void *weights, Workspace &workspace) noexcept : Model(weights, "
                   "workspace.bytes) {}\n"
             : "  /// On " + upper +
                   "_WORKSPACE_SIZE bytes, which outlive the model.\n"
                   "  explicit Model(void *workspace) noexcept : memory_(workspace) {}\n"
                   "  explicit Model(Workspace &workspace) noexcept : Model(workspace.bytes) {}\n";
}

/// What a package for several threads adds: a note, the type of a pool, and runs on it.
void describeThreads(const Package &package, StringMap<std::string> &values) {
  for (StringRef key : {"THREADS_NOTE", "RUN_ON", "RUN_ON_METHOD"})
    values[key] = "";
  if (!package.isParallel())
    return;
  const std::string &name = package.options.name;
  std::string run = getRunName(package);
  values["THREADS_NOTE"] = formatv("// Threads: {0}, with the same results for any number of them. "
                                   "{1} takes them from a pool that\n"
                                   "// starts with the first run and serves one run at a time; a "
                                   "run that finds it busy stays on its\n"
                                   "// caller's thread. {1}_on takes the caller's pool instead. "
                                   "Built with -DNNC_NO_POOL, {2}.cpp\n"
                                   "// starts no thread.\n",
                                   package.getProgram().threads, run, name);
  values["RUN_ON"] = formatv(
      R"(
// Threads of the caller: run(pool, task, job, count) calls task(job, i) for each i from 0 to
// count - 1 ({0} at most), in any order, on any threads, and returns when all calls have returned.
typedef struct {1}_threads {{
  void (*run)(void *pool, void (*task)(void *job, int index), void *job, int count);
  void *pool;
} {1}_threads;

// The same on these threads; on the calling one alone where `threads` or its `run` is null.
int {2}_on(const {1}_threads *threads, {3});

)",
      package.getProgram().threads, name, run, printRunParameters(package));
  values["RUN_ON_METHOD"] = formatv(
      R"(  /// The same on the caller's threads; null: on the calling one alone.
  int runOn(const {0}_threads *threads, {1}) const noexcept {{
{2}
  }
)",
      name, printParameters(package.getProgram()), printRunBody(package, run + "_on", true));
}

std::string printExampleC(const Package &package) {
  std::string text;
  raw_string_ostream os(text);
  auto declare = [&](const Tensor &tensor) {
    StringRef type = getCppType(tensor.elementType);
    type.consume_front("std::");
    os << formatv("//   static {0} {1}[{2}];\n", type, tensor.identifier,
                  std::max<int64_t>(tensor.elements, 1));
  };
  auto addresses = [](size_t, const Tensor &tensor) { return tensor.identifier; };
  for_each(concat<const Tensor>(package.getProgram().inputs, package.getProgram().outputs),
           declare);
  os << formatv("//   static unsigned char workspace[{0}_WORKSPACE_SIZE + 1];\n",
                package.getUpperName());
  os << "//   const void *inputs[] = {" << collect(package.getProgram().inputs, ", ", addresses)
     << "};\n";
  os << "//   void *outputs[] = {" << collect(package.getProgram().outputs, ", ", addresses)
     << "};\n";
  os << formatv("//   int error = {0}({1}inputs, outputs, workspace);", getRunName(package),
                package.weights == WeightsForm::File ? "weights, " : "");
  return text;
}

std::string printExampleCpp(const Package &package) {
  const std::string &name = package.options.name;
  auto tensors = concat<const Tensor>(package.getProgram().inputs, package.getProgram().outputs);
  std::string arguments =
      collect(tensors, ", ", [](size_t, const Tensor &tensor) { return tensor.identifier; });
  return formatv(
      "//   static {0}::Workspace workspace;\n//   {0}::Model model({1}workspace);\n"
      "//   int error = model.run({2});   // arrays, std::arrays, or {0}::...Span(pointer)",
      name, package.weights == WeightsForm::File ? "weights, " : "", arguments);
}

std::string printBuildCommand(const Package &package) {
  const std::string &name = package.options.name;
  bool hasObject = package.weights == WeightsForm::Object;
  return formatv("g++ -std=c++17 {0}{1} -c {2}.cpp{3}", getCompilerFlags(package.options.machine),
                 package.isParallel() ? " -pthread" : "", name,
                 hasObject ? " " + name + "_weights.S" : "");
}

/// What the header says of the choice among variants.
void describeVariants(const Package &package, StringMap<std::string> &values) {
  values["VARIANTS"] = values["VARIANT_FUNCTION"] = "";
  values["UNSUPPORTED"] = " // the weights are not those that were written with this file";
  if (!package.isDispatched())
    return;
  auto name = [](size_t, const Variant &variant) { return variant.machine.name.str(); };
  StringRef least = package.variants[0].machine.name;
  values["VARIANTS"] = formatv(
      "// Variants: {0}, of which the last runs that processor and operating system\n"
      "// support. Needs no -march. -D{1}_VARIANT=N compiles x86-64-vN alone, one of {2}.\n",
      collect(package.variants, ", ", name), package.getUpperName(), printLevels(package));
  values["VARIANT_FUNCTION"] =
      formatv("// The variant that runs here: \"{0}\", ...; \"\" where the "
              "processor has less.\nconst char *{1}_variant(void);\n",
              least, package.options.name);
  values["UNSUPPORTED"] =
      formatv(", // the weights are not those that were written with this file\n"
              "  {0}_unsupported_processor = 4 // it has less than {1}",
              package.options.name, least);
}

} // namespace

void printHeader(raw_ostream &os, const Package &package) {
  const Program &program = package.getProgram();
  size_t rank = 1;
  for (const Tensor &tensor : concat<const Tensor>(program.inputs, program.outputs))
    rank = std::max(rank, tensor.shape.size());
  std::string parameters = printRunParameters(package);
  StringMap<std::string> values{
      {"NAME", package.options.name},
      {"NAME_UPPER", package.getUpperName()},
      {"VERSION", getVersion().str()},
      {"MODEL", toComment(program.model.empty() ? package.options.name : program.model)},
      {"INPUTS", printTensorList(program.inputs)},
      {"OUTPUTS", printTensorList(program.outputs)},
      {"EXAMPLE_C", printExampleC(package)},
      {"EXAMPLE_CPP", printExampleCpp(package)},
      {"BUILD", printBuildCommand(package)},
      {"WORKSPACE_SIZE", std::to_string(package.getWorkspaceSize())},
      {"INPUT_COUNT", std::to_string(program.inputs.size())},
      {"OUTPUT_COUNT", std::to_string(program.outputs.size())},
      {"LAUNCH_COUNT", std::to_string(package.getLaunchCount())},
      {"TENSOR_CONSTANTS", printTensorConstants(package, "INPUT", program.inputs) +
                               printTensorConstants(package, "OUTPUT", program.outputs)},
      {"RANK", std::to_string(rank)},
      {"RUN", formatv("int {0}({1});", getRunName(package), parameters)},
      {"PROFILE",
       formatv("int {0}_profile({1}, double *seconds);", package.options.name, parameters)},
      {"SPANS", printSpanAliases(program)},
      {"RUN_PARAMETERS", printParameters(program)},
      {"RUN_BODY", printRunBody(package, getRunName(package), false)},
  };
  describeWeights(package, values);
  describeThreads(package, values);
  describeVariants(package, values);
  printFilledIn(os, getTemplate("header.h.in"), values);
}

} // namespace nnc::codegen
