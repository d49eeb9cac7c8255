// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CompiledKernels.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <unistd.h>

using namespace Halide;

namespace nnc::cpp {

const std::vector<KernelCase> &allCases() {
  static const std::vector<KernelCase> cases = [] {
    std::vector<KernelCase> all;
    for (auto family : {elementwiseCases, reductionCases, integerCases, memoryCases})
      try {
        for (KernelCase &kernel : family())
          all.push_back(std::move(kernel));
      } catch (const Error &error) {
        ADD_FAILURE() << error.what();
      }
    return all;
  }();
  return cases;
}

static std::vector<PrintedKernel> printAll(int vectorBytes) {
  std::vector<PrintedKernel> all;
  for (const KernelCase &kernel : allCases()) {
    PrintOptions options;
    options.functionName = kernel.name;
    options.comment = "Test case " + kernel.name + ".";
    options.vectorBytes = vectorBytes;
    llvm::Expected<PrintedKernel> printed = printKernel(lower(kernel), options);
    if (!printed)
      ADD_FAILURE() << llvm::toString(printed.takeError());
    all.push_back(printed ? *printed : PrintedKernel{});
  }
  return all;
}

const std::vector<PrintedKernel> &allKernels(int vectorBytes) {
  static std::map<int, std::vector<PrintedKernel>> kernels;
  auto [place, isNew] = kernels.try_emplace(vectorBytes);
  if (isNew)
    place->second = printAll(vectorBytes);
  return place->second;
}

/// A C function that takes the arguments of a kernel as an array of pointers.
static std::string entryPoint(const KernelCase &kernel, const PrintedKernel &printed) {
  std::vector<std::string> values;
  for (auto [i, argument] : llvm::enumerate(printed.arguments)) {
    std::string type = type_to_c_type(argument.type.element_of(), false);
    type = (argument.isOutput ? "" : "const ") + type + " *";
    values.push_back("static_cast<" + type + ">(arguments[" + std::to_string(i) + "])");
  }
  bool takesScratch = printed.scratchBytes > 0;
  if (takesScratch)
    values.push_back("scratch");
  std::string head = "void run_" + kernel.name + "(void **arguments, unsigned char *" +
                     (takesScratch ? "scratch)" : ")");
  return "extern \"C\" " + head + ";\n" + head + " {\n  " + kernel.name + "(" +
         llvm::join(values, ", ") + ");\n}\n";
}

std::string compile(const Compiler &compiler, const std::string &epilogue) {
  std::string stem =
      testing::TempDir() + "/nnc_kernels_" + std::to_string(getpid()) + "_" + compiler.name;
  std::ofstream source(stem + ".cpp");
  source << "#include \"math.h\"\nusing namespace nnc;\n\n";
  for (auto [kernel, printed] : llvm::zip(allCases(), allKernels(compiler.vectorBytes)))
    if (!printed.text.empty())
      source << printed.text << "\n" << entryPoint(kernel, printed) << "\n";
  source << epilogue;
  source.close();
  std::string command = compiler.command + " -std=c++17 " + compiler.flags +
                        " -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -pedantic -Werror" +
                        " -I" NNC_RUNTIME_DIRECTORY " " + stem + ".cpp -o " + stem + ".out";
  // NOLINTNEXTLINE(bugprone-command-processor): a compiler is given by its command line
  bool isGood = std::system(command.c_str()) == 0;
  if (!isGood)
    ADD_FAILURE() << "failed: " << command;
  else
    std::remove((stem + ".cpp").c_str());
  return isGood ? stem + ".out" : "";
}

KernelLibrary::KernelLibrary(Compiler compiler) : kernels(allKernels(compiler.vectorBytes)) {
  compiler.flags += " -shared -fPIC";
  std::string path = compile(compiler, "");
  if (path.empty())
    return;
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::remove(path.c_str());
}

static double valueAt(const Buffer<> &buffer, size_t i) {
  Type type = buffer.type();
  const char *place = static_cast<const char *>(buffer.data()) + i * size_t(type.bytes());
  auto get = [&](auto value) {
    memcpy(&value, place, sizeof value);
    return static_cast<double>(value);
  };
  if (type.is_float())
    return type.bits() == 32 ? get(float()) : get(double());
  switch (type.bits()) {
  case 64:
    return type.is_int() ? get(int64_t()) : get(uint64_t());
  case 32:
    return type.is_int() ? get(int32_t()) : get(uint32_t());
  case 16:
    return type.is_int() ? get(int16_t()) : get(uint16_t());
  default:
    return type.is_int() ? get(int8_t()) : get(uint8_t());
  }
}

void KernelLibrary::check(size_t caseIndex) const {
  const KernelCase &kernel = allCases()[caseIndex];
  using Entry = void (*)(void **, unsigned char *);
  auto run = reinterpret_cast<Entry>(dlsym(handle, ("run_" + kernel.name).c_str()));
  ASSERT_NE(run, nullptr) << "not compiled";
  std::vector<void *> arguments;
  for (const Buffer<> &data : kernel.inputData)
    arguments.push_back(data.data());
  std::vector<Buffer<>> outputs;
  for (const Buffer<> &expected : kernel.expected) {
    outputs.push_back(expected.copy());
    memset(outputs.back().data(), 0x7f, outputs.back().size_in_bytes());
    arguments.push_back(outputs.back().data());
  }
  size_t scratchBytes = static_cast<size_t>(kernels[caseIndex].scratchBytes);
  auto *scratch = static_cast<unsigned char *>(std::aligned_alloc(64, scratchBytes + 64));
  run(arguments.data(), scratch);
  std::free(scratch);
  for (auto [output, expected] : llvm::zip(outputs, kernel.expected))
    for (size_t i = 0; i < expected.number_of_elements(); ++i) {
      double want = valueAt(expected, i), got = valueAt(output, i);
      double error = want == got ? 0 : std::abs(want - got) / std::max(1.0, std::abs(want));
      ASSERT_LE(error, kernel.tolerance)
          << "at " << i << ": " << got << ", expected " << want << "\n"
          << kernels[caseIndex].text;
    }
}

} // namespace nnc::cpp
