// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/SparseWriter.h"

#include "dialects/nnc/Constants.h"
#include "lowering/approximate/SparseCosts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {

Value SparseWriter::transpose(Value value, ArrayRef<int64_t> permutation) {
  return builder.createOrFold<TransposeOp>(at, value, permutation);
}

Value SparseWriter::reshape(Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  return builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
}

template <typename T>
Value SparseWriter::makeTable(ArrayRef<int64_t> shape, ArrayRef<T> elements, Type elementType) {
  auto type = RankedTensorType::get(shape, elementType);
  ArrayRef<char> bytes(reinterpret_cast<const char *>(elements.data()),
                       elements.size() * sizeof(T));
  if (std::is_floating_point_v<T>)
    size.values += static_cast<int64_t>(elements.size());
  else
    size.indexBytes += static_cast<int64_t>(bytes.size());
  return arith::ConstantOp::create(builder, at, makeConstant(type, bytes, "list"));
}

Value SparseWriter::makeIndices(ArrayRef<int32_t> indices) {
  return makeTable<int32_t>({static_cast<int64_t>(indices.size())}, indices, builder.getI32Type());
}

Value SparseWriter::makeColumns(ArrayRef<int32_t> columns, int64_t entries) {
  SmallVector<int64_t> shape{entries, static_cast<int64_t>(columns.size()) / entries};
  if (layer.image[3] > std::numeric_limits<uint16_t>::max())
    return makeTable<int32_t>(shape, columns, builder.getI32Type());
  SmallVector<uint16_t, 0> narrow(columns.begin(), columns.end());
  return makeTable<uint16_t>(shape, narrow, builder.getI16Type());
}

Value SparseWriter::writeChannelsFirst(Value input) {
  if (!layer.isLinear())
    return transpose(input, {0, 3, 1, 2});
  return reshape(transpose(input, {1, 0}), {1, layer.image[3], 1, layer.image[2]});
}

Value SparseWriter::writeChannelsLast(Value result) {
  if (!layer.isLinear())
    return transpose(result, {0, 2, 3, 1});
  return transpose(reshape(result, {layer.output[3], layer.output[2]}), {1, 0});
}

Value SparseWriter::writeGathers(const SlicedLists &sliced) {
  auto entries = static_cast<int64_t>(sliced.values.size()) / kListLanes;
  Value columns = makeColumns(sliced.columns, entries);
  return SparseLinearOp::create(
      builder, at, layer.op->getResult(0).getType(), layer.input,
      makeTable<float>({entries, kListLanes}, sliced.values, builder.getF32Type()), columns,
      makeIndices(sliced.starts), makeIndices(sliced.positions), layer.bias, sliced.longest);
}

Value SparseWriter::writeUnrolled(NonZeroLists lists) {
  SmallVector<float, 0> values;
  SmallVector<int32_t, 0> columns, starts{0};
  for (ArrayRef<NonZero> list : lists) {
    for (const NonZero &entry : list) {
      values.push_back(entry.value);
      columns.push_back(static_cast<int32_t>(entry.row));
    }
    starts.push_back(static_cast<int32_t>(values.size()));
  }
  size.values += static_cast<int64_t>(values.size());
  return UnrolledLinearOp::create(builder, at, layer.op->getResult(0).getType(), layer.input,
                                  values, columns, starts, layer.bias);
}

Value SparseWriter::writeShifts(NonZeroLists lists) {
  SparsePlanes planes(layer, countEntries(lists));
  JoinedLists joined =
      joinLists(lists, planes.listOffsets(layer), planes.listRowBlocks(layer), planes.blocks);
  SmallVector<int64_t> shape{layer.image[0],   layer.image[3], layer.strides[0],
                             layer.strides[1], planes.rows,    planes.pitch};
  auto type = cast<RankedTensorType>(layer.input.getType());
  Value image = writeChannelsFirst(layer.input);
  image = PhasePlanesOp::create(builder, at, type.clone(shape), image, layer.strides, layer.low,
                                ArrayRef<int64_t>{planes.rows, planes.pitch});
  int64_t elements = shape[1] * shape[2] * shape[3] * shape[4] * shape[5];
  Value result =
      SparseConv2dOp::create(builder, at, reshape(image, {shape[0], elements}),
                             makeTable<float>({static_cast<int64_t>(joined.values.size())},
                                              joined.values, builder.getF32Type()),
                             makeIndices(joined.offsets), makeIndices(joined.starts), layer.bias,
                             ArrayRef<int64_t>{layer.output[1], layer.output[2]}, planes.pitch,
                             planes.blocks, joined.longest);
  return writeChannelsLast(result);
}

} // namespace nnc
