// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Constants.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

#include <cstring>

using namespace mlir;

int64_t nnc::getElementByteSize(Type elementType) {
  return llvm::divideCeil(elementType.getIntOrFloatBitWidth(), 8);
}

int64_t nnc::getByteSize(ShapedType type) {
  return type.getNumElements() * getElementByteSize(type.getElementType());
}

/// Whether all elements are the first one repeated.
static bool isSplat(ArrayRef<char> bytes, size_t elementSize) {
  return bytes.size() >= elementSize &&
         std::memcmp(bytes.data(), bytes.data() + elementSize, bytes.size() - elementSize) == 0;
}

/// DenseElementsAttr wants booleans bit-packed in a splat and as bytes otherwise; build those by
/// value.
static ElementsAttr makeBooleans(RankedTensorType type, ArrayRef<char> bytes) {
  SmallVector<bool> values(bytes.begin(), bytes.end());
  return DenseElementsAttr::get(type, values);
}

ElementsAttr nnc::makeConstant(RankedTensorType type, ArrayRef<char> bytes, StringRef name) {
  assert(static_cast<int64_t>(bytes.size()) == getByteSize(type) && "bytes do not fit the type");
  if (type.getElementType().isInteger(1))
    return makeBooleans(type, bytes);
  size_t elementSize = getElementByteSize(type.getElementType());
  if (isSplat(bytes, elementSize))
    return DenseElementsAttr::getFromRawBuffer(type, bytes.take_front(elementSize));
  if (type.getNumElements() <= kMaxElementsAsText)
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  return DenseResourceElementsAttr::get(
      type, name, HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64));
}

std::optional<SmallVector<char, 0>> nnc::getConstantBytes(ElementsAttr attribute) {
  ShapedType type = attribute.getShapedType();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || static_cast<int64_t>(blob->getData().size()) != getByteSize(type))
      return std::nullopt;
    return SmallVector<char, 0>(blob->getData());
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense)
    return std::nullopt;
  if (type.getElementType().isInteger(1))
    return SmallVector<char, 0>(dense.value_begin<bool>(), dense.value_end<bool>());
  if (!dense.isSplat())
    return SmallVector<char, 0>(dense.getRawData());
  ArrayRef<char> element = dense.getRawData();
  SmallVector<char, 0> bytes(getByteSize(type));
  for (size_t offset = 0; offset < bytes.size(); offset += element.size())
    std::memcpy(bytes.data() + offset, element.data(), element.size());
  return bytes;
}

ElementsAttr nnc::getConstant(Value value) {
  ElementsAttr attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return {};
  return attribute;
}

std::optional<double> nnc::getSplatNumber(Value value) {
  auto dense = dyn_cast_or_null<DenseElementsAttr>(getConstant(value));
  if (!dense || !dense.isSplat())
    return std::nullopt;
  if (isa<FloatType>(dense.getElementType()))
    return dense.getSplatValue<APFloat>().convertToDouble();
  return static_cast<double>(dense.getSplatValue<APInt>().getSExtValue());
}

std::optional<SmallVector<float, 0>> nnc::getFloats(Value value) {
  ElementsAttr attribute = getConstant(value);
  if (!attribute || !attribute.getShapedType().getElementType().isF32())
    return std::nullopt;
  std::optional<SmallVector<char, 0>> bytes = getConstantBytes(attribute);
  if (!bytes)
    return std::nullopt;
  SmallVector<float, 0> floats(bytes->size() / sizeof(float));
  std::memcpy(floats.data(), bytes->data(), bytes->size());
  return floats;
}

std::optional<SmallVector<int64_t>> nnc::getIntegers(ElementsAttr attribute) {
  Type elementType = attribute.getShapedType().getElementType();
  std::optional<SmallVector<char, 0>> bytes = getConstantBytes(attribute);
  if (!elementType.isInteger() || elementType.getIntOrFloatBitWidth() > 64 || !bytes)
    return std::nullopt;
  int64_t size = getElementByteSize(elementType);
  SmallVector<int64_t> integers;
  for (size_t offset = 0; offset < bytes->size(); offset += size) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes->data() + offset, size);
    bool isBoolean = elementType.isInteger(1);
    integers.push_back(isBoolean ? static_cast<int64_t>(bits) : llvm::SignExtend64(bits, size * 8));
  }
  return integers;
}
