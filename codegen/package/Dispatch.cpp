// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Dispatch.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

std::string getMacro(const Package &package) { return package.getUpperName() + "_VARIANT"; }

/// "__builtin_cpu_supports("avx2") && ...".
std::string printTest(const Variant &variant) {
  SmallVector<StringRef> features;
  variant.machine.features.split(features, ',');
  auto print = [](StringRef feature) {
    return formatv("__builtin_cpu_supports(\"{0}\")", feature).str();
  };
  return join(map_range(features, print), " &&\n      ");
}

/// `print` for each variant, from the most demanding.
template <typename Print> std::string printEach(const Package &package, Print print) {
  std::string text;
  for (const Variant &variant : reverse(package.variants))
    text += print(variant);
  return text;
}

std::string printIfCompiled(const Package &package, const Variant &variant, StringRef text) {
  return formatv("#if !defined({0}) || {0} == {1}\n{2}#endif\n", getMacro(package),
                 variant.machine.level, text);
}

std::string printChooseVariant(const Package &package) {
  auto print = [](const Variant &variant) {
    return formatv("  if ({0})\n    return {1};\n", printTest(variant), variant.machine.level)
        .str();
  };
  return formatv(R"(
/// The N of the most demanding x86-64-vN that processor and operating system support; 0: none. The
/// compiler's library asks the processor once and keeps the answer.
int chooseVariant() noexcept {{
#ifdef {0}
  return {0};
#else
  __builtin_cpu_init();
{1}  return 0;
#endif
}
)",
                 getMacro(package), printEach(package, print));
}

} // namespace

std::string getNamespace(const Variant &variant) {
  std::string name = variant.machine.name.str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string printLevels(const Package &package) {
  auto print = [](const Variant &variant) { return std::to_string(variant.machine.level); };
  return join(map_range(package.variants, print), ", ");
}

std::string printInNamespace(const Package &package, const Variant &variant, StringRef text) {
  std::string name = getNamespace(variant);
  return printIfCompiled(package, variant,
                         formatv("namespace {0} {{\n{1}} // namespace {0}\n", name, text).str());
}

std::string printForFeatures(const Variant &variant, StringRef text) {
  return formatv(R"(#ifdef __clang__
#pragma clang attribute push(__attribute__((target("{0}"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("{0}")
#endif
#pragma push_macro("NNC_X86_LEVEL")
#undef NNC_X86_LEVEL
#ifndef NNC_NO_VECTOR_EXTENSION
#define NNC_X86_LEVEL {1}
#endif
{2}#pragma pop_macro("NNC_X86_LEVEL")
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
)",
                 variant.machine.features, variant.machine.level, text);
}

std::string printRequirements(const Package &package) {
  auto differs = [&](const Variant &variant) {
    return formatv("{0} != {1}", getMacro(package), variant.machine.level).str();
  };
  return formatv(R"(
#if !defined(__x86_64__) || !defined(__GNUC__)
#error "this file is for x86-64 and g++ or clang: nnc's --target portable makes one for any machine"
#endif
#if defined({0}) && {1}
#error "{0} is one of {2}"
#endif
)",
                 getMacro(package), join(map_range(package.variants, differs), " && "),
                 printLevels(package));
}

std::string printChoice(const Package &package) {
  auto launch = [&](const Variant &variant) {
    return printIfCompiled(package, variant,
                           formatv("  case {0}:\n    {1}::launchAll(run, profiler);\n"
                                   "    return {2}_ok;\n",
                                   variant.machine.level, getNamespace(variant),
                                   package.options.name)
                               .str());
  };
  auto name = [](const Variant &variant) {
    return formatv("  case {0}:\n    return \"{1}\";\n", variant.machine.level,
                   variant.machine.name)
        .str();
  };
  return printChooseVariant(package) + formatv(R"(
[[maybe_unused]] const char *nameVariant() noexcept {{
  switch (chooseVariant()) {{
{0}  default:
    return "";
  }
}

template <class Profiler> int launchAll(const Run &run, Profiler &profiler) noexcept {{
  switch (chooseVariant()) {{
{1}  default:
    return {2}_unsupported_processor;
  }
}
)",
                                               printEach(package, name), printEach(package, launch),
                                               package.options.name)
                                           .str();
}

} // namespace nnc::codegen
