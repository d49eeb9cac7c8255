// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes, constants and movements; arithmetic is in Arithmetic.cpp.
#include "frontend/onnx/Emitter.h"

#include "dialects/nnc/Constants.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

std::optional<int64_t> frontend::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0 || extent > kMaxElements ||
        llvm::MulOverflow(count, std::max<int64_t>(extent, 1), count) || count > kMaxElements)
      return std::nullopt;
  }
  return llvm::is_contained(shape, 0) ? 0 : count;
}

std::string frontend::formatShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(shape, stream, "x");
  return shape.empty() ? "scalar" : text;
}

std::optional<SmallVector<int64_t>> frontend::broadcastShapes(ArrayRef<int64_t> a,
                                                              ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  SmallVector<int64_t> shape(a);
  size_t added = a.size() - b.size();
  for (auto [axis, extent] : llvm::enumerate(b)) {
    int64_t &common = shape[added + axis];
    if (common != extent && common != 1 && extent != 1)
      return std::nullopt;
    if (common == 1)
      common = extent;
  }
  return shape;
}

int64_t frontend::product(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
}

RankedTensorType frontend::getTensorType(Value value) {
  return llvm::cast<RankedTensorType>(value.getType());
}
ArrayRef<int64_t> frontend::getShape(Value value) { return getTensorType(value).getShape(); }
int64_t frontend::getRank(Value value) { return getTensorType(value).getRank(); }
bool frontend::isFloat(Value value) {
  return isa<FloatType>(getTensorType(value).getElementType());
}
bool frontend::isBoolean(Value value) { return getTensorType(value).getElementType().isInteger(1); }

Value Emitter::finish(Operation *op) {
  auto type = llvm::cast<RankedTensorType>(op->getResult(0).getType());
  if (!countElements(type.getShape())) {
    op->erase();
    return reject("a tensor of shape ", formatShape(type.getShape()), " is too large");
  }
  ElementsAttr folded = evaluate(op);
  if (!folded)
    return op->getResult(0);
  op->erase();
  return constant(folded);
}

//===--- constants --------------------------------------------------------------------------===//

Value Emitter::constant(ElementsAttr value) {
  return arith::ConstantOp::create(builder, location, value.getShapedType(),
                                   llvm::cast<TypedAttr>(value));
}

Value Emitter::splat(ArrayRef<int64_t> shape, Type elementType, double value) {
  if (!countElements(shape))
    return reject("a tensor of shape ", formatShape(shape), " is too large");
  Attribute element;
  if (isa<FloatType>(elementType))
    element = FloatAttr::get(elementType, value);
  else
    element = IntegerAttr::get(elementType, APInt(elementType.getIntOrFloatBitWidth(),
                                                  static_cast<int64_t>(value), /*isSigned=*/true,
                                                  /*implicitTrunc=*/true));
  return constant(DenseElementsAttr::get(RankedTensorType::get(shape, elementType), element));
}

Value Emitter::splatLike(Value like, double value) {
  return like ? splat(getShape(like), getTensorType(like).getElementType(), value) : Value();
}

template <typename T> static ArrayRef<char> asBytes(ArrayRef<T> values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

Value Emitter::integers(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()), builder.getI64Type());
  return constant(makeConstant(type, asBytes(values), "table"));
}

Value Emitter::floats(ArrayRef<float> values, Type elementType) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()), elementType);
  if (elementType.isF32())
    return constant(makeConstant(type, asBytes(values), "table"));
  auto elements = llvm::map_to_vector(
      values, [&](float value) -> Attribute { return FloatAttr::get(elementType, value); });
  return constant(DenseElementsAttr::get(type, elements));
}

//===--- movements --------------------------------------------------------------------------===//

Value Emitter::reshape(Value input, ArrayRef<int64_t> shape) {
  if (!input || getShape(input) == shape)
    return input;
  if (countElements(shape) != countElements(getShape(input)))
    return reject("shape ", formatShape(getShape(input)), " cannot become ", formatShape(shape),
                  ": the numbers of elements differ");
  auto type = RankedTensorType::get(shape, getTensorType(input).getElementType());
  return finish(ReshapeOp::create(builder, location, type, input));
}

Value Emitter::transpose(Value input, ArrayRef<int64_t> permutation) {
  return checked<TransposeOp>({input}, {attribute("permutation", permutation)});
}

Value Emitter::broadcast(Value input, ArrayRef<int64_t> shape) {
  if (!input || getShape(input) == shape)
    return input;
  std::optional<SmallVector<int64_t>> common = broadcastShapes(getShape(input), shape);
  if (!common || ArrayRef<int64_t>(*common) != shape)
    return reject("shape ", formatShape(getShape(input)), " does not broadcast to ",
                  formatShape(shape));
  auto type = RankedTensorType::get(shape, getTensorType(input).getElementType());
  return finish(BroadcastOp::create(builder, location, type, input));
}

Value Emitter::gather(Value input, Value indices, int64_t axis) {
  return checked<GatherOp>({input, indices}, {attribute("axis", axis)});
}

