// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of tensors, and tensors from parts.
#include "dialects/nnc/Constants.h"
#include "frontend/onnx/Operators.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

Value importConcat(Node &node) {
  int64_t rank = getRank(node.getInput(0));
  if (!node.hasAttribute("axis"))
    return node.emit().reject("attribute 'axis' is missing");
  std::optional<int64_t> axis = node.normalizeAxis(node.getInteger("axis", 0), rank);
  return axis ? node.emit().concat(node.getInputs(), *axis) : Value();
}

//===--- Split ------------------------------------------------------------------------------===//

/// The extents of the parts; std::nullopt after a report.
std::optional<SmallVector<int64_t>> readParts(Node &node, int64_t extent) {
  int64_t count = node.getNumOutputs();
  if (node.getOpset() < 13 && node.hasAttribute("split"))
    return SmallVector<int64_t>(node.getIntegers("split"));
  if (node.getOpset() >= 13 && node.hasInput(1))
    return node.getIntegers(1, "the values of input 'split'");
  if (node.getOpset() >= 18 && node.getInteger("num_outputs", count) != count) {
    node.emit().reject("attribute 'num_outputs' is ", node.getInteger("num_outputs", count),
                       ", but there are ", count, " outputs");
    return std::nullopt;
  }
  int64_t part = llvm::divideCeil(extent, count);
  SmallVector<int64_t> parts(count, part);
  parts.back() = extent - part * (count - 1);
  if (parts.back() != part && node.getOpset() < 18)
    parts.back() = -1;
  return parts;
}

Value importSplit(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  std::optional<int64_t> axis = node.normalizeAxis(node.getInteger("axis", 0), getRank(input));
  if (!axis)
    return {};
  int64_t extent = getShape(input)[*axis], offset = 0;
  std::optional<SmallVector<int64_t>> parts = readParts(node, extent);
  if (!parts)
    return {};
  bool fits = parts->size() == node.getNumOutputs();
  for (int64_t part : *parts) {
    fits &= part >= 0 && part <= extent - offset;
    offset += fits ? part : 0;
  }
  if (!fits || offset != extent)
    return emit.reject(extent, " elements of dimension ", *axis, " do not split into ",
                       node.getNumOutputs(), " parts [", ArrayRef<int64_t>(*parts), "]");
  offset = 0;
  Value first;
  for (auto [index, part] : llvm::enumerate(*parts)) {
    Value slice = emit.sliceAxis(input, *axis, offset, part);
    node.setOutput(index, slice);
    first = index == 0 ? slice : first;
    offset += part;
  }
  return first;
}

//===--- Slice ------------------------------------------------------------------------------===//

struct SliceBounds {
  SmallVector<int64_t> starts, ends, axes, steps;
};

std::optional<SliceBounds> readSliceBounds(Node &node) {
  std::optional<SmallVector<int64_t>> starts, ends, axes, steps;
  auto read = [&](unsigned index, StringRef name, bool optional) {
    if (node.getOpset() < 10 && !optional && !node.hasAttribute(name))
      node.emit().reject("attribute '", name, "' is missing");
    if (node.getOpset() < 10)
      return std::optional(SmallVector<int64_t>(node.getIntegers(name)));
    if (optional && !node.hasInput(index))
      return std::optional(SmallVector<int64_t>());
    return node.getIntegers(index, ("the values of input '" + name + "'").str());
  };
  starts = read(1, "starts", false);
  ends = read(2, "ends", false);
  axes = read(3, "axes", true);
  steps = node.getOpset() < 10 ? SmallVector<int64_t>() : read(4, "steps", true);
  if (!starts || !ends || !axes || !steps)
    return std::nullopt;
  if (axes->empty())
    llvm::append_range(*axes, llvm::seq<int64_t>(0, starts->size()));
  if (steps->empty())
    steps->assign(starts->size(), 1);
  if (starts->size() == ends->size() && starts->size() == axes->size() &&
      starts->size() == steps->size())
    return SliceBounds{*starts, *ends, *axes, *steps};
  node.emit().reject("starts, ends, axes and steps have ", starts->size(), ", ", ends->size(), ", ",
                     axes->size(), " and ", steps->size(), " elements");
  return std::nullopt;
}

/// One dimension's slice: `size` elements from `offset` on, `step` apart.
struct Range {
  int64_t offset, size, step;
};

/// How many elements `step` apart lie in `length`.
int64_t countSteps(int64_t length, int64_t step) {
  return length > 0 ? static_cast<int64_t>(llvm::divideCeil(length, step)) : 0;
}

/// Bounds count from the end where negative, and are clamped to the dimension.
Range resolveRange(int64_t start, int64_t end, int64_t step, int64_t extent) {
  step = std::clamp<int64_t>(step, -kMaxElements, kMaxElements);
  start += start < 0 ? extent : 0;
  end += end < 0 ? extent : 0;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, extent);
    end = std::clamp<int64_t>(end, 0, extent);
    return {start, countSteps(end - start, step), step};
  }
  start = std::clamp<int64_t>(start, -1, extent - 1);
  end = std::clamp<int64_t>(end, -1, extent - 1);
  return {start, countSteps(start - end, -step), step};
}

