// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Value lookUp(MeaningBuilder &b, Value table, ValueRange indices) {
  Value element = tensor::ExtractOp::create(b, table, indices);
  if (!element.getType().isInteger())
    return element;
  return arith::IndexCastUIOp::create(b, b.getIndexType(), element);
}

ListEntry getListEntry(MeaningBuilder &b, Value starts, Value list, Value step, int64_t entries) {
  Value start = lookUp(b, starts, list);
  Value end = lookUp(b, starts, ValueRange(arith::AddIOp::create(b, list, b.index(1))));
  Value position = arith::AddIOp::create(b, start, step);
  Value isListed = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, position, end);
  return {arith::MinSIOp::create(b, position, b.index(entries - 1)), isListed};
}

Value SparseLists::buildSums(MeaningBuilder &b, int64_t rows, Read read) const {
  Type element = getElementTypeOrSelf(values);
  int64_t entries = getShape(values)[0], lanes = getShape(values)[1],
          slices = getShape(starts)[0] - 1;
  Value window = b.empty({longest}, element);
  return b.generic(
      Loops{{"m", "s", "l"}}.reducing({"p"}), {{window, {b.loop(3)}}},
      {b.fill({rows, slices, lanes}, b.scalar(element, 0)), b.loopRange(0, 3)},
      [&](MeaningBuilder &inner, ValueRange elements) -> Value {
        auto index = [&](unsigned loop) { return linalg::IndexOp::create(inner, loop); };
        Value lane = index(2);
        ListEntry entry = getListEntry(inner, starts, index(1), index(3), entries);
        Value place = getShape(columns)[1] == 1 ? inner.index(0) : lane;
        Value column = lookUp(inner, columns, {entry.position, place});
        Value product = inner.multiply(lookUp(inner, values, {entry.position, lane}),
                                       read(inner, index(0), column));
        return arith::SelectOp::create(inner, entry.isListed, inner.add(elements.back(), product),
                                       elements.back());
      });
}

Value SparseLists::lookUpSum(MeaningBuilder &b, Value sums, Value row, Value position) const {
  Value index = arith::IndexCastUIOp::create(b, b.getIndexType(), position);
  Value width = b.index(getShape(values)[1]);
  Value slice = arith::DivSIOp::create(b, index, width);
  Value lane = arith::RemSIOp::create(b, index, width);
  return lookUp(b, sums, {row, slice, lane});
}

} // namespace nnc
