// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of Halide's types in generated code.

#ifndef NNC_CODEGEN_CPP_TYPES_H
#define NNC_CODEGEN_CPP_TYPES_H

#include <Halide.h>
#include <string>

namespace nnc::cpp {

/// Lanes of the C++ vector that holds `lanes` lanes: the next power of two.
int paddedLanes(int lanes);

/// True when elements of this type can be printed: bool, integers, float and double.
bool isPrintable(Halide::Type type);

/// The type of one element in memory: float, std::int32_t, bool.
std::string elementName(Halide::Type type);

/// The type of a value: as elementName, but `Index` for a scalar int32, and f32x16 for a vector.
/// Not for vectors of bool, which are masks (`auto`).
std::string valueName(Halide::Type type);

/// True for a vector of bool, whose C++ type depends on what was compared.
inline bool isMask(Halide::Type type) { return type.is_bool() && type.is_vector(); }

/// True for a scalar int32, which is printed as a 64-bit Index.
inline bool isIndex(Halide::Type type) {
  return type.is_int() && type.bits() == 32 && type.is_scalar();
}

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_TYPES_H
