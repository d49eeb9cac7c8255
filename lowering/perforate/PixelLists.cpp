// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/PixelLists.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

bool PixelList::isWhole() const {
  return llvm::equal(at, llvm::seq<int64_t>(0, static_cast<int64_t>(at.size()))) &&
         kept.size() == at.size();
}

PixelList PixelList::perforate(ArrayRef<int64_t> fill) const {
  PixelList list{pixels, kept, {}};
  for (int64_t position : fill)
    list.at.push_back(at[position]);
  return list;
}

Value makeTable(OpBuilder &builder, Location at, ArrayRef<int64_t> numbers, ArrayRef<int64_t> shape,
                StringRef name) {
  SmallVector<int32_t, 0> narrow(numbers);
  ArrayRef<char> bytes(reinterpret_cast<const char *>(narrow.data()), narrow.size() * 4);
  auto type = RankedTensorType::get(shape, builder.getI32Type());
  return arith::ConstantOp::create(builder, at, cast<TypedAttr>(makeConstant(type, bytes, name)));
}

const PixelList *PixelLists::find(Value value) const {
  auto found = lists.find(value);
  return found == lists.end() ? nullptr : &found->second;
}

PixelList PixelLists::getOrMake(OpBuilder &builder, Value value, int64_t images) const {
  if (const PixelList *list = find(value))
    return *list;
  RankedTensorType type = getTensorType(value);
  int64_t channels = type.getShape().back();
  int64_t positions = type.getNumElements() / images / channels;
  Value pixels = builder.createOrFold<ReshapeOp>(value.getLoc(),
                                                 type.clone({images, positions, channels}), value);
  return {pixels, listAll(positions), listAll(positions)};
}

Value PixelLists::getWhole(OpBuilder &builder, Value value) {
  const PixelList *list = find(value);
  if (!list)
    return value;
  Value &whole = wholes[value];
  if (whole)
    return whole;
  whole = list->pixels;
  auto size = static_cast<int64_t>(list->at.size());
  if (!list->isWhole()) {
    Value table = makeTable(builder, value.getLoc(), list->at, {size}, "fill");
    whole = GatherOp::create(builder, value.getLoc(), whole, table, 1);
  }
  whole = builder.createOrFold<ReshapeOp>(value.getLoc(), getTensorType(value), whole);
  return whole;
}

} // namespace nnc
