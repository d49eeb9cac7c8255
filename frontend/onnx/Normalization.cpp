// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Normalization with stored and with computed statistics, and softmax.
#include "frontend/onnx/Operators.h"

#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Whether inputs `first`, `first + 1`, ... are vectors of `channels` elements of the input's type;
/// a report otherwise.
bool checkParameters(Node &node, unsigned first, int64_t channels) {
  for (unsigned i = first; i < node.getNumInputs(); ++i) {
    Value parameter = node.getInput(i);
    if (!parameter)
      continue;
    Type expected =
        RankedTensorType::get(channels, getTensorType(node.getInput(0)).getElementType());
    if (parameter.getType() != expected)
      return node.emit().reject("input ", i, " is ", parameter.getType(), ", but must be ",
                                expected),
             false;
  }
  return true;
}

/// The input with at least a batch and a channel dimension, channels last; null after a report.
Value toNormalized(Node &node) {
  Value input = node.getInput(0);
  if (getRank(input) < 2 || !isFloat(input))
    return node.emit().reject("input of type ", input.getType(),
                              " must be floating-point and have channels");
  return node.emit().toChannelsLast(input);
}

Value importBatchNormalization(Node &node) {
  float epsilon = node.getFloat("epsilon", 1e-5f);
  node.ignoreAttribute("momentum");
  bool trains = node.getOpset() >= 14 && node.getFlag("training_mode", false);
  bool spatial = node.getOpset() >= 9 || node.getFlag("spatial", true);
  if (node.getOpset() < 7)
    node.ignoreAttribute("is_test");
  if (trains || node.hasOutput(1))
    return node.unsupported("batch normalization in training mode");
  if (!spatial)
    return node.unsupported("attribute 'spatial' is 0: statistics for each position");
  Value input = toNormalized(node);
  if (!input || !checkParameters(node, 1, getShape(input).back()))
    return {};
  Emitter &emit = node.emit();
  Value result = emit.checked<BatchNormOp>(
      {input, node.getInput(1), node.getInput(2), node.getInput(3), node.getInput(4)},
      {emit.attribute("epsilon", epsilon)});
  return emit.toChannelsFirst(result);
}

Value importLRN(Node &node) {
  float alpha = node.getFloat("alpha", 1e-4f), beta = node.getFloat("beta", 0.75f);
  float bias = node.getFloat("bias", 1);
  int64_t size = node.requireInteger("size");
  if (size < 1 || size > std::numeric_limits<int32_t>::max())
    return node.emit().reject("attribute 'size' is ", size, ", but must be at least 1");
  Value input = toNormalized(node);
  Emitter &emit = node.emit();
  Value result =
      emit.checked<LrnOp>({input}, {emit.attribute("size", size), emit.attribute("alpha", alpha),
                                    emit.attribute("beta", beta), emit.attribute("bias", bias)});
  return emit.toChannelsFirst(result);
}

//===--- computed statistics ----------------------------------------------------------------===//

struct Statistics {
  Value mean, inverseDeviation;
};

/// (x - mean) / sqrt(variance + epsilon) over `axes`.
Value emitStandardized(Emitter &emit, Value input, ArrayRef<int64_t> axes, float epsilon,
                       Statistics *statistics = nullptr) {
  Value mean = emit.reduce(Reduction::Mean, input, axes, /*keepDims=*/true);
  Value centered = emit.sub(input, mean);
  Value variance =
      emit.reduce(Reduction::Mean, emit.mul(centered, centered), axes, /*keepDims=*/true);
  Value deviation = emit.sqrt(emit.add(variance, emit.splatLike(variance, epsilon)));
  if (statistics)
    *statistics = {mean, emit.div(emit.splatLike(deviation, 1), deviation)};
  return emit.div(centered, deviation);
}

Value scaleAndShift(Emitter &emit, Value value, Value scale, Value shift) {
  Value scaled = scale ? emit.mul(value, scale) : value;
  return shift ? emit.add(scaled, shift) : scaled;
}

