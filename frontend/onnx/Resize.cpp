// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize and Upsample: source positions are tables, computed here.
#include "frontend/onnx/Operators.h"

#include <cmath>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// How one dimension is resized.
struct Axis {
  int64_t input, output;
  float scale;
};

struct ResizeOptions {
  bool linear;
  StringRef coordinates, nearest;
};

/// Where output position `x` lies in the input. Computed in single precision, as other engines do,
/// so that ties fall alike.
float getSourcePosition(const Axis &axis, StringRef coordinates, int64_t position) {
  float x = position, input = axis.input, output = axis.output;
  if (coordinates == "asymmetric")
    return x / axis.scale;
  if (coordinates == "align_corners")
    return axis.output == 1 ? 0 : x * (input - 1) / (output - 1);
  if (coordinates == "pytorch_half_pixel" && axis.output == 1)
    return 0;
  if (coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5f) / axis.scale;
  float source = (x + 0.5f) / axis.scale - 0.5f;
  if (coordinates != "half_pixel_symmetric")
    return source;
  float adjustment = output / (axis.scale * input);
  return input / 2 * (1 - adjustment) + source;
}

float roundNearest(float x, StringRef mode) {
  if (mode == "floor")
    return std::floor(x);
  if (mode == "ceil")
    return std::ceil(x);
  if (mode == "round_prefer_ceil")
    return std::floor(x + 0.5f);
  return x == std::floor(x) + 0.5f ? std::floor(x) : std::round(x);
}

int64_t clampIndex(float x, int64_t extent) {
  return static_cast<int64_t>(std::clamp<float>(x, 0, extent - 1));
}

Value emitNearest(Emitter &emit, Value input, int64_t dimension, const Axis &axis,
                  const ResizeOptions &options) {
  SmallVector<int64_t> indices;
  for (int64_t i = 0; i < axis.output; ++i) {
    float source = getSourcePosition(axis, options.coordinates, i);
    indices.push_back(clampIndex(roundNearest(source, options.nearest), axis.input));
  }
  return emit.pick(input, dimension, indices);
}

/// low * (1 - w) + high * w, the neighbours of the clamped source position.
Value emitLinear(Emitter &emit, Value input, int64_t dimension, const Axis &axis,
                 const ResizeOptions &options) {
  SmallVector<int64_t> low, high;
  SmallVector<float> ofLow, ofHigh;
  for (int64_t i = 0; i < axis.output; ++i) {
    float source = getSourcePosition(axis, options.coordinates, i);
    source = std::clamp<float>(source, 0, axis.input - 1);
    low.push_back(clampIndex(std::floor(source), axis.input));
    high.push_back(std::min<int64_t>(low.back() + 1, axis.input - 1));
    ofHigh.push_back(source - static_cast<float>(low.back()));
    ofLow.push_back(1 - ofHigh.back());
  }
  SmallVector<int64_t> shape(getRank(input) - dimension, 1);
  shape.front() = axis.output;
  Type type = getTensorType(input).getElementType();
  auto weighted = [&](ArrayRef<int64_t> indices, ArrayRef<float> weights) {
    return emit.mul(emit.pick(input, dimension, indices),
                    emit.reshape(emit.floats(weights, type), shape));
  };
  return emit.add(weighted(low, ofLow), weighted(high, ofHigh));
}

/// Resizes the dimensions whose scale is not 1, in the order in which images lie in memory.
Value emitResize(Node &node, ArrayRef<Axis> axes, const ResizeOptions &options) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  for (const Axis &axis : axes)
    if (axis.input < 1 || axis.output < 1 || axis.output > kMaxTableLength || !(axis.scale > 0) ||
        !std::isfinite(axis.scale))
      return emit.reject("a dimension of ", axis.input, " cannot become one of ", axis.output);
  if (options.linear && !isFloat(input))
    return node.unsupported("linear interpolation of integers");
  auto isKept = [](const Axis &axis) { return axis.input == axis.output && axis.scale == 1; };
  if (llvm::all_of(axes, isKept))
    return input;
  bool isImage = axes.size() >= 3 && isKept(axes[0]) && isKept(axes[1]);
  Value result = isImage ? emit.toChannelsLast(input) : input;
  for (auto [dimension, axis] : llvm::enumerate(axes)) {
    if (isKept(axis))
      continue;
    int64_t place = isImage ? dimension - 1 : dimension;
    result = result ? (options.linear ? emitLinear(emit, result, place, axis, options)
                                      : emitNearest(emit, result, place, axis, options))
                    : Value();
  }
  return isImage ? emit.toChannelsFirst(result) : result;
}

//===--- scales and sizes -------------------------------------------------------------------===//

SmallVector<Axis> getUnresized(Value input) {
  return llvm::map_to_vector(getShape(input),
                             [](int64_t extent) { return Axis{extent, extent, 1}; });
}

/// Applies `scales` to the dimensions `axes`; false after a report.
bool applyScales(Node &node, ArrayRef<float> scales, ArrayRef<int64_t> axes,
                 MutableArrayRef<Axis> result) {
  if (scales.size() != axes.size())
    return node.emit().reject(scales.size(), " scales for ", axes.size(), " dimensions"), false;
  for (auto [scale, axis] : llvm::zip_equal(scales, axes)) {
    float output = std::floor(static_cast<float>(result[axis].input) * scale);
    bool inRange = output >= 0 && output <= static_cast<float>(kMaxTableLength);
    if (!inRange)
      return node.emit().reject("scale ", scale, " of dimension ", axis, " is out of range"), false;
    result[axis].output = static_cast<int64_t>(output);
    result[axis].scale = scale;
  }
  return true;
}