/// A slice backwards picks its elements by a table.
Value emitBackwards(Node &node, Value input, int64_t axis, const Range &range) {
  if (range.size > kMaxTableLength)
    return node.unsupported("a slice backwards over " + Twine(range.size) + " elements");
  SmallVector<int64_t> indices;
  for (int64_t i = 0; i < range.size; ++i)
    indices.push_back(range.offset + i * range.step);
  return node.emit().pick(input, axis, indices);
}

Value importSlice(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  std::optional<SliceBounds> bounds = readSliceBounds(node);
  if (!bounds || !node.normalizeAxes(bounds->axes, getRank(input)))
    return {};
  SmallVector<int64_t> offsets(getRank(input), 0), sizes(getShape(input)),
      strides(getRank(input), 1);
  for (size_t i = 0; i < bounds->axes.size(); ++i) {
    int64_t axis = *node.normalizeAxis(bounds->axes[i], getRank(input));
    if (bounds->steps[i] == 0)
      return emit.reject("a step is 0");
    Range range = resolveRange(bounds->starts[i], bounds->ends[i], bounds->steps[i],
                               getShape(node.getInput(0))[axis]);
    if (range.step < 0)
      input = emitBackwards(node, input, axis, range);
    if (!input)
      return {};
    sizes[axis] = range.size;
    offsets[axis] = range.step < 0 ? 0 : range.offset;
    strides[axis] = range.step < 0 || range.size <= 1 ? 1 : range.step;
  }
  return emit.slice(input, offsets, sizes, strides);
}

//===--- Gather -----------------------------------------------------------------------------===//

/// Indices from 0 on: known ones are checked, computed ones are counted from the end where
/// negative.
Value normalizeIndices(Node &node, Value indices, int64_t extent) {
  Emitter &emit = node.emit();
  Value shifted = emit.select(emit.compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt,
                                           indices, emit.splatLike(indices, 0)),
                              emit.add(indices, emit.splatLike(indices, extent)), indices);
  ElementsAttr known = getConstant(indices);
  if (!known)
    return shifted;
  auto values = nnc::getIntegers(known);
  if (!values)
    return emit.reject("indices must be integers");
  bool anyNegative = false;
  for (int64_t index : *values) {
    if (index < -extent || index >= extent)
      return emit.reject("index ", index, " is out of range for ", extent, " elements");
    anyNegative |= index < 0;
  }
  return anyNegative ? shifted : indices;
}

Value importGather(Node &node) {
  Value input = node.getInput(0), indices = node.getInput(1);
  std::optional<int64_t> axis = node.normalizeAxis(node.getInteger("axis", 0), getRank(input));
  if (!axis)
    return {};
  Type type = getTensorType(indices).getElementType();
  if (!type.isInteger(32) && !type.isInteger(64))
    return node.emit().reject("indices of type ", indices.getType(), " are not int32 or int64");
  Value normalized = normalizeIndices(node, indices, getShape(input)[*axis]);
  if (!normalized || getShape(input)[*axis] != 1 || getTensorType(indices).getNumElements() != 1)
    return node.emit().gather(input, normalized, *axis);
  // The only slice: no element moves.
  SmallVector<int64_t> shape(getShape(input).take_front(*axis));
  llvm::append_range(shape, getShape(indices));
  llvm::append_range(shape, getShape(input).drop_front(*axis + 1));
  return node.emit().reshape(input, shape);
}

//===--- Trilu ------------------------------------------------------------------------------===//

/// A mask of the last two dimensions: whether column - row is at least `diagonal`.
Value emitTriangle(Node &node, int64_t rows, int64_t columns, int64_t diagonal) {
  Emitter &emit = node.emit();
  auto count = [&](int64_t extent) { return llvm::to_vector(llvm::seq<int64_t>(0, extent)); };
  if (std::max(rows, columns) > kMaxTableLength)
    return node.unsupported("a triangle of " + Twine(rows) + " rows");
  Value row = emit.reshape(emit.integers(count(rows)), {rows, 1});
  Value start = emit.add(row, emit.splat({}, emit.getBuilder().getI64Type(), diagonal));
  return emit.compare(arith::CmpFPredicate::OGE, arith::CmpIPredicate::sge,
                      emit.integers(count(columns)), start);
}

Value importTrilu(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  bool upper = node.getFlag("upper", true);
  std::optional<SmallVector<int64_t>> diagonal = SmallVector<int64_t>{0};
  if (node.hasInput(1))
    diagonal = node.getIntegers(1, "the values of input 'k'");
  if (!diagonal)
    return {};
  if (getRank(input) < 2 || diagonal->size() != 1)
    return emit.reject("input of shape ", formatShape(getShape(input)), " has no triangle");
  int64_t k = std::clamp<int64_t>(diagonal->front(), -kMaxElements, kMaxElements);
  ArrayRef<int64_t> shape = getShape(input).take_back(2);
  Value isUpper = emitTriangle(node, shape[0], shape[1], upper ? k : k + 1);
  Value zero = emit.splatLike(input, 0);
  return upper ? emit.select(isUpper, input, zero) : emit.select(isUpper, zero, input);
}

const Operator kOperators[] = {
    {"Concat", 4, 1, kAnyNumber, importConcat},
    {"Gather", 1, 2, 2, importGather},
    {"Slice", 1, 1, 5, importSlice},
    {"Split", 2, 1, 2, importSplit},
    {"Trilu", 14, 1, 2, importTrilu},
};

} // namespace

ArrayRef<Operator> frontend::getSlices() { return kOperators; }