Value importInstanceNormalization(Node &node) {
  float epsilon = node.getFloat("epsilon", 1e-5f);
  Value input = toNormalized(node);
  if (!input || !checkParameters(node, 1, getShape(input).back()))
    return {};
  Emitter &emit = node.emit();
  if (getRank(input) < 3)
    return emit.reject("input of shape ", formatShape(getShape(input)),
                       " has no spatial dimensions");
  auto axes = llvm::to_vector(llvm::seq<int64_t>(1, getRank(input) - 1));
  Value result = emitStandardized(emit, input, axes, epsilon);
  return emit.toChannelsFirst(scaleAndShift(emit, result, node.getInput(1), node.getInput(2)));
}

/// Until version 21, scale and shift are per group.
Value expandGroups(Emitter &emit, Value parameter, int64_t groups, int64_t channels) {
  if (getShape(parameter)[0] == channels)
    return parameter;
  Value column = emit.reshape(parameter, {groups, 1});
  return emit.reshape(emit.broadcast(column, {groups, channels / groups}), {channels});
}

Value importGroupNormalization(Node &node) {
  float epsilon = node.getFloat("epsilon", 1e-5f);
  int64_t groups = node.requireInteger("num_groups");
  if (node.getOpset() >= 21)
    node.ignoreAttribute("stash_type");
  Value input = toNormalized(node);
  if (!input)
    return {};
  Emitter &emit = node.emit();
  SmallVector<int64_t> shape(getShape(input)), grouped = shape;
  int64_t channels = shape.back();
  if (groups < 1 || channels % groups != 0)
    return emit.reject("num_groups ", groups, " does not divide ", channels, " channels");
  if (!checkParameters(node, 1, node.getOpset() >= 21 ? channels : groups))
    return {};
  grouped.back() = groups;
  grouped.push_back(channels / groups);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(1, shape.size() - 1));
  axes.push_back(shape.size());
  Value normalized = emitStandardized(emit, emit.reshape(input, grouped), axes, epsilon);
  return emit.toChannelsFirst(scaleAndShift(
      emit, emit.reshape(normalized, shape), expandGroups(emit, node.getInput(1), groups, channels),
      expandGroups(emit, node.getInput(2), groups, channels)));
}

/// The dimensions from attribute `axis` on; std::nullopt after a report.
std::optional<SmallVector<int64_t>> getTrailingAxes(Node &node) {
  int64_t rank = getRank(node.getInput(0));
  std::optional<int64_t> axis = node.normalizeAxis(node.getInteger("axis", -1), rank);
  if (!axis)
    return std::nullopt;
  return llvm::to_vector(llvm::seq<int64_t>(*axis, rank));
}

Value importLayerNormalization(Node &node) {
  float epsilon = node.getFloat("epsilon", 1e-5f);
  node.ignoreAttribute("stash_type");
  auto axes = getTrailingAxes(node);
  if (!axes || !isFloat(node.getInput(0)))
    return axes ? node.emit().reject("input is not floating-point") : Value();
  Emitter &emit = node.emit();
  Statistics statistics;
  Value result = emitStandardized(emit, node.getInput(0), *axes, epsilon, &statistics);
  if (node.hasOutput(1))
    node.setOutput(1, statistics.mean);
  if (node.hasOutput(2))
    node.setOutput(2, statistics.inverseDeviation);
  return scaleAndShift(emit, result, node.getInput(1), node.getInput(2));
}

Value importRMSNormalization(Node &node) {
  float epsilon = node.getFloat("epsilon", 1e-5f);
  node.ignoreAttribute("stash_type");
  auto axes = getTrailingAxes(node);
  Value input = node.getInput(0);
  if (!axes || !isFloat(input))
    return axes ? node.emit().reject("input is not floating-point") : Value();
  Emitter &emit = node.emit();
  Value square = emit.reduce(Reduction::Mean, emit.mul(input, input), *axes, /*keepDims=*/true);
  Value deviation = emit.sqrt(emit.add(square, emit.splatLike(square, epsilon)));
  return emit.mul(emit.div(input, deviation), node.getInput(1));
}

