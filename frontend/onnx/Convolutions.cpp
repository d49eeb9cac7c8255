// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions and their transposes.
#include "frontend/onnx/Operators.h"
#include "frontend/onnx/Windows.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Checks what all convolutions ask of their operands; false after a report.
bool checkOperands(Node &node) {
  Value input = node.getInput(0), filter = node.getInput(1), bias = node.getInput(2);
  if (getRank(filter) != getRank(input))
    return node.emit().reject("filter of shape ", formatShape(getShape(filter)),
                              " does not fit input of shape ", formatShape(getShape(input))),
           false;
  if (bias && getRank(bias) != 1)
    return node.emit().reject("bias of shape ", formatShape(getShape(bias)),
                              " is not one-dimensional"),
           false;
  Type type = getTensorType(input).getElementType();
  for (Value other : {filter, bias ? bias : filter})
    if (getTensorType(other).getElementType() != type)
      return node.emit().reject("operands have types ", input.getType(), " and ", other.getType()),
             false;
  if (!isFloat(input))
    return node.unsupported("a convolution of integers"), false;
  return true;
}

/// The filter with a row dimension, its dimensions in the order `permutation`.
Value emitFilter(Emitter &emit, Value filter, ArrayRef<int64_t> permutation) {
  ArrayRef<int64_t> shape = getShape(filter);
  if (shape.size() == 3)
    filter = emit.reshape(filter, {shape[0], shape[1], 1, shape[2]});
  return emit.transpose(filter, permutation);
}

SmallVector<NamedAttribute> getWindowAttributes(Emitter &emit, const Window &window) {
  return {emit.attribute("strides", ArrayRef<int64_t>(window.strides)),
          emit.attribute("pads", ArrayRef<int64_t>(window.getPads())),
          emit.attribute("dilations", ArrayRef<int64_t>(window.dilations))};
}

Value importConv(Node &node) {
  if (getRank(node.getInput(0)) <= 4 && !checkOperands(node))
    return {};
  ArrayRef<int64_t> kernel = getShape(node.getInput(1));
  std::optional<Window> window =
      readWindow(node, kernel.drop_front(std::min<size_t>(2, kernel.size())));
  if (!window)
    return {};
  Emitter &emit = node.emit();
  SmallVector<Value> operands = {toImage(emit, node.getInput(0)),
                                 emitFilter(emit, node.getInput(1), {2, 3, 1, 0})};
  if (Value bias = node.getInput(2))
    operands.push_back(bias);
  SmallVector<NamedAttribute> attributes = getWindowAttributes(emit, *window);
  attributes.push_back(emit.attribute("groups", node.getInteger("group", 1)));
  Value result = emit.checked<Conv2dOp>(operands, attributes);
  return fromImage(emit, result, getRank(node.getInput(0)));
}

/// One number per spatial dimension, with one for the added row; empty where the attribute is
/// absent.
SmallVector<int64_t> readSpatial(Node &node, StringRef name, int64_t ofRow) {
  SmallVector<int64_t> numbers(node.getIntegers(name));
  if (numbers.empty())
    return {};
  size_t expected = getRank(node.getInput(0)) - 2;
  bool inRange = llvm::all_of(numbers, [](int64_t n) { return n >= 0 && n <= kMaxElements; });
  if (numbers.size() != expected || !inRange)
    node.emit().reject("attribute '", name, "' must be ", expected, " numbers of at least 0");
  numbers.resize(expected, 0);
  if (expected == 1)
    numbers.insert(numbers.begin(), ofRow);
  return numbers;
}

/// Pads such that the result has `output` rows and columns: takes away, or adds behind what the
/// filter reaches.
void padToOutput(Node &node, Window &window, ArrayRef<int64_t> output,
                 MutableArrayRef<int64_t> added) {
  bool upper =
      node.getChoice("auto_pad", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}) == "SAME_UPPER";
  for (int axis : {0, 1}) {
    int64_t full = window.strides[axis] * (window.input[axis] - 1) + added[axis] +
                   window.getDilatedExtent(axis);
    int64_t total = std::max<int64_t>(full - output[axis], 0);
    added[axis] += std::max<int64_t>(output[axis] - full, 0);
    window.begin[axis] = upper ? total / 2 : total - total / 2;
    window.end[axis] = total - window.begin[axis];
  }
}

/// Fills in the pads that `output_shape` or `auto_pad` ask for.
void resolveTransposedPads(Node &node, Window &window, MutableArrayRef<int64_t> added) {
  SmallVector<int64_t> output = readSpatial(node, "output_shape", 1);
  StringRef mode = node.getChoice("auto_pad", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"});
  if (output.empty() && mode.starts_with("SAME"))
    for (int axis : {0, 1})
      output.push_back(window.input[axis] * window.strides[axis]);
  if (!output.empty())
    padToOutput(node, window, output, added);
}

Value importConvTranspose(Node &node) {
  if (getRank(node.getInput(0)) <= 4 && !checkOperands(node))
    return {};
  ArrayRef<int64_t> kernel = getShape(node.getInput(1));
  std::optional<Window> window = readWindow(
      node, kernel.drop_front(std::min<size_t>(2, kernel.size())), /*resolveSame=*/false);
  if (!window)
    return {};
  SmallVector<int64_t> added = readSpatial(node, "output_padding", 0);
  if (added.empty())
    added = {0, 0};
  resolveTransposedPads(node, *window, added);
  Emitter &emit = node.emit();
  SmallVector<Value> operands = {toImage(emit, node.getInput(0)),
                                 emitFilter(emit, node.getInput(1), {2, 3, 0, 1})};
  if (Value bias = node.getInput(2))
    operands.push_back(bias);
  SmallVector<NamedAttribute> attributes = getWindowAttributes(emit, *window);
  attributes.push_back(emit.attribute("output_padding", ArrayRef<int64_t>(added)));
  attributes.push_back(emit.attribute("groups", node.getInteger("group", 1)));
  Value result = emit.checked<ConvTranspose2dOp>(operands, attributes);
  return fromImage(emit, result, getRank(node.getInput(0)));
}

const Operator kOperators[] = {
    {"Conv", 1, 2, 3, importConv},
    {"ConvTranspose", 1, 2, 3, importConvTranspose},
};

} // namespace

ArrayRef<Operator> frontend::getConvolutions() { return kOperators; }
