// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Package.h"
#include "codegen/package/Templates.h"
#include "codegen/package/Text.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace nnc::codegen {

std::string getCompilerFlags(const Machine &machine) {
  return machine.march.empty() ? "-O2" : ("-O2 " + machine.march).str();
}

static std::string printSelfTestTarget(StringRef name) {
  return formatv(R"(
if(CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
  enable_testing()
  add_executable({0}_selftest {0}_selftest.cpp)
  target_link_libraries({0}_selftest PRIVATE {0})
  target_compile_definitions({0}_selftest PRIVATE NNC_DATA_FOLDER="${{CMAKE_CURRENT_SOURCE_DIR}")
  add_test(NAME {0}_selftest COMMAND {0}_selftest)
endif()
)",
                 name);
}

/// The assembler finds the file, and runs again when it changes.
static std::string printAssemblerProperties(StringRef name) {
  return formatv(R"(set_source_files_properties({0}_weights.S PROPERTIES
  COMPILE_OPTIONS -I${{CMAKE_CURRENT_SOURCE_DIR} OBJECT_DEPENDS ${{CMAKE_CURRENT_SOURCE_DIR}/{0}.weights.bin)
)",
                 name);
}

void printCMakeLists(raw_ostream &os, const Package &package) {
  const std::string &name = package.options.name;
  bool hasObject = package.weights == WeightsForm::Object,
       hasTest = package.options.test.has_value();
  StringMap<std::string> values{
      {"NAME", name},
      {"VERSION", getVersion().str()},
      {"AND_SELFTEST", hasTest ? " and its self-test" : ""},
      {"LANGUAGES", hasObject ? "CXX ASM" : "CXX"},
      {"SOURCES", name + ".cpp" + (hasObject ? " " + name + "_weights.S" : "")},
      {"FLAGS", getCompilerFlags(package.options.machine)},
      {"THREADS", package.isParallel() ? "find_package(Threads REQUIRED)\ntarget_link_libraries(" +
                                             name + " PUBLIC Threads::Threads)\n"
                                       : ""},
      {"MORE", (hasObject ? printAssemblerProperties(name) : "") +
                   (hasTest ? printSelfTestTarget(name) : "")},
  };
  printFilledIn(os, getTemplate("CMakeLists.txt.in"), values);
}

void printWeightsAssembler(raw_ostream &os, const Package &package) {
  printFilledIn(os, getTemplate("weights.S.in"),
                {{"NAME", package.options.name}, {"VERSION", getVersion().str()}});
}

} // namespace nnc::codegen