Value importMeanVarianceNormalization(Node &node) {
  SmallVector<int64_t> given(node.getIntegers("axes"));
  if (given.empty())
    given = {0, 2, 3};
  auto axes = node.normalizeAxes(given, getRank(node.getInput(0)));
  if (!axes || !isFloat(node.getInput(0)))
    return axes ? node.emit().reject("input is not floating-point") : Value();
  return emitStandardized(node.emit(), node.getInput(0), *axes, 1e-9f);
}

/// Vectors of norm zero stay zero.
Value importLpNormalization(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  int64_t order = node.getInteger("p", 2);
  auto axis = node.normalizeAxis(node.getInteger("axis", -1), getRank(input));
  if (!axis || (order != 1 && order != 2) || !isFloat(input))
    return axis ? emit.reject("the norm of order ", order, " is not defined here") : Value();
  Value terms = order == 1 ? emit.abs(input) : emit.mul(input, input);
  Value norm = emit.reduce(Reduction::Sum, terms, {*axis}, /*keepDims=*/true);
  if (order == 2)
    norm = emit.sqrt(norm);
  Value isZero = emit.compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq, norm,
                              emit.splatLike(norm, 0));
  return emit.div(input, emit.select(isZero, emit.splatLike(norm, 1), norm));
}

//===--- softmax ----------------------------------------------------------------------------===//

using AlongAxis = Value (*)(Emitter &emit, Value input, int64_t axis);

/// Along one axis; before version 13, over all dimensions from the axis on.
template <AlongAxis emitAlongAxis> Value importAlongAxis(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  int64_t rank = getRank(input);
  bool flattens = node.getOpset() < 13;
  int64_t given = node.getInteger("axis", flattens ? 1 : -1);
  if (!isFloat(input))
    return emit.reject("input of type ", input.getType(), " is not floating-point");
  if (flattens && given == rank)
    return emit.splatLike(input, 1);
  std::optional<int64_t> axis = node.normalizeAxis(given, rank);
  if (!axis)
    return {};
  if (!flattens || *axis == rank - 1)
    return emitAlongAxis(emit, input, *axis);
  SmallVector<int64_t> shape(getShape(input));
  ArrayRef<int64_t> extents(shape);
  Value rows =
      emit.reshape(input, {product(extents.take_front(*axis)), product(extents.drop_front(*axis))});
  return rows ? emit.reshape(emitAlongAxis(emit, rows, 1), shape) : Value();
}

Value emitSoftmax(Emitter &emit, Value input, int64_t axis) {
  return emit.checked<SoftmaxOp>({input}, {emit.attribute("axis", axis)});
}

/// x - max - log(sum of exp(x - max)).
Value emitLogSoftmax(Emitter &emit, Value input, int64_t axis) {
  Value centered = emit.sub(input, emit.reduce(Reduction::Max, input, {axis}, /*keepDims=*/true));
  Value sum = emit.reduce(Reduction::Sum, emit.exp(centered), {axis}, /*keepDims=*/true);
  return emit.sub(centered, emit.log(sum));
}

const Operator kOperators[] = {
    {"BatchNormalization", 1, 5, 5, importBatchNormalization},
    {"GroupNormalization", 18, 3, 3, importGroupNormalization},
    {"InstanceNormalization", 6, 3, 3, importInstanceNormalization},
    {"LRN", 1, 1, 1, importLRN},
    {"LayerNormalization", 17, 2, 3, importLayerNormalization},
    {"LogSoftmax", 1, 1, 1, importAlongAxis<emitLogSoftmax>},
    {"LpNormalization", 1, 1, 1, importLpNormalization},
    {"MeanVarianceNormalization", 9, 1, 1, importMeanVarianceNormalization},
    {"RMSNormalization", 23, 2, 2, importRMSNormalization},
    {"Softmax", 1, 1, 1, importAlongAxis<emitSoftmax>},
};

} // namespace

ArrayRef<Operator> frontend::getNormalization() { return kOperators; }
