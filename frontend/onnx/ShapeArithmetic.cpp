// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/ShapeArithmetic.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nnc;

namespace {

using Index = SmallVector<int64_t>;
using Elements = SmallVector<Attribute>;

/// A small constant, element by element.
struct Table {
  SmallVector<int64_t> shape;
  Elements elements;

  Attribute at(ArrayRef<int64_t> index) const {
    int64_t position = 0;
    for (auto [extent, i] : llvm::zip_equal(shape, index))
      position = position * extent + i;
    return elements[position];
  }
};

std::optional<Table> readTable(Attribute attribute) {
  auto dense = dyn_cast_or_null<DenseElementsAttr>(attribute);
  if (!dense || dense.getNumElements() > kMaxElementsAsText)
    return std::nullopt;
  return Table{SmallVector<int64_t>(dense.getType().getShape()),
               Elements(dense.getValues<Attribute>())};
}

/// Visits all positions of `shape` in row-major order.
void forEachIndex(ArrayRef<int64_t> shape, function_ref<void(ArrayRef<int64_t>)> visit) {
  int64_t count = ShapedType::getNumElements(shape);
  Index index(shape.size(), 0);
  for (int64_t position = 0; position < count; ++position) {
    visit(index);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

Elements transposeTable(TransposeOp op, ArrayRef<int64_t> shape, const Table &input) {
  Elements result;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    Index source(index.size());
    for (auto [axis, from] : llvm::enumerate(op.getPermutation()))
      source[from] = index[axis];
    result.push_back(input.at(source));
  });
  return result;
}

Elements broadcastTable(ArrayRef<int64_t> shape, const Table &input) {
  Elements result;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    Index source(index.take_back(input.shape.size()));
    for (auto [i, extent] : llvm::zip_equal(source, input.shape))
      i = extent == 1 ? 0 : i;
    result.push_back(input.at(source));
  });
  return result;
}

Elements gatherTable(GatherOp op, ArrayRef<int64_t> shape, const Table &input,
                     const Table &indices) {
  Elements result;
  int64_t axis = op.getAxis(), extent = input.shape[axis];
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    Index source(index.take_front(axis));
    ArrayRef<int64_t> inTable = index.slice(axis, indices.shape.size());
    int64_t picked = cast<IntegerAttr>(indices.at(inTable)).getInt();
    source.push_back(std::clamp<int64_t>(picked, 0, std::max<int64_t>(extent - 1, 0)));
    source.append(index.begin() + axis + inTable.size(), index.end());
    result.push_back(input.at(source));
  });
  return result;
}

Elements sliceTable(tensor::ExtractSliceOp op, ArrayRef<int64_t> shape, const Table &input) {
  Elements result;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    Index source(index);
    for (auto [axis, i] : llvm::enumerate(source))
      i = op.getStaticOffset(axis) + i * op.getStaticStride(axis);
    result.push_back(input.at(source));
  });
  return result;
}

Elements concatTables(tensor::ConcatOp op, ArrayRef<int64_t> shape, ArrayRef<Table> inputs) {
  Elements result;
  int64_t axis = op.getDim();
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    Index source(index);
    const Table *input = inputs.begin();
    for (; source[axis] >= input->shape[axis]; ++input)
      source[axis] -= input->shape[axis];
    result.push_back(input->at(source));
  });
  return result;
}

APInt combine(Reduction kind, const APInt &a, const APInt &b) {
  switch (kind) {
  case Reduction::Sum:
    return a + b;
  case Reduction::Product:
    return a * b;
  case Reduction::Max:
    return a.sgt(b) ? a : b;
  default:
    return a.slt(b) ? a : b;
  }
}

APFloat combine(Reduction kind, const APFloat &a, const APFloat &b) {
  switch (kind) {
  case Reduction::Product:
    return a * b;
  case Reduction::Max:
    return llvm::maximum(a, b);
  case Reduction::Min:
    return llvm::minimum(a, b);
  default:
    return a + b;
  }
}

Attribute combine(Reduction kind, Attribute a, Attribute b) {
  if (auto integer = dyn_cast<IntegerAttr>(a))
    return IntegerAttr::get(integer.getType(),
                            combine(kind, integer.getValue(), cast<IntegerAttr>(b).getValue()));
  auto number = cast<FloatAttr>(a);
  return FloatAttr::get(number.getType(),
                        combine(kind, number.getValue(), cast<FloatAttr>(b).getValue()));
}

