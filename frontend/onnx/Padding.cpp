// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pad: constants around a tensor, or its own elements once more.
#include "frontend/onnx/Operators.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Elements added before and behind each dimension; negative ones are cut off.
struct Pads {
  SmallVector<int64_t> low, high;
};

std::optional<SmallVector<int64_t>> readPadAxes(Node &node, int64_t rank) {
  if (node.getOpset() < 18 || !node.hasInput(3))
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  auto given = node.getIntegers(3, "the values of input 'axes'");
  if (!given || !node.normalizeAxes(*given, rank))
    return std::nullopt;
  for (int64_t &axis : *given)
    axis += axis < 0 ? rank : 0;
  return given;
}

std::optional<Pads> readPads(Node &node) {
  int64_t rank = getRank(node.getInput(0));
  std::optional<SmallVector<int64_t>> given;
  if (node.getOpset() < 11)
    given = SmallVector<int64_t>(node.getIntegers("pads"));
  else
    given = node.getIntegers(1, "the values of input 'pads'");
  std::optional<SmallVector<int64_t>> axes = readPadAxes(node, rank);
  if (!given || !axes)
    return std::nullopt;
  bool inRange =
      llvm::all_of(*given, [](int64_t pad) { return pad >= -kMaxElements && pad <= kMaxElements; });
  if (given->size() != 2 * axes->size() || !inRange) {
    node.emit().reject("pads [", ArrayRef<int64_t>(*given), "] do not fit ", axes->size(),
                       " dimensions");
    return std::nullopt;
  }
  Pads pads{SmallVector<int64_t>(rank, 0), SmallVector<int64_t>(rank, 0)};
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    pads.low[axis] = (*given)[i];
    pads.high[axis] = (*given)[axes->size() + i];
  }
  return pads;
}

/// The value to pad with, as a scalar tensor.
Value readPadValue(Node &node) {
  Emitter &emit = node.emit();
  Type type = getTensorType(node.getInput(0)).getElementType();
  if (node.getOpset() < 11)
    return emit.splat({}, type, node.getFloat("value", 0));
  Value value = node.getInput(2);
  if (!value)
    return emit.splat({}, type, 0);
  if (getTensorType(value).getNumElements() != 1 || getTensorType(value).getElementType() != type)
    return emit.reject("a pad value of type ", value.getType(), " does not fit elements ", type);
  return emit.reshape(value, {});
}

/// Cuts off what negative pads take away, and sets them to 0.
Value emitCrop(Emitter &emit, Value input, Pads &pads) {
  SmallVector<int64_t> offsets, sizes(getShape(input)), strides(sizes.size(), 1);
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    int64_t low = std::min<int64_t>(pads.low[axis], 0),
            high = std::min<int64_t>(pads.high[axis], 0);
    if (sizes[axis] + low + high < 0)
      return emit.reject("pads ", pads.low[axis], " and ", pads.high[axis], " take more than the ",
                         sizes[axis], " elements of dimension ", axis);
    offsets.push_back(-low);
    sizes[axis] += low + high;
    pads.low[axis] -= low;
    pads.high[axis] -= high;
  }
  return emit.slice(input, offsets, sizes, strides);
}

/// The source of position `i` (negative before the start) of a dimension.
int64_t mirror(int64_t i, int64_t extent) {
  int64_t period = std::max<int64_t>(2 * (extent - 1), 1);
  int64_t folded = ((i % period) + period) % period;
  return folded < extent ? folded : period - folded;
}

int64_t getSource(StringRef mode, int64_t i, int64_t extent) {
  if (mode == "edge")
    return std::clamp<int64_t>(i, 0, extent - 1);
  if (mode == "wrap")
    return ((i % extent) + extent) % extent;
  return mirror(i, extent);
}

/// Repeats elements of the tensor itself, dimension by dimension.
Value emitRepeated(Node &node, Value input, const Pads &pads, StringRef mode) {
  for (auto [axis, extent] : llvm::enumerate(SmallVector<int64_t>(getShape(input)))) {
    int64_t length = extent + pads.low[axis] + pads.high[axis];
    if (length == extent)
      continue;
    if (extent == 0)
      return node.emit().reject("dimension ", axis, " is empty: there is nothing to repeat");
    if (length > kMaxTableLength)
      return node.unsupported("a padded dimension of " + Twine(length) + " elements");
    SmallVector<int64_t> indices;
    for (int64_t i = -pads.low[axis]; i < extent + pads.high[axis]; ++i)
      indices.push_back(getSource(mode, i, extent));
    input = node.emit().pick(input, axis, indices);
    if (!input)
      return {};
  }
  return input;
}

Value importPad(Node &node) {
  StringRef mode = node.getOpset() < 19
                       ? node.getChoice("mode", {"constant", "reflect", "edge"})
                       : node.getChoice("mode", {"constant", "reflect", "edge", "wrap"});
  Value fill = readPadValue(node);
  std::optional<Pads> pads = readPads(node);
  if (!pads || !fill)
    return {};
  Value cropped = emitCrop(node.emit(), node.getInput(0), *pads);
  if (!cropped || mode != "constant")
    return cropped ? emitRepeated(node, cropped, *pads, mode) : Value();
  return node.emit().pad(cropped, pads->low, pads->high, fill);
}

const Operator kOperators[] = {
    {"Pad", 2, 1, 4, importPad},
};

} // namespace

ArrayRef<Operator> frontend::getPadding() { return kOperators; }
