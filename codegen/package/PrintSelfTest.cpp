// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Package.h"
#include "codegen/package/Templates.h"
#include "codegen/package/Text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

/// Up to this many bytes of inputs and outputs are text in the self-test's source.
constexpr int64_t kTestDataAsText = 8 << 10;

/// Each tensor of the test with its values, and where they are in the data file.
template <typename Visit> void visitTestData(const Package &package, Visit visit) {
  int64_t offset = 0;
  auto visitAll = [&](StringRef kind, ArrayRef<Tensor> tensors,
                      ArrayRef<std::vector<char>> values) {
    for (const auto &[index, tensor] : enumerate(tensors)) {
      visit(kind, index, tensor, ArrayRef<char>(values[index]), offset);
      offset = alignTo(offset + values[index].size(), 64);
    }
  };
  visitAll("testInputs", package.getProgram().inputs, package.options.test->inputs);
  visitAll("testOutputs", package.getProgram().outputs, package.options.test->outputs);
}

int64_t getTestDataSize(const Package &package) {
  int64_t size = 0;
  visitTestData(package, [&](StringRef, size_t, const Tensor &, ArrayRef<char> bytes,
                             int64_t offset) { size = offset + bytes.size(); });
  return size;
}

std::string printPointerArray(StringRef name, size_t count) {
  std::string elements;
  for (size_t i = 0; i < count; ++i)
    elements += formatv("{0}{1}_{2}", i == 0 ? "" : ", ", name, i);
  return formatv("const void *const {0}[] = {{{1}};\n", name, count == 0 ? "nullptr" : elements);
}

std::string printDataAsText(const Package &package) {
  std::string text;
  raw_string_ostream os(text);
  visitTestData(package, [&](StringRef kind, size_t index, const Tensor &tensor,
                             ArrayRef<char> bytes, int64_t) {
    os << formatv("const {0} {1}_{2}[] = {{ // {3}\n", getCppType(tensor.elementType), kind, index,
                  toComment(tensor.name));
    printLiterals(os, tensor.elementType, bytes);
    os << (bytes.empty() ? "    0" : "") << "\n};\n";
  });
  os << printPointerArray("testInputs", package.getProgram().inputs.size())
     << printPointerArray("testOutputs", package.getProgram().outputs.size())
     << "\nbool loadData(const std::string &) { return true; }\n";
  return text;
}

std::string printDataAsFile(const Package &package) {
  std::string text;
  raw_string_ostream os(text);
  int64_t size = getTestDataSize(package);
  os << formatv(
      "Memory testData({0});\nconst void *testInputs[{1}];\nconst void *testOutputs[{2}];\n\n",
      size, std::max<size_t>(package.getProgram().inputs.size(), 1),
      std::max<size_t>(package.getProgram().outputs.size(), 1));
  os << "bool loadData(const std::string &folder) {\n";
  visitTestData(package, [&](StringRef kind, size_t index, const Tensor &tensor, ArrayRef<char>,
                             int64_t offset) {
    os << formatv("  {0}[{1}] = testData.data() + {2}; // {3}\n", kind, index, offset,
                  toComment(tensor.name));
  });
  os << formatv("  return readFile(folder + \"/{0}_selftest.bin\", testData.data(), {1});\n}\n",
                package.options.name, size);
  return text;
}

std::string printLoadWeights(const Package &package) {
  if (package.weights != WeightsForm::File)
    return "bool loadWeights(const std::string &) { return true; }\n";
  return formatv(
      "Memory testWeights({0}_WEIGHTS_SIZE);\n\nbool loadWeights(const std::string &folder) {{\n"
      "  return readFile(folder + \"/{1}.weights.bin\", testWeights.data(), "
      "{0}_WEIGHTS_SIZE);\n}\n",
      package.getUpperName(), package.options.name);
}

std::string printComparisons(const Package &package) {
  std::string text;
  for (const auto &[index, tensor] : enumerate(package.getProgram().outputs))
    text += formatv("  agree &= compare<{0}>({1}_outputs[{2}], outputs[{2}], testOutputs[{2}]);\n",
                    getCppType(tensor.elementType), package.options.name, index);
  return text;
}

} // namespace

bool embedsTestData(const Package &package) { return getTestDataSize(package) <= kTestDataAsText; }

void printSelfTest(raw_ostream &os, const Package &package) {
  bool isFile = package.weights == WeightsForm::File;
  StringMap<std::string> values{
      {"NAME", package.options.name},
      {"NAME_UPPER", package.getUpperName()},
      {"VERSION", getVersion().str()},
      {"ABSOLUTE", formatv("{0:e}", package.options.absoluteTolerance)},
      {"RELATIVE", formatv("{0:e}", package.options.relativeTolerance)},
      {"DATA", embedsTestData(package) ? printDataAsText(package) : printDataAsFile(package)},
      {"LOAD_WEIGHTS", printLoadWeights(package)},
      {"CALL", package.options.name +
                   (isFile ? "_run_with_weights(testWeights.data(), " : "_run(") +
                   "inputs, outputs, workspace)"},
      {"COMPARISONS", printComparisons(package)},
  };
  printFilledIn(os, getTemplate("selftest.cpp.in"), values);
}

void printTestData(raw_ostream &os, const Package &package) {
  int64_t written = 0;
  visitTestData(package,
                [&](StringRef, size_t, const Tensor &, ArrayRef<char> bytes, int64_t offset) {
                  os.write_zeros(offset - written);
                  os.write(bytes.data(), bytes.size());
                  written = offset + bytes.size();
                });
}

} // namespace nnc::codegen
