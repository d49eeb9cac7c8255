// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants, and numbers that describe tensors.
#include "dialects/nnc/Constants.h"
#include "frontend/onnx/Operators.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

Value emitElements(Emitter &emit, ArrayRef<int64_t> shape, ArrayRef<Attribute> elements,
                   Type type) {
  return emit.constant(DenseElementsAttr::get(RankedTensorType::get(shape, type), elements));
}

Value importConstant(Node &node) {
  Emitter &emit = node.emit();
  OpBuilder &builder = emit.getBuilder();
  bool isUnsigned = false;
  if (ElementsAttr value = node.getTensor("value", isUnsigned)) {
    node.setUnsigned(isUnsigned);
    return emit.constant(value);
  }
  if (node.hasAttribute("value"))
    return {};
  if (node.hasAttribute("value_float"))
    return emit.splat({}, builder.getF32Type(), node.getFloat("value_float", 0));
  if (node.hasAttribute("value_int"))
    return emitElements(emit, {}, builder.getI64IntegerAttr(node.getInteger("value_int", 0)),
                        builder.getI64Type());
  if (node.hasAttribute("value_floats"))
    return emit.floats(node.getFloats("value_floats"), builder.getF32Type());
  if (node.hasAttribute("value_ints"))
    return emit.integers(node.getIntegers("value_ints"));
  for (StringRef name : {"sparse_value", "value_string", "value_strings"})
    if (node.hasAttribute(name))
      return node.unsupported("attribute '" + name + "'");
  return emit.reject("attribute 'value' is missing");
}

Value importConstantOfShape(Node &node) {
  Emitter &emit = node.emit();
  bool isUnsigned = false;
  ElementsAttr value = node.getTensor("value", isUnsigned);
  auto shape = node.getIntegers(0, "the values of input 'input'");
  if (!shape || (!value && node.hasAttribute("value")))
    return {};
  if (!countElements(*shape))
    return emit.reject("shape [", ArrayRef<int64_t>(*shape), "] is negative or too large");
  if (!value)
    return emit.splat(*shape, emit.getBuilder().getF32Type(), 0);
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense || dense.getNumElements() != 1)
    return emit.reject("attribute 'value' has ", value.getNumElements(), " elements instead of 1");
  node.setUnsigned(isUnsigned);
  return emit.constant(dense.resizeSplat(RankedTensorType::get(*shape, dense.getElementType())));
}

Value importShape(Node &node) {
  ArrayRef<int64_t> shape = getShape(node.getInput(0));
  int64_t rank = shape.size(), start = 0, end = rank;
  if (node.getOpset() >= 15) {
    start = node.getInteger("start", 0);
    end = node.getInteger("end", rank);
  }
  auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  start = clamp(start);
  end = std::max(clamp(end), start);
  node.setUnsigned(false);
  return node.emit().integers(shape.slice(start, end - start));
}

Value importSize(Node &node) {
  OpBuilder &builder = node.emit().getBuilder();
  int64_t count = getTensorType(node.getInput(0)).getNumElements();
  return emitElements(node.emit(), {}, builder.getI64IntegerAttr(count), builder.getI64Type());
}

/// The only element of a constant input; null after a report.
Attribute getScalar(Node &node, unsigned index) {
  auto constant = dyn_cast_or_null<DenseElementsAttr>(getConstant(node.getInput(index)));
  if (constant && constant.getNumElements() == 1)
    return constant.getSplatValue<Attribute>();
  if (constant)
    node.emit().reject("input ", index, " is not a scalar");
  else
    node.unsupported("bounds that are computed from the model's input");
  return {};
}

/// ceil((limit - start) / delta), at least 0; std::nullopt where that is no number.
std::optional<double> countSteps(double start, double limit, double delta) {
  double steps = std::ceil((limit - start) / delta);
  if (std::isnan(steps) || delta == 0)
    return std::nullopt;
  return std::max(steps, 0.0);
}

Value importRange(Node &node) {
  Emitter &emit = node.emit();
  if (node.getOpset() >= 27)
    node.ignoreAttribute("stash_type");
  Attribute start = getScalar(node, 0), limit = getScalar(node, 1), delta = getScalar(node, 2);
  if (!start || !limit || !delta)
    return {};
  Type type = cast<TypedAttr>(start).getType();
  if (type != cast<TypedAttr>(limit).getType() || type != cast<TypedAttr>(delta).getType())
    return emit.reject("start, limit and delta have different types");
  auto toDouble = [](Attribute attribute) {
    if (auto integer = dyn_cast<IntegerAttr>(attribute))
      return static_cast<double>(integer.getValue().getSExtValue());
    return cast<FloatAttr>(attribute).getValueAsDouble();
  };
  auto steps = countSteps(toDouble(start), toDouble(limit), toDouble(delta));
  if (!steps || *steps > kMaxTableLength)
    return emit.reject("a range from ", start, " to ", limit, " in steps of ", delta,
                       " is not possible");
  SmallVector<int64_t> positions = llvm::to_vector(llvm::seq<int64_t>(0, *steps));
  Value index = emit.cast(emit.integers(positions), type, false, node.isUnsigned(0));
  Value offset = emit.mul(index, emitElements(emit, {}, delta, type));
  return emit.add(offset, emitElements(emit, {}, start, type));
}

Value importEyeLike(Node &node) {
  Emitter &emit = node.emit();
  int64_t diagonal = node.getInteger("k", 0);
  Type type = getTensorType(node.getInput(0)).getElementType();
  if (node.hasAttribute("dtype")) {
    FailureOr<ElementType> given = node.getElementType(node.getInteger("dtype", 1));
    if (failed(given))
      return {};
    type = given->type;
  }
  ArrayRef<int64_t> shape = getShape(node.getInput(0));
  if (shape.size() != 2 || std::max(shape[0], shape[1]) > kMaxTableLength)
    return emit.reject("input of shape ", formatShape(shape), " is not a matrix");
  auto rows = llvm::to_vector(llvm::seq<int64_t>(0, shape[0]));
  auto columns = llvm::to_vector(llvm::seq<int64_t>(0, shape[1]));
  for (int64_t &column : columns)
    column -= std::clamp(diagonal, -kMaxElements, kMaxElements);
  Value equal =
      emit.compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq,
                   emit.reshape(emit.integers(rows), {shape[0], 1}), emit.integers(columns));
  return emit.cast(equal, type, true, false);
}

const Operator kOperators[] = {
    {"Constant", 1, 0, 0, importConstant}, {"ConstantOfShape", 9, 1, 1, importConstantOfShape},
    {"EyeLike", 9, 1, 1, importEyeLike},   {"Range", 11, 3, 3, importRange},
    {"Shape", 1, 1, 1, importShape},       {"Size", 1, 1, 1, importSize},
};

} // namespace

ArrayRef<Operator> frontend::getCreation() { return kOperators; }
