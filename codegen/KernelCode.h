// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What codegen/halide hands to codegen/package: the text of one kernel.
#ifndef CODEGEN_KERNELCODE_H
#define CODEGEN_KERNELCODE_H

#include <cstdint>
#include <set>
#include <string>

namespace nnc::codegen {

/// One kernel as C++: the definition
/// `static void name(const T *in0, ..., T *out0, ..., unsigned char *scratch, const Threads
/// &threads) noexcept`, in the order of the `halide.kernel`'s arguments and results. The text may
/// say `nnc::` or, as if by a using directive, leave it out.
struct KernelCode {
  /// The function's name: the symbol of its `halide.kernel`, a C++ identifier.
  std::string name;
  std::string text;
  /// Headers that the text needs: of runtime/ by their file name ("vec.h"), of the standard library
  /// as "<cmath>".
  std::set<std::string> includes;
  /// Bytes of temporaries, at a multiple of 64. Zero: there is no parameter `scratch`.
  int64_t scratchBytes = 0;
  /// Whether there is a parameter `threads`.
  bool isParallel = false;

  bool takesScratch() const { return scratchBytes > 0; }
};

} // namespace nnc::codegen

#endif // CODEGEN_KERNELCODE_H
