// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant tensors: how weights are held and read. Large ones are resources, never text.
#ifndef DIALECTS_NNC_CONSTANTS_H
#define DIALECTS_NNC_CONSTANTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace nnc {

/// Constants with more elements than this are `dense_resource` attributes.
inline constexpr int64_t kMaxElementsAsText = 64;

/// The bytes of a tensor of this type: elements packed in row-major order, little-endian, i1 as one
/// byte each.
int64_t getByteSize(mlir::ShapedType type);

/// Bytes of one element as they are stored: i1 takes one.
int64_t getElementByteSize(mlir::Type elementType);

/// A constant from packed row-major elements (`getByteSize(type)` bytes, copied). `name` labels the
/// resource; it is made unique. Equal elements become a splat, small tensors text, the others a
/// resource.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes,
                                llvm::StringRef name);

/// The packed row-major elements of a constant; a splat is expanded. Returns std::nullopt when the
/// attribute is a resource whose bytes are absent, or of a kind that holds no bytes.
std::optional<llvm::SmallVector<char, 0>> getConstantBytes(mlir::ElementsAttr attribute);

/// The constant that defines `value`, or null.
mlir::ElementsAttr getConstant(mlir::Value value);

/// The single value of a constant whose elements are all equal, or std::nullopt. Floats and
/// integers alike.
std::optional<double> getSplatNumber(mlir::Value value);

/// The elements as floats (f32 only), or std::nullopt.
std::optional<llvm::SmallVector<float, 0>> getFloats(mlir::Value value);

/// The elements as 64-bit integers (any integer type of up to 64 bits), or std::nullopt.
std::optional<llvm::SmallVector<int64_t>> getIntegers(mlir::ElementsAttr attribute);

} // namespace nnc

#endif // DIALECTS_NNC_CONSTANTS_H
