// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Package.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

/// One function: its name behind the package's, parameters before and behind those that all have,
/// where the threads come from, and what is told of the launches.
struct EntryPoint {
  std::string suffix;
  std::string firstParameter, lastParameter;
  StringRef threads, profiler;
};

std::string print(const Package &package, const EntryPoint &entry) {
  bool isFile = package.weights == WeightsForm::File;
  std::string weights = isFile              ? "static_cast<const unsigned char *>(weights)"
                        : package.hasFile() ? package.options.name + "_weights"
                                            : "nullptr";
  std::string threads = package.isParallel() ? (", " + entry.threads).str() : "";
  return formatv(
      R"(int {0}_{1}({2}{3}const void *const *inputs, void *const *outputs, void *workspace{4}) {{
  {0}::{5};
  return {0}::checkedRun({{inputs, outputs, static_cast<unsigned char *>(workspace), {6}{7}},
                         profiler);
}
)",
      package.options.name, entry.suffix, entry.firstParameter,
      isFile ? "const void *weights, " : "", entry.lastParameter, entry.profiler, weights, threads);
}

} // namespace

std::string printOwnThreads(const Package &package) {
  if (!package.isParallel())
    return "";
  return formatv(R"(
/// The threads of a run that brings none: they start with the first one and end with the program.
nnc::Threads getOwnThreads() noexcept {{
#ifdef NNC_NO_POOL
  return {{nullptr, nullptr};
#else
  static nnc::Pool<{0}> pool;
  return {{nnc::Pool<{0}>::run, &pool};
#endif
}
)",
                 package.getProgram().threads);
}

std::string printEntryPoints(const Package &package) {
  std::string run = package.weights == WeightsForm::File ? "run_with_weights" : "run";
  std::string own = package.options.name + "::getOwnThreads()";
  EntryPoint plain{run, "", "", own, "NoProfile profiler"},
      profile{"profile", "", ", double *seconds", own, "Profile profiler(seconds)"},
      shared{run + "_on", "const " + package.options.name + "_threads *threads, ", "",
             "threads ? nnc::Threads{threads->run, threads->pool} : nnc::Threads{nullptr, nullptr}",
             "NoProfile profiler"};
  std::string text = print(package, plain) + "\n" +
                     (package.isParallel() ? print(package, shared) + "\n" : "") +
                     "#ifdef NNC_PROFILE\n" + print(package, profile) + "#endif\n";
  if (package.isDispatched())
    text += formatv("\nconst char *{0}_variant(void) {{ return {0}::nameVariant(); }\n",
                    package.options.name);
  return text;
}

} // namespace nnc::codegen
