// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/MathFunctions.h"
#include "llvm/ADT/STLExtras.h"

namespace nnc::cpp {

static constexpr MathFunction functions[] = {
    {"acos", "math::acos", 1},
    {"acosh", "math::acosh", 1},
    {"asin", "math::asin", 1},
    {"asinh", "math::asinh", 1},
    {"atan", "math::atan", 1},
    {"atan2", "math::atan2", 2},
    {"atanh", "math::atanh", 1},
    {"ceil", "math::ceil", 1},
    {"cos", "math::cos", 1},
    {"cosh", "math::cosh", 1},
    {"erf", "math::erf", 1},
    {"exp", "math::exp", 1},
    {"fast_inverse", "math::inverse", 1},
    {"fast_inverse_sqrt", "math::inverseSqrt", 1},
    {"floor", "math::floor", 1},
    {"is_finite", "math::isFinite", 1},
    {"is_inf", "math::isInf", 1},
    {"is_nan", "math::isNan", 1},
    {"log", "math::log", 1},
    {"pow", "math::pow", 2},
    {"round", "math::roundEven", 1},
    {"sigmoid", "math::sigmoid", 1},
    {"sin", "math::sin", 1},
    {"sinh", "math::sinh", 1},
    {"sqrt", "math::sqrt", 1},
    {"tan", "math::tan", 1},
    {"tanh", "math::tanh", 1},
    {"trunc", "math::trunc", 1},
};

const MathFunction *findMathFunction(llvm::StringRef halideName) {
  if (!halideName.consume_back("_f32") && !halideName.consume_back("_f64"))
    return nullptr;
  const MathFunction *found =
      llvm::find_if(functions, [&](const MathFunction &f) { return f.halideName == halideName; });
  return found == std::end(functions) ? nullptr : found;
}

std::optional<llvm::StringRef> findMathConstant(llvm::StringRef halideName) {
  if (halideName == "inf_f32")
    return "math::infinityOf<float>";
  if (halideName == "neg_inf_f32")
    return "-math::infinityOf<float>";
  if (halideName == "nan_f32")
    return "math::nanOf<float>";
  return std::nullopt;
}

} // namespace nnc::cpp
