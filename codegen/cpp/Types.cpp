// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/Types.h"
#include "llvm/Support/MathExtras.h"

namespace nnc::cpp {

int paddedLanes(int lanes) {
  return static_cast<int>(llvm::PowerOf2Ceil(static_cast<uint64_t>(lanes)));
}

bool isPrintable(Halide::Type type) {
  if (type.is_float())
    return !type.is_bfloat() && (type.bits() == 32 || type.bits() == 64);
  if (type.is_bool())
    return true;
  return type.is_int_or_uint() && type.bits() >= 8 && llvm::isPowerOf2_32(type.bits());
}

std::string elementName(Halide::Type type) {
  if (type.is_bool())
    return "bool";
  if (type.is_float())
    return type.bits() == 32 ? "float" : "double";
  return (type.is_int() ? "std::int" : "std::uint") + std::to_string(type.bits()) + "_t";
}

std::string valueName(Halide::Type type) {
  if (isIndex(type))
    return "Index";
  if (type.is_scalar())
    return elementName(type);
  const char *kind = type.is_float() ? "f" : type.is_int() ? "i" : "u";
  int lanes = paddedLanes(type.lanes());
  if (lanes > 64)
    return "Vec<" + elementName(type.element_of()) + ", " + std::to_string(lanes) + ">";
  return kind + std::to_string(type.bits()) + "x" + std::to_string(lanes);
}

} // namespace nnc::cpp
