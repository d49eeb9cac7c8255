// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles printed kernels with a C++ compiler, as a library or as a program.

#ifndef NNC_TEST_UNIT_CODEGEN_CPP_COMPILEDKERNELS_H
#define NNC_TEST_UNIT_CODEGEN_CPP_COMPILEDKERNELS_H

#include "KernelCase.h"

namespace nnc::cpp {

/// All cases, built once, and their kernels, printed once for each size of a vector register.
const std::vector<KernelCase> &allCases();
const std::vector<PrintedKernel> &allKernels(int vectorBytes = 64);

struct Compiler {
  std::string name; ///< Of the files.
  std::string command;
  std::string flags;
  int vectorBytes;
};

/// Writes all kernels to a file with `epilogue` behind them, and compiles it with every warning
/// that a user may have on, as errors. \returns the path of the result, or "" after reporting a
/// test failure.
std::string compile(const Compiler &compiler, const std::string &epilogue);

/// One compiled set of kernels, loaded into this process.
class KernelLibrary {
public:
  explicit KernelLibrary(Compiler compiler);
  bool isLoaded() const { return handle != nullptr; }

  /// Runs a case and compares all of its outputs with the expected ones.
  void check(size_t caseIndex) const;

private:
  const std::vector<PrintedKernel> &kernels;
  void *handle = nullptr;
};

} // namespace nnc::cpp

#endif // NNC_TEST_UNIT_CODEGEN_CPP_COMPILEDKERNELS_H