Value Emitter::pick(Value input, int64_t axis, ArrayRef<int64_t> indices) {
  return gather(input, integers(indices), axis);
}

static SmallVector<OpFoldResult> toFoldResults(OpBuilder &builder, ArrayRef<int64_t> values) {
  return getAsIndexOpFoldResult(builder.getContext(), values);
}

Value Emitter::slice(Value input, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                     ArrayRef<int64_t> strides) {
  if (!input || getShape(input) == sizes)
    return input;
  SmallVector<int64_t> starts(offsets);
  for (auto [axis, extent] : llvm::enumerate(getShape(input))) {
    int64_t last = offsets[axis] + (sizes[axis] - 1) * strides[axis];
    starts[axis] = sizes[axis] == 0 ? 0 : offsets[axis];
    if (offsets[axis] < 0 || sizes[axis] < 0 || (sizes[axis] > 0 && last >= extent))
      return reject("a slice of ", sizes[axis], " from ", offsets[axis], " on leaves dimension ",
                    axis, " of ", extent);
  }
  return finish(tensor::ExtractSliceOp::create(
      builder, location, input, toFoldResults(builder, starts), toFoldResults(builder, sizes),
      toFoldResults(builder, strides)));
}

Value Emitter::sliceAxis(Value input, int64_t axis, int64_t offset, int64_t size) {
  if (!input)
    return {};
  SmallVector<int64_t> offsets(getRank(input), 0), sizes(getShape(input)),
      strides(getRank(input), 1);
  offsets[axis] = offset;
  sizes[axis] = size;
  return slice(input, offsets, sizes, strides);
}

Value Emitter::pad(Value input, ArrayRef<int64_t> low, ArrayRef<int64_t> high, Value value) {
  auto isZero = [](int64_t amount) { return amount == 0; };
  if (!input || !value || (llvm::all_of(low, isZero) && llvm::all_of(high, isZero)))
    return input && value ? input : Value();
  SmallVector<int64_t> shape(getShape(input));
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    if (std::min(low[axis], high[axis]) < 0 || std::max(low[axis], high[axis]) > kMaxElements)
      return reject("pads ", low[axis], " and ", high[axis], " of dimension ", axis,
                    " are out of range");
    extent += low[axis] + high[axis];
  }
  if (!countElements(shape))
    return reject("a tensor of shape ", formatShape(shape), " is too large");
  auto type = RankedTensorType::get(shape, getTensorType(input).getElementType());
  Value scalar;
  if (auto constant = dyn_cast_or_null<DenseElementsAttr>(getConstant(value)))
    scalar = arith::ConstantOp::create(builder, location,
                                       llvm::cast<TypedAttr>(constant.getSplatValue<Attribute>()));
  else
    scalar = tensor::ExtractOp::create(builder, location, value, ValueRange());
  return finish(tensor::PadOp::create(builder, location, type, input, toFoldResults(builder, low),
                                      toFoldResults(builder, high), scalar));
}

Value Emitter::concat(ArrayRef<Value> parts, int64_t axis) {
  SmallVector<Value> inputs(parts);
  if (llvm::is_contained(inputs, Value()))
    return {};
  for (Value input : parts.drop_front()) {
    SmallVector<int64_t> expected(getShape(inputs.front())), given(getShape(input));
    if (getTensorType(input).getElementType() != getTensorType(inputs.front()).getElementType())
      return reject("element types ", getTensorType(inputs.front()).getElementType(), " and ",
                    getTensorType(input).getElementType(), " cannot be joined");
    if (given.size() == expected.size())
      expected[axis] = given[axis];
    if (given != expected)
      return reject("shapes ", formatShape(getShape(inputs.front())), " and ",
                    formatShape(getShape(input)), " cannot be joined along dimension ", axis);
  }
  auto isEmpty = [&](Value input) { return getShape(input)[axis] == 0; };
  llvm::erase_if(inputs, isEmpty);
  if (inputs.size() < 2)
    return inputs.empty() ? parts.front() : inputs.front();
  return finish(tensor::ConcatOp::create(builder, location, axis, inputs));
}

Value Emitter::toChannelsLast(Value input) {
  if (!input || getRank(input) == 2)
    return input;
  SmallVector<int64_t> permutation = {0};
  llvm::append_range(permutation, llvm::seq<int64_t>(2, getRank(input)));
  permutation.push_back(1);
  return transpose(input, permutation);
}

Value Emitter::toChannelsFirst(Value input) {
  if (!input || getRank(input) == 2)
    return input;
  SmallVector<int64_t> permutation = {0, getRank(input) - 1};
  llvm::append_range(permutation, llvm::seq<int64_t>(1, getRank(input) - 1));
  return transpose(input, permutation);
}

NamedAttribute Emitter::attribute(StringRef name, int64_t value) {
  return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
}
NamedAttribute Emitter::attribute(StringRef name, ArrayRef<int64_t> values) {
  return builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(values));
}
NamedAttribute Emitter::attribute(StringRef name, float value) {
  return builder.getNamedAttr(name, builder.getF32FloatAttr(value));
}
