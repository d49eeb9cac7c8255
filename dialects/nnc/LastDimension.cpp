// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/LastDimension.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

Value nnc::padLastDimension(OpBuilder &builder, Location at, Value value, int64_t extent) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  if (shape.back() == extent)
    return value;
  SmallVector<OpFoldResult> low(shape.size(), builder.getIndexAttr(0)), high = low;
  high.back() = builder.getIndexAttr(extent - shape.back());
  shape.back() = extent;
  Value zero = arith::ConstantOp::create(builder, at, builder.getZeroAttr(type.getElementType()));
  return tensor::PadOp::create(builder, at, type.clone(shape), value, low, high, zero);
}

Value nnc::cutLastDimension(OpBuilder &builder, Location at, Value value, int64_t extent) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  if (shape.back() == extent)
    return value;
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : shape.drop_back())
    sizes.push_back(builder.getIndexAttr(size));
  sizes.push_back(builder.getIndexAttr(extent));
  SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(shape.size(), builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, at, value, offsets, sizes, strides);
}
