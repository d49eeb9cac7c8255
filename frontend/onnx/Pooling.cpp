// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pools over windows and over whole images.
#include "frontend/onnx/Operators.h"
#include "frontend/onnx/Windows.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Sets the pads behind to what the windows reach: as many positions as ONNX counts, none of them
/// beyond.
void fitEndPads(Window &window, bool ceil) {
  for (int axis : {0, 1}) {
    int64_t positions = window.countPositions(axis, ceil);
    int64_t reached = (positions - 1) * window.strides[axis] + window.getDilatedExtent(axis);
    if (positions > 0)
      window.end[axis] = std::max<int64_t>(reached - window.input[axis] - window.begin[axis], 0);
  }
}

/// Windows that lie in padding alone have no maximum and no mean.
bool checkPads(Node &node, const Window &window) {
  for (int axis : {0, 1}) {
    int64_t extent = window.getDilatedExtent(axis);
    if (std::max(window.begin[axis], window.end[axis]) >= extent)
      return node.unsupported("pads [" + Twine(window.begin[axis]) + ", " +
                              Twine(window.end[axis]) + "] around windows of " + Twine(extent) +
                              ": a window would lie in padding alone"),
             false;
  }
  return true;
}

template <typename PoolOp> Value emitPool(Node &node, Value image, const Window &window) {
  if (!checkPads(node, window))
    return {};
  Emitter &emit = node.emit();
  Value result = emit.checked<PoolOp>(
      {image}, {emit.attribute("kernel", ArrayRef<int64_t>(window.kernel)),
                emit.attribute("strides", ArrayRef<int64_t>(window.strides)),
                emit.attribute("pads", ArrayRef<int64_t>(window.getPads())),
                emit.attribute("dilations", ArrayRef<int64_t>(window.dilations))});
  return fromImage(emit, result, getRank(node.getInput(0)));
}

Value importMaxPool(Node &node) {
  std::optional<Window> window = readWindow(node, {});
  bool ceil = node.getFlag("ceil_mode", false);
  node.ignoreAttribute("storage_order");
  if (!window)
    return {};
  if (node.hasOutput(1))
    return node.unsupported("output 'Indices'");
  if (!isFloat(node.getInput(0)))
    return node.unsupported("a pool of integers");
  fitEndPads(*window, ceil);
  return emitPool<MaxPool2dOp>(node, toImage(node.emit(), node.getInput(0)), *window);
}

/// Makes the padding that counts as zeros part of the image.
Value emitCountedPads(Emitter &emit, Value image, Window &window, bool ceil) {
  Window counted = window;
  fitEndPads(counted, ceil);
  Value zero = image ? emit.splat({}, getTensorType(image).getElementType(), 0) : Value();
  Value padded = emit.pad(image, {0, window.begin[0], window.begin[1], 0},
                          {0, window.end[0], window.end[1], 0}, zero);
  for (int axis : {0, 1}) {
    window.input[axis] += window.begin[axis] + window.end[axis];
    window.begin[axis] = 0;
    window.end[axis] = std::max<int64_t>(counted.end[axis] - window.end[axis], 0);
  }
  return padded;
}

Value importAveragePool(Node &node) {
  std::optional<Window> window = readWindow(node, {});
  bool ceil = node.getFlag("ceil_mode", false);
  bool countsPads = node.getFlag("count_include_pad", false);
  if (!window)
    return {};
  if (!isFloat(node.getInput(0)))
    return node.unsupported("a pool of integers");
  Value image = toImage(node.emit(), node.getInput(0));
  if (countsPads)
    image = emitCountedPads(node.emit(), image, *window, ceil);
  else
    fitEndPads(*window, ceil);
  return emitPool<AvgPool2dOp>(node, image, *window);
}

/// One number per channel, whatever the number of spatial dimensions.
template <Reduction kind> Value importGlobalPool(Node &node) {
  Value input = node.getInput(0);
  int64_t rank = getRank(input);
  if (rank < 3)
    return node.emit().reject("input of shape ", formatShape(getShape(input)),
                              " has no spatial dimensions");
  if (!isFloat(input))
    return node.unsupported("a pool of integers");
  Value channelsLast = node.emit().toChannelsLast(input);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(1, rank - 1));
  Value reduced = node.emit().reduce(kind, channelsLast, axes, /*keepDims=*/false);
  SmallVector<int64_t> shape(getShape(input).take_front(2));
  shape.append(rank - 2, 1);
  return node.emit().reshape(reduced, shape);
}

const Operator kOperators[] = {
    {"AveragePool", 1, 1, 1, importAveragePool},
    {"GlobalAveragePool", 1, 1, 1, importGlobalPool<Reduction::Mean>},
    {"GlobalMaxPool", 1, 1, 1, importGlobalPool<Reduction::Max>},
    {"MaxPool", 1, 1, 1, importMaxPool},
};

} // namespace

ArrayRef<Operator> frontend::getPooling() { return kOperators; }
