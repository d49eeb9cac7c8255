// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which function of runtime/math.h stands for a function that Halide calls by name.

#ifndef NNC_CODEGEN_CPP_MATHFUNCTIONS_H
#define NNC_CODEGEN_CPP_MATHFUNCTIONS_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace nnc::cpp {

struct MathFunction {
  /// Halide's name without its type suffix: "exp" for exp_f32 and exp_f64.
  llvm::StringLiteral halideName;
  /// What is printed before the parenthesis.
  llvm::StringLiteral cppName;
  int arity;
};

/// The record of `halideName` (as in a Call node, such as "exp_f32"), or null.
const MathFunction *findMathFunction(llvm::StringRef halideName);

/// The C++ expression of a constant that Halide calls as a function, such as "inf_f32".
std::optional<llvm::StringRef> findMathConstant(llvm::StringRef halideName);

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_MATHFUNCTIONS_H
