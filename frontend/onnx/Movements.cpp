// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Other shapes and orders of the same elements.
#include "frontend/onnx/Operators.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Axes from an attribute, or from input 1 since version 13, as numbers from 0 to `rank` - 1 in
/// order; `otherwise` where there are none. `rank` may depend on how many there are. std::nullopt
/// after a report.
std::optional<SmallVector<int64_t>> readAxes(Node &node, bool addsAxes,
                                             std::optional<SmallVector<int64_t>> otherwise) {
  bool fromInput = node.getOpset() >= 13;
  std::optional<SmallVector<int64_t>> axes;
  if (fromInput ? !node.hasInput(1) : !node.hasAttribute("axes")) {
    if (!otherwise)
      node.emit().reject("the axes are missing");
    return otherwise;
  }
  if (fromInput)
    axes = node.getIntegers(1, "the values of input 'axes'");
  else
    axes = SmallVector<int64_t>(node.getIntegers("axes"));
  if (!axes)
    return std::nullopt;
  int64_t rank = getRank(node.getInput(0));
  return node.normalizeAxes(*axes, addsAxes ? rank + axes->size() : rank);
}

/// Resolves the 0 (the input's extent) and -1 (what remains) of a Reshape.
Value importReshape(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  bool allowsZero = node.getOpset() >= 14 && node.getFlag("allowzero", false);
  auto shape = node.getIntegers(1, "the values of input 'shape'");
  if (!shape)
    return {};
  int64_t known = 1, unknownAxis = -1;
  for (auto [axis, extent] : llvm::enumerate(*shape)) {
    if (extent == 0 && !allowsZero && axis < getShape(input).size())
      extent = getShape(input)[axis];
    if (extent == -1 && unknownAxis < 0)
      unknownAxis = axis;
    else if (extent < 0 || llvm::MulOverflow(known, extent, known))
      return emit.reject("shape [", ArrayRef<int64_t>(*shape), "] is not valid");
  }
  int64_t count = getTensorType(input).getNumElements();
  if (unknownAxis >= 0 && (known == 0 || count % known != 0))
    return emit.reject(count, " elements cannot become shape [", ArrayRef<int64_t>(*shape), "]");
  if (unknownAxis >= 0)
    (*shape)[unknownAxis] = count / known;
  return emit.reshape(input, *shape);
}

Value importFlatten(Node &node) {
  Value input = node.getInput(0);
  int64_t given = node.getInteger("axis", 1), rank = getRank(input);
  std::optional<int64_t> axis = given == rank ? rank : node.normalizeAxis(given, rank);
  if (!axis)
    return {};
  ArrayRef<int64_t> shape = getShape(input);
  return node.emit().reshape(input,
                             {product(shape.take_front(*axis)), product(shape.drop_front(*axis))});
}

Value importSqueeze(Node &node) {
  Emitter &emit = node.emit();
  ArrayRef<int64_t> extents = getShape(node.getInput(0));
  SmallVector<int64_t> ones, shape;
  for (auto [axis, extent] : llvm::enumerate(extents))
    if (extent == 1)
      ones.push_back(axis);
  std::optional<SmallVector<int64_t>> axes = readAxes(node, /*addsAxes=*/false, ones);
  if (!axes)
    return {};
  for (int64_t axis : *axes)
    if (extents[axis] != 1)
      return emit.reject("dimension ", axis, " has ", extents[axis],
                         " elements and cannot be squeezed");
  for (auto [axis, extent] : llvm::enumerate(extents))
    if (!llvm::is_contained(*axes, static_cast<int64_t>(axis)))
      shape.push_back(extent);
  return emit.reshape(node.getInput(0), shape);
}

Value importUnsqueeze(Node &node) {
  std::optional<SmallVector<int64_t>> axes = readAxes(node, /*addsAxes=*/true, std::nullopt);
  if (!axes)
    return {};
  SmallVector<int64_t> shape(getShape(node.getInput(0)));
  for (int64_t axis : *axes)
    shape.insert(shape.begin() + axis, 1);
  return node.emit().reshape(node.getInput(0), shape);
}

Value importTranspose(Node &node) {
  Value input = node.getInput(0);
  SmallVector<int64_t> permutation(node.getIntegers("perm"));
  if (!node.hasAttribute("perm"))
    permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, getRank(input))));
  return node.emit().transpose(input, permutation);
}

Value importExpand(Node &node) {
  auto shape = node.getIntegers(1, "the values of input 'shape'");
  if (!shape)
    return {};
  Value input = node.getInput(0);
  auto common = broadcastShapes(getShape(input), *shape);
  if (!common || !countElements(*common))
    return node.emit().reject("shape ", formatShape(getShape(input)), " does not expand to [",
                              ArrayRef<int64_t>(*shape), "]");
  return node.emit().broadcast(input, *common);
}