/// One scale for all `axes`, such that no dimension is larger, or smaller, than asked for.
void keepAspectRatio(StringRef policy, ArrayRef<int64_t> axes, MutableArrayRef<Axis> result) {
  float common = axes.empty() ? 1 : result[axes.front()].scale;
  for (int64_t axis : axes)
    common = policy == "not_larger" ? std::min(common, result[axis].scale)
                                    : std::max(common, result[axis].scale);
  for (int64_t axis : axes) {
    result[axis].scale = common;
    result[axis].output = std::llround(static_cast<float>(result[axis].input) * common);
  }
}

bool applySizes(Node &node, ArrayRef<int64_t> sizes, ArrayRef<int64_t> axes,
                MutableArrayRef<Axis> result) {
  if (sizes.size() != axes.size())
    return node.emit().reject(sizes.size(), " sizes for ", axes.size(), " dimensions"), false;
  for (auto [size, axis] : llvm::zip_equal(sizes, axes)) {
    result[axis].output = size;
    result[axis].scale = static_cast<float>(size) / static_cast<float>(result[axis].input);
  }
  StringRef policy = "stretch";
  if (node.getOpset() >= 18)
    policy = node.getChoice("keep_aspect_ratio_policy", {"stretch", "not_larger", "not_smaller"});
  if (policy != "stretch")
    keepAspectRatio(policy, axes, result);
  return true;
}

std::optional<SmallVector<int64_t>> readResizedAxes(Node &node) {
  int64_t rank = getRank(node.getInput(0));
  SmallVector<int64_t> axes;
  if (node.getOpset() >= 18)
    axes = SmallVector<int64_t>(node.getIntegers("axes"));
  if (axes.empty())
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (!node.normalizeAxes(axes, rank))
    return std::nullopt;
  for (int64_t &axis : axes)
    axis += axis < 0 ? rank : 0;
  return axes;
}

/// Inputs X, roi, scales, sizes of Resize since version 11.
bool readTarget(Node &node, MutableArrayRef<Axis> result) {
  std::optional<SmallVector<int64_t>> axes = readResizedAxes(node);
  if (!axes)
    return false;
  if (node.hasInput(3)) {
    node.ignoreInput(2);
    auto sizes = node.getIntegers(3, "the values of input 'sizes'");
    return sizes && applySizes(node, *sizes, *axes, result);
  }
  if (!node.hasInput(2))
    return node.emit().reject("both 'scales' and 'sizes' are missing"), false;
  auto scales = node.getFloats(2, "the values of input 'scales'");
  return scales && applyScales(node, *scales, *axes, result);
}

/// Options that change what nnc would compute; null after `unsupported`.
bool checkResizeOptions(Node &node, StringRef mode, StringRef coordinates) {
  node.ignoreInput(1);
  node.ignoreAttribute("cubic_coeff_a");
  node.ignoreAttribute("exclude_outside");
  node.ignoreAttribute("extrapolation_value");
  bool antialias = node.getOpset() >= 18 && node.getFlag("antialias", false);
  if (mode == "cubic")
    return node.unsupported("cubic interpolation"), false;
  if (node.getOpset() >= 18)
    node.ignoreAttribute("keep_aspect_ratio_policy");
  if (coordinates == "tf_crop_and_resize")
    return node.unsupported("cropping while resizing (tf_crop_and_resize)"), false;
  if (antialias)
    return node.unsupported("attribute 'antialias'"), false;
  return true;
}

/// Upsample, and Resize of version 10: asymmetric, rounded down, scales only.
Value emitAsymmetric(Node &node, ArrayRef<float> scales) {
  bool linear = node.getChoice("mode", {"nearest", "linear"}) == "linear";
  SmallVector<Axis> target = getUnresized(node.getInput(0));
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, target.size()));
  if (!applyScales(node, scales, axes, target))
    return {};
  return emitResize(node, target, {linear, "asymmetric", "floor"});
}

Value importUpsample(Node &node) {
  if (node.getOpset() < 9)
    return emitAsymmetric(node, node.getFloats("scales"));
  if (!node.hasInput(1))
    return node.emit().reject("input 'scales' is missing");
  auto scales = node.getFloats(1, "the values of input 'scales'");
  return scales ? emitAsymmetric(node, *scales) : Value();
}

Value importResize(Node &node) {
  if (node.getOpset() < 11)
    return importUpsample(node);
  StringRef mode = node.getChoice("mode", {"nearest", "linear", "cubic"});
  StringRef coordinates =
      node.getChoice("coordinate_transformation_mode",
                     {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel",
                      "half_pixel_symmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"});
  StringRef nearest =
      node.getChoice("nearest_mode", {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  SmallVector<Axis> target = getUnresized(node.getInput(0));
  if (!checkResizeOptions(node, mode, coordinates) || !readTarget(node, target))
    return {};
  return emitResize(node, target, {mode == "linear", coordinates, nearest});
}

const Operator kOperators[] = {
    {"Resize", 10, 1, 4, importResize},
    {"Upsample", 7, 1, 2, importUpsample},
};

} // namespace

ArrayRef<Operator> frontend::getResize() { return kOperators; }
