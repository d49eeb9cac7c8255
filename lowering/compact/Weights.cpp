// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/compact/Weights.h"

#include "dialects/nnc/Constants.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace nnc {

/// The bytes of a large constant in memory, empty for others.
static ArrayRef<char> getHeldBytes(ElementsAttr constant) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant);
  AsmResourceBlob *blob = resource ? resource.getRawHandle().getBlob() : nullptr;
  bool isWhole =
      blob && static_cast<int64_t>(blob->getData().size()) == getByteSize(constant.getShapedType());
  return isWhole ? blob->getData() : ArrayRef<char>();
}

std::optional<Weights> Weights::read(Value value) {
  ElementsAttr constant = getConstant(value);
  if (!constant || !constant.getShapedType().getElementType().isF32())
    return std::nullopt;
  Weights weights;
  ArrayRef<char> bytes = getHeldBytes(constant);
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(float) == 0 && !bytes.empty()) {
    weights.held = {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
    return weights;
  }
  std::optional<SmallVector<float, 0>> floats = getFloats(value);
  if (!floats)
    return std::nullopt;
  weights.expanded = std::move(*floats);
  return weights;
}

} // namespace nnc
