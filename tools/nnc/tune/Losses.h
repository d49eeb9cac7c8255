// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How wrong outputs are.
#ifndef TOOLS_NNC_TUNE_LOSSES_H
#define TOOLS_NNC_TUNE_LOSSES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace nnc::tools {

/// What an example's output should be: class numbers, or numbers.
struct Target {
  std::vector<int64_t> classes;
  std::vector<float> values;
};

/// Of one example, or the mean of several.
struct Score {
  double loss = 0;
  /// The share of class numbers that are not the largest of their outputs; 0 for regressors.
  double wrong = 0;
};

struct LossKind {
  llvm::StringLiteral name, summary;
  bool classifies;
  /// `gradient`, unless empty, is set to d loss / d output. With `classifies` the output is a row
  /// of numbers for each class number.
  Score (*evaluate)(llvm::ArrayRef<float> output, const Target &target,
                    llvm::MutableArrayRef<float> gradient);
};

llvm::ArrayRef<LossKind> listLossKinds();
/// The loss of that name, or an error that names all of them.
llvm::Expected<const LossKind *> lookupLossKind(llvm::StringRef name);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_LOSSES_H
