// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far two results are apart, and whether that is close enough.
#ifndef TOOLS_NNC_COMPARE_H
#define TOOLS_NNC_COMPARE_H

#include "lowering/reference/ReferenceEngine.h"
#include "tools/nnc/Tensors.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace nnc::tools {

/// Floating-point elements agree when |a - b| <= absolute + relative * max |expected|, the maximum
/// over the tensor: a sum's rounding error goes with the size of what was summed, not of what is
/// left of it. Or, where `maxUlps` is given, when at most as many numbers lie between them.
/// Integers and booleans agree when they are equal; NaN agrees with NaN, an infinity with itself.
struct Tolerance {
  double absolute = 1e-5;
  double relative = 1e-4;
  std::optional<double> maxUlps;

  std::string describe() const;
};

struct Difference {
  /// The largest |a - b|, and where it is.
  double absolute = 0;
  int64_t position = 0;
  /// Divided by the largest finite |expected|.
  double relative = 0;
  /// The most numbers between a and b, plus one; of integers, the largest difference.
  double ulps = 0;
  bool agrees = true;
};

/// Both have the same type.
Difference compare(const Buffer &actual, const Buffer &expected, const Tolerance &tolerance);

/// Prints a table, a row per output, and returns whether all agree.
bool printComparison(llvm::raw_ostream &os, llvm::StringRef title, llvm::ArrayRef<TensorSpec> specs,
                     llvm::ArrayRef<Buffer> actual, llvm::ArrayRef<Buffer> expected,
                     const Tolerance &tolerance);

} // namespace nnc::tools

#endif // TOOLS_NNC_COMPARE_H