/// Repeats through new dimensions before each of the input's.
Value importTile(Node &node) {
  Emitter &emit = node.emit();
  auto repeats = node.getIntegers(1, "the values of input 'repeats'");
  if (!repeats)
    return {};
  ArrayRef<int64_t> shape = getShape(node.getInput(0));
  bool inRange = llvm::all_of(*repeats, [](int64_t n) { return n >= 0 && n <= kMaxElements; });
  if (repeats->size() != shape.size() || !inRange)
    return emit.reject("repeats [", ArrayRef<int64_t>(*repeats), "] do not fit shape ",
                       formatShape(shape));
  SmallVector<int64_t> single, repeated, result;
  for (auto [extent, times] : llvm::zip_equal(shape, *repeats)) {
    single.append({1, extent});
    repeated.append({times, extent});
    result.push_back(extent * times);
  }
  if (!countElements(repeated))
    return emit.reject("a tensor of shape ", formatShape(result), " is too large");
  if (ArrayRef<int64_t>(result) == shape)
    return node.getInput(0);
  return emit.reshape(emit.broadcast(emit.reshape(node.getInput(0), single), repeated), result);
}

/// Blocks of channels and of space are exchanged; `mode` says whether block rows and columns come
/// before or behind the depth.
struct Blocks {
  int64_t size;
  bool depthLast;
};

std::optional<Blocks> readBlocks(Node &node, int64_t modeSince) {
  int64_t size = node.requireInteger("blocksize");
  bool depthLast = node.getOpset() < modeSince || node.getChoice("mode", {"DCR", "CRD"}) == "DCR";
  if (getRank(node.getInput(0)) == 4 && size >= 1 && size <= 1024)
    return Blocks{size, depthLast};
  node.emit().reject("blocks of ", size, " do not fit an input of shape ",
                     formatShape(getShape(node.getInput(0))));
  return std::nullopt;
}

Value importDepthToSpace(Node &node) {
  Emitter &emit = node.emit();
  std::optional<Blocks> blocks = readBlocks(node, 11);
  if (!blocks)
    return {};
  ArrayRef<int64_t> shape = getShape(node.getInput(0));
  int64_t b = blocks->size, depth = shape[1] / (b * b);
  if (shape[1] % (b * b) != 0)
    return emit.reject(shape[1], " channels are not a multiple of ", b * b);
  Value result;
  if (blocks->depthLast)
    result =
        emit.transpose(emit.reshape(node.getInput(0), {shape[0], b, b, depth, shape[2], shape[3]}),
                       {0, 3, 4, 1, 5, 2});
  else
    result =
        emit.transpose(emit.reshape(node.getInput(0), {shape[0], depth, b, b, shape[2], shape[3]}),
                       {0, 1, 4, 2, 5, 3});
  return emit.reshape(result, {shape[0], depth, shape[2] * b, shape[3] * b});
}

Value importSpaceToDepth(Node &node) {
  Emitter &emit = node.emit();
  std::optional<Blocks> blocks = readBlocks(node, 28);
  if (!blocks)
    return {};
  ArrayRef<int64_t> shape = getShape(node.getInput(0));
  int64_t b = blocks->size, rows = shape[2] / b, columns = shape[3] / b;
  if (shape[2] % b != 0 || shape[3] % b != 0)
    return emit.reject("shape ", formatShape(shape), " is not made of blocks of ", b);
  Value split = emit.reshape(node.getInput(0), {shape[0], shape[1], rows, b, columns, b});
  Value moved = blocks->depthLast ? emit.transpose(split, {0, 3, 5, 1, 2, 4})
                                  : emit.transpose(split, {0, 1, 3, 5, 2, 4});
  return emit.reshape(moved, {shape[0], shape[1] * b * b, rows, columns});
}

/// At inference a dropout passes its input on.
Value importDropout(Node &node) {
  node.ignoreAttribute(node.getOpset() < 12 ? "ratio" : "seed");
  if (node.getOpset() < 7)
    node.ignoreAttribute("is_test");
  if (node.getOpset() >= 12)
    node.ignoreInput(1);
  if (node.getOpset() >= 12 && node.hasInput(2)) {
    auto trains = node.getIntegers(2, "the values of input 'training_mode'");
    if (!trains)
      return {};
    if (llvm::any_of(*trains, [](int64_t value) { return value != 0; }))
      return node.unsupported("dropout in training mode");
  }
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  Type maskType = node.getOpset() < 10 ? getTensorType(input).getElementType()
                                       : Type(emit.getBuilder().getI1Type());
  if (node.hasOutput(1))
    node.setOutput(1, emit.splat(getShape(input), maskType, 1));
  return input;
}

const Operator kOperators[] = {
    {"DepthToSpace", 1, 1, 1, importDepthToSpace},
    {"Dropout", 6, 1, 3, importDropout},
    {"Expand", 8, 2, 2, importExpand},
    {"Flatten", 1, 1, 1, importFlatten},
    {"Reshape", 5, 2, 2, importReshape},
    {"SpaceToDepth", 1, 1, 1, importSpaceToDepth},
    {"Squeeze", 1, 1, 2, importSqueeze},
    {"Tile", 6, 2, 2, importTile},
    {"Transpose", 1, 1, 1, importTranspose},
    {"Unsqueeze", 1, 1, 2, importUnsqueeze},
};

} // namespace

ArrayRef<Operator> frontend::getMovements() { return kOperators; }