std::optional<Elements> reduceTable(ReduceOp op, ArrayRef<int64_t> shape, const Table &input) {
  if (input.elements.empty() || op.getKind() == Reduction::Mean)
    return std::nullopt;
  std::map<Index, Attribute> results;
  forEachIndex(input.shape, [&](ArrayRef<int64_t> index) {
    Index target;
    for (auto [axis, i] : llvm::enumerate(index))
      if (!llvm::is_contained(op.getAxes(), static_cast<int64_t>(axis)))
        target.push_back(i);
    Attribute &result = results[target];
    result = result ? combine(op.getKind(), result, input.at(index)) : input.at(index);
  });
  return llvm::map_to_vector(results, [](auto &entry) { return entry.second; });
}

/// Element-wise operations fold their scalars.
std::optional<Elements> mapTables(Operation *op, ArrayRef<Table> inputs) {
  Elements result;
  for (size_t i = 0; i < inputs.front().elements.size(); ++i) {
    Elements operands = llvm::map_to_vector(inputs, [&](const Table &t) { return t.elements[i]; });
    SmallVector<OpFoldResult> folded;
    if (failed(op->fold(operands, folded)) || folded.size() != 1)
      return std::nullopt;
    auto element = dyn_cast_if_present<TypedAttr>(dyn_cast<Attribute>(folded.front()));
    if (!element || element.getType() != getElementTypeOrSelf(op->getResult(0).getType()))
      return std::nullopt;
    result.push_back(element);
  }
  return result;
}

std::optional<Elements> computeTable(Operation *op, ArrayRef<int64_t> shape,
                                     ArrayRef<Table> inputs) {
  using Result = std::optional<Elements>;
  bool sameShapes = llvm::all_of(inputs, [&](const Table &input) { return input.shape == shape; });
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](TransposeOp transpose) { return transposeTable(transpose, shape, inputs[0]); })
      .Case([&](BroadcastOp) { return broadcastTable(shape, inputs[0]); })
      .Case([&](GatherOp gather) { return gatherTable(gather, shape, inputs[0], inputs[1]); })
      .Case([&](tensor::ExtractSliceOp slice) { return sliceTable(slice, shape, inputs[0]); })
      .Case([&](tensor::ConcatOp concat) { return concatTables(concat, shape, inputs); })
      .Case([&](ReduceOp reduce) { return reduceTable(reduce, shape, inputs[0]); })
      .Default([&](Operation *other) -> Result {
        if (other->hasTrait<OpTrait::Elementwise>() && sameShapes)
          return mapTables(other, inputs);
        return std::nullopt;
      });
}

/// What the operation's own folder makes of constants; it works on splats of any size.
ElementsAttr foldWhole(Operation *op, ArrayRef<Attribute> operands) {
  SmallVector<OpFoldResult> folded;
  if (failed(op->fold(operands, folded)) || folded.size() != 1)
    return {};
  ElementsAttr result;
  if (auto value = dyn_cast<Value>(folded.front()))
    result = getConstant(value);
  else
    result = dyn_cast_if_present<ElementsAttr>(cast<Attribute>(folded.front()));
  return result && result.getType() == op->getResult(0).getType() ? result : ElementsAttr();
}

} // namespace

ElementsAttr frontend::evaluate(Operation *op) {
  SmallVector<Attribute> operands = llvm::map_to_vector(
      op->getOperands(), [](Value operand) -> Attribute { return getConstant(operand); });
  if (operands.empty() || llvm::is_contained(operands, Attribute()))
    return {};
  if (ElementsAttr folded = foldWhole(op, operands))
    return folded;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<Table> inputs;
  for (Attribute operand : operands) {
    std::optional<Table> table = readTable(operand);
    if (!table)
      return {};
    inputs.push_back(std::move(*table));
  }
  if (type.getNumElements() > kMaxElementsAsText)
    return {};
  std::optional<Elements> elements = computeTable(op, type.getShape(), inputs);
  if (!elements)
    return {};
  if (!elements->empty() && llvm::all_equal(*elements))
    elements->resize(1);
  return DenseElementsAttr::get(type, *elements);
}
