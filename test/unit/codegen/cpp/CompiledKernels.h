// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles printed kernels with a C++ compiler, as a library or as a program.

#ifndef NNC_TEST_UNIT_CODEGEN_CPP_COMPILEDKERNELS_H
#define NNC_TEST_UNIT_CODEGEN_CPP_COMPILEDKERNELS_H

#include "KernelCase.h"

namespace nnc::cpp {

/// All cases, built and printed once.
const std::vector<KernelCase> &allCases();
const std::vector<PrintedKernel> &allKernels();

/// Writes all kernels to a file with `prologue` before and `epilogue` behind them, and compiles it
/// with every warning that a user may have on, as errors. \returns the path of the result, or ""
/// after reporting a test failure.
std::string compile(const std::string &name, const std::string &compiler, const std::string &flags,
                    const std::string &epilogue);

/// One compiled set of kernels, loaded into this process.
class KernelLibrary {
public:
  KernelLibrary(const std::string &name, const std::string &compiler, const std::string &flags);
  bool isLoaded() const { return handle != nullptr; }

  /// Runs a case and compares all of its outputs with the expected ones.
  void check(size_t caseIndex) const;

private:
  void *handle = nullptr;
};

} // namespace nnc::cpp

#endif // NNC_TEST_UNIT_CODEGEN_CPP_COMPILEDKERNELS_H
