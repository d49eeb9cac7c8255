// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints a lowered Halide function as readable, self-contained C++17.

#ifndef NNC_CODEGEN_CPP_KERNELPRINTER_H
#define NNC_CODEGEN_CPP_KERNELPRINTER_H

#include "llvm/Support/Error.h"
#include <Halide.h>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace nnc::cpp {

/// One parameter of a printed kernel, in call order: as in the LoweredFunc, inputs before outputs.
struct KernelArgument {
  std::string name;  ///< The C++ name of the parameter.
  Halide::Type type; ///< Type of an element, or of the scalar.
  bool isBuffer;     ///< A pointer to the first element; else a scalar passed by value.
  bool isOutput;     ///< The pointer is not const.
};

struct PrintOptions {
  /// Name of the C++ function: a valid identifier.
  std::string functionName;
  /// Text of the comment above the function, without slashes; may have several lines or be empty.
  std::string comment;
  /// Temporaries of up to this size whose index varies are local arrays; larger ones are in
  /// scratch.
  int64_t stackBytes = 4096;
  /// Bytes of a vector register of the machine: stores of wider vectors are split. 16, 32 or 64.
  int vectorBytes = 64;
  /// Tasks that share the iterations of a parallel loop. 1: such loops run in order.
  int threads = 1;
};

struct PrintedKernel {
  /// The whole function, `static void name(...) noexcept { ... }`. The text expects the includes
  /// below and `using namespace nnc;` before it.
  std::string text;
  /// The parameters before `scratch` and `threads`.
  std::vector<KernelArgument> arguments;
  /// Headers of runtime/ that the text needs, by file name.
  std::set<std::string> includes;
  /// Bytes of temporaries, at a multiple of 64: the last parameter is then
  /// `unsigned char *NNC_RESTRICT scratch`. Zero: there is no such parameter.
  int64_t scratchBytes = 0;
  /// Some loop is parallel: `const Threads &threads` is the parameter behind those.
  bool isParallel = false;
};

/// Prints `function`, which must have been lowered for a target with no_asserts, no_bounds_query
/// and no_runtime, and whose buffers must have constant strides (set_stride on every dimension of
/// every ImageParam and output buffer) and minima of 0. Buffers are dense pointers; none may alias.
///
/// A value is `Index` where Halide has a scalar int32, so overflow is as little defined as there.
/// compile_to_module moves the bodies of parallel loops into functions of their own, which have no
/// C++ form: take the statement from a custom lowering pass instead.
///
/// \returns the text, or an error that names the construct that has no C++ form. Never prints part
/// of a kernel, never aborts.
llvm::Expected<PrintedKernel> printKernel(const Halide::Internal::LoweredFunc &function,
                                          const PrintOptions &options);

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_KERNELPRINTER_H
