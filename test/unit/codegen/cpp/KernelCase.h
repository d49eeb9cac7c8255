// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Halide pipeline with inputs, and the outputs that Halide's own compiler gives for them.

#ifndef NNC_TEST_UNIT_CODEGEN_CPP_KERNELCASE_H
#define NNC_TEST_UNIT_CODEGEN_CPP_KERNELCASE_H

#include "codegen/cpp/KernelPrinter.h"
#include "llvm/ADT/StringRef.h"
#include <Halide.h>
#include <string>
#include <vector>

namespace nnc::cpp {

/// A case is built by one function below; the harness prints, compiles and runs it.
struct KernelCase {
  std::string name;
  Halide::Pipeline pipeline;
  std::vector<Halide::ImageParam> inputs;
  std::vector<Halide::Buffer<>> inputData;
  std::vector<Halide::Buffer<>> expected;
  double tolerance = 0; ///< Relative to the larger of 1 and the expected value.
};

/// An input with constant bounds and dense strides, first extent innermost.
Halide::ImageParam denseInput(Halide::Type type, const std::string &name,
                              const std::vector<int> &extents);

/// Makes every output dense, fills the inputs with values of -2 to 2 (integers: -100 to 100 or 0 to
/// 200) that depend on nothing but position, and asks Halide for the outputs.
KernelCase makeCase(const std::string &name, Halide::Func output,
                    const std::vector<Halide::ImageParam> &inputs,
                    const std::vector<int> &outputExtents, double tolerance = 0);

/// What Halide lowers the case to; target features are those of AVX-512.
Halide::Internal::LoweredFunc lower(const KernelCase &kernel);

/// Every case there is.
std::vector<KernelCase> elementwiseCases();
std::vector<KernelCase> reductionCases();
std::vector<KernelCase> integerCases();
std::vector<KernelCase> memoryCases();

} // namespace nnc::cpp

#endif // NNC_TEST_UNIT_CODEGEN_CPP_KERNELCASE_H
