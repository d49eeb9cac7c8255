// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions, matrix products, pooling, normalization, reductions.
#include "RandomNetwork.h"

#include <cmath>

namespace nnc::test {
namespace {

constexpr int64_t kMostWeights = 20000;

std::string printArray(const Shape &numbers) { return "array<i64: " + printList(numbers) + ">"; }

/// Weights that keep the size of numbers about what it was.
Tensor makeWeights(NetworkWriter &writer, const Shape &shape, int64_t fanIn) {
  float bound = std::sqrt(3.0f / static_cast<float>(fanIn));
  return writer.constant(shape, -bound, bound);
}

Tensor applyBias(NetworkWriter &writer, int64_t channels) {
  return writer.constant({channels}, -0.5f, 0.5f);
}

int64_t pickChannels(NetworkWriter &writer) {
  return writer.pickFrom<int64_t>({1, 2, 3, 5, 8, 12, 16, 17, 24, 32, 33, 40, 64, 100});
}

/// A window over rows and columns that fits into the image.
struct Window {
  Shape taps, strides{1, 1}, pads{0, 0, 0, 0}, dilations{1, 1};

  int64_t getReach(size_t axis) const { return dilations[axis] * (taps[axis] - 1) + 1; }
  int64_t getExtent(int64_t extent, size_t axis) const {
    return (extent + pads[axis] + pads[axis + 2] - getReach(axis)) / strides[axis] + 1;
  }
  std::string print() const {
    return "strides = " + printArray(strides) + ", pads = " + printArray(pads) +
           ", dilations = " + printArray(dilations);
  }
};

std::optional<Window> pickWindow(NetworkWriter &writer, const Tensor &image, int64_t fewest) {
  Window window;
  for (size_t axis = 0; axis < 2; ++axis) {
    window.taps.push_back(std::max(fewest, writer.pickFrom<int64_t>({1, 1, 2, 3, 3, 3, 5})));
    window.strides[axis] = writer.pickFrom<int64_t>({1, 1, 1, 2, 3});
    window.dilations[axis] = writer.chance(15) ? 2 : 1;
    int64_t most = window.taps[axis] - 1;
    window.pads[axis] = writer.chance(50) ? writer.pick(0, most) : 0;
    window.pads[axis + 2] = writer.chance(70) ? window.pads[axis] : writer.pick(0, most);
    int64_t extent = image.shape[axis + 1];
    if (window.getReach(axis) > extent + window.pads[axis] + window.pads[axis + 2])
      return std::nullopt;
  }
  return window;
}

/// The filter, as HWIO or as a transposed constant in ONNX's order.
Tensor makeFilter(NetworkState &state, const Shape &hwio, int64_t fanIn) {
  if (!state.channelsFirst)
    return makeWeights(state.writer, hwio, fanIn);
  return state.writer.transpose(makeWeights(state.writer, permute(hwio, {3, 2, 0, 1}), fanIn),
                                {2, 3, 1, 0});
}

Tensor applyConv(NetworkState &state, const Tensor &image, const Window &window, int64_t channels,
                 int64_t groups) {
  NetworkWriter &writer = state.writer;
  Shape hwio{window.taps[0], window.taps[1], image.shape[3] / groups, channels};
  Tensor filter = makeFilter(state, hwio, hwio[0] * hwio[1] * hwio[2]);
  std::string bias, biasType;
  if (writer.chance(60)) {
    bias = " bias(" + applyBias(writer, channels).name + ")";
    biasType = ", " + printType({channels});
  }
  Shape shape{image.shape[0], window.getExtent(image.shape[1], 0),
              window.getExtent(image.shape[2], 1), channels};
  return writer.op("nnc.conv2d " + image.name + ", " + filter.name + bias + " {" + window.print() +
                       ", groups = " + std::to_string(groups) + " : i64} : " + image.getType() +
                       ", " + filter.getType() + biasType + " -> " + printType(shape),
                   shape);
}

/// A divisor of the channels: one group, one channel a group, or something between.
int64_t pickGroups(NetworkWriter &writer, int64_t channels) {
  if (writer.chance(50))
    return 1;
  std::vector<int64_t> divisors;
  for (int64_t groups = 1; groups <= channels; ++groups)
    if (channels % groups == 0 && (groups <= 4 || groups == channels))
      divisors.push_back(groups);
  return writer.pickFrom(divisors);
}

std::optional<Tensor> conv(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  int64_t channels = x.shape[state.getChannelAxis()], groups = pickGroups(writer, channels);
  int64_t outputs = groups == 1          ? pickChannels(writer)
                    : groups == channels ? channels * (writer.chance(20) ? 2 : 1)
                                         : groups * writer.pickFrom<int64_t>({1, 2, 3, 8, 16});
  Tensor image = state.toChannelsLast(x);
  std::optional<Window> window = pickWindow(writer, image, 1);
  if (!window || window->taps[0] * window->taps[1] * channels / groups * outputs > kMostWeights)
    return std::nullopt;
  return state.fromChannelsLast(applyConv(state, image, *window, outputs, groups));
}

std::optional<Tensor> pointwiseConv(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  int64_t outputs = pickChannels(state.writer);
  Window window;
  window.taps = {1, 1};
  return state.fromChannelsLast(
      applyConv(state, state.toChannelsLast(x), window, outputs, /*groups=*/1));
}

/// A convolution that keeps the shape, an activation, and the input again.
std::optional<Tensor> residual(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  int64_t channels = x.shape[state.getChannelAxis()];
  Window window;
  window.taps = {3, 3};
  window.pads = {1, 1, 1, 1};
  if (9 * channels * channels > kMostWeights)
    return std::nullopt;
  int64_t groups = pickGroups(state.writer, channels);
  Tensor y = applyConv(state, state.toChannelsLast(x), window, channels, groups);
  y = state.fromChannelsLast(y);
  if (state.writer.chance(30))
    y = applyActivation(state.writer, y);
  Tensor sum =
      state.writer.elementwise("arith.addf", state.writer.chance(50) ? std::vector<Tensor>{y, x}
                                                                     : std::vector<Tensor>{x, y});
  return state.writer.chance(60) ? applyActivation(state.writer, sum) : sum;
}

/// A 1x1 convolution, a depthwise one and a 1x1 one; now and then one of the former is not there.
std::optional<Tensor> convChain(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  Window point;
  point.taps = {1, 1};
  Tensor image = state.toChannelsLast(x);
  std::optional<Window> window = pickWindow(writer, image, 1);
  int64_t channels = pickChannels(writer);
  if (!window || channels == 1)
    return std::nullopt;
  if (writer.chance(80))
    image = applyActivation(writer, applyConv(state, image, point, channels, 1));
  if (image.shape[3] == 1)
    return std::nullopt;
  image = applyConv(state, image, *window, image.shape[3], image.shape[3]);
  if (writer.chance(80))
    image = applyConv(state, applyActivation(writer, image), point, pickChannels(writer), 1);
  return state.fromChannelsLast(image);
}

std::optional<Tensor> transposedConv(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4 || x.shape[state.getChannelAxis()] > 24)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  Tensor image = state.toChannelsLast(x);
  int64_t taps = writer.pick(1, 3), stride = writer.pick(1, 2), pad = writer.pick(0, taps - 1);
  int64_t outputs = writer.pickFrom<int64_t>({1, 3, 8, 17}), inputs = image.shape[3];
  Tensor filter = makeWeights(writer, {taps, taps, inputs, outputs}, taps * taps * inputs);
  Shape shape{image.shape[0], 0, 0, outputs};
  for (size_t axis : {1, 2}) {
    shape[axis] = (image.shape[axis] - 1) * stride + taps - 2 * pad;
    if (shape[axis] < 1)
      return std::nullopt;
  }
  return state.fromChannelsLast(
      writer.op("nnc.conv_transpose2d " + image.name + ", " + filter.name + " {strides = " +
                    printArray({stride, stride}) + ", pads = " + printArray({pad, pad, pad, pad}) +
                    "} : " + image.getType() + ", " + filter.getType() + " -> " + printType(shape),
                shape));
}

std::optional<Tensor> pool(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  Tensor image = state.toChannelsLast(x);
  std::optional<Window> window = pickWindow(state.writer, image, 2);
  if (!window)
    return std::nullopt;
  std::string name = state.writer.chance(50) ? "nnc.max_pool2d " : "nnc.avg_pool2d ";
  Shape shape{image.shape[0], window->getExtent(image.shape[1], 0),
              window->getExtent(image.shape[2], 1), image.shape[3]};
  return state.fromChannelsLast(
      state.writer.op(name + image.name + " {kernel = " + printArray(window->taps) + ", " +
                          window->print() + "} : " + image.getType() + " -> " + printType(shape),
                      shape));
}

std::optional<Tensor> linear(NetworkState &state, const Tensor &x) {
  if (x.getRank() < 2)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  int64_t rows = x.getRank() == 2 || writer.chance(70) ? x.shape[0] : x.shape[0] * x.shape[1];
  int64_t inputs = x.getCount() / rows, outputs = pickChannels(writer);
  if (inputs * outputs > kMostWeights)
    return std::nullopt;
  Tensor flat = x.getRank() == 2 ? x : writer.reshape(x, {rows, inputs});
  Tensor weight = makeWeights(writer, {inputs, outputs}, inputs);
  std::string bias, biasType;
  if (writer.chance(60)) {
    bias = " bias(" + applyBias(writer, outputs).name + ")";
    biasType = ", " + printType({outputs});
  }
  return writer.op("nnc.linear " + flat.name + ", " + weight.name + bias + " : " + flat.getType() +
                       ", " + weight.getType() + biasType + " -> " + printType({rows, outputs}),
                   {rows, outputs});
}

/// A factor of the extent, for a mode.
int64_t pickFactor(NetworkWriter &writer, int64_t extent) {
  std::vector<int64_t> factors;
  for (int64_t factor = 1; factor <= extent; ++factor)
    if (extent % factor == 0)
      factors.push_back(factor);
  return writer.pickFrom(factors);
}

/// Cores from `inputs` to some outputs, the text that names them, and their types.
struct Cores {
  std::string names, types;
  int64_t outputs = 1;
};

Cores makeCores(NetworkWriter &writer, int64_t inputs, int64_t rank) {
  Cores cores;
  for (int64_t count = writer.pick(1, 4), k = 0; k < count; ++k) {
    int64_t input = k + 1 < count ? pickFactor(writer, inputs) : inputs;
    int64_t output = writer.pickFrom<int64_t>({1, 2, 3, 4, 5});
    int64_t after = k + 1 < count ? writer.pickFrom<int64_t>({1, 2, 4, 7, 16}) : 1;
    Tensor core = makeWeights(writer, {rank, input, output, after}, rank * input);
    cores.names += (k == 0 ? "" : ", ") + core.name;
    cores.types += (k == 0 ? "" : ", ") + core.getType();
    cores.outputs *= output;
    inputs /= input;
    rank = after;
  }
  return cores;
}

std::string pickOrder(NetworkWriter &writer) {
  return writer.chance(50) ? " order(first_to_last)" : " order(last_to_first)";
}

std::optional<Tensor> ttLinear(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 2)
    return std::nullopt;
  Cores cores = makeCores(state.writer, x.shape[1], 1);
  Shape shape{x.shape[0], cores.outputs};
  return state.writer.op("nnc.tt_linear " + x.name + " cores(" + cores.names + ")" +
                             pickOrder(state.writer) + " : " + x.getType() + ", (" + cores.types +
                             ") -> " + printType(shape),
                         shape);
}

std::optional<Tensor> ttConv(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  Tensor image = state.toChannelsLast(x);
  std::optional<Window> window = pickWindow(writer, image, 1);
  if (!window)
    return std::nullopt;
  int64_t rank = writer.pick(1, 4);
  Tensor spatial = makeWeights(writer, {window->taps[0], window->taps[1], rank},
                               window->taps[0] * window->taps[1]);
  Cores cores = makeCores(writer, image.shape[3], rank);
  Shape shape{image.shape[0], window->getExtent(image.shape[1], 0),
              window->getExtent(image.shape[2], 1), cores.outputs};
  return state.fromChannelsLast(writer.op(
      "nnc.tt_conv2d " + image.name + " spatial(" + spatial.name + ") cores(" + cores.names + ")" +
          pickOrder(writer) + " {" + window->print() + "} : " + image.getType() + ", " +
          spatial.getType() + ", (" + cores.types + ") -> " + printType(shape),
      shape));
}

/// softmax-like attention without the softmax: x times its own transpose.
std::optional<Tensor> matmul(NetworkState &state, const Tensor &x) {
  if (x.getRank() < 2)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  int64_t inner = x.shape.back(), outer = x.shape[x.shape.size() - 2];
  Tensor lhs = writer.reshape(writer.elementwise("math.tanh", {x}),
                              {x.getCount() / inner / outer, outer, inner});
  Tensor rhs = writer.transpose(lhs, {0, 2, 1});
  Shape shape{lhs.shape[0], outer, outer};
  Tensor product = writer.op("nnc.matmul " + lhs.name + ", " + rhs.name + " : " + lhs.getType() +
                                 ", " + rhs.getType() + " -> " + printType(shape),
                             shape);
  return writer.elementwise(
      "arith.mulf", {product, writer.splat(shape, 1.0f / std::sqrt(static_cast<float>(inner)))});
}

std::optional<Tensor> batchNorm(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4 && x.getRank() != 2)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  Tensor input = x.getRank() == 4 ? state.toChannelsLast(x) : x;
  Shape vector{input.shape.back()};
  std::string numbers, type = printType(vector);
  Tensor scale = writer.constant(vector, -1.5f, 1.5f), shift = writer.constant(vector, -1, 1);
  Tensor mean = writer.constant(vector, -1, 1), variance = writer.constant(vector, 0.5f, 2);
  Tensor y = writer.op("nnc.batch_norm " + input.name + " scale(" + scale.name + ") shift(" +
                           shift.name + ") mean(" + mean.name + ") variance(" + variance.name +
                           ") {epsilon = 1.0e-5 : f32} : " + input.getType() + ", " + type + ", " +
                           type + ", " + type + ", " + type,
                       input.shape);
  return x.getRank() == 4 ? state.fromChannelsLast(y) : y;
}

std::optional<Tensor> lrn(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  Tensor image = state.toChannelsLast(x);
  return state.fromChannelsLast(state.writer.op(
      "nnc.lrn " + image.name + " {size = " + std::to_string(state.writer.pick(1, 5)) +
          " : i64, alpha = 0.5 : f32, beta = 0.75 : f32, bias = 1.0 : f32} : " + image.getType(),
      image.shape));
}

std::optional<Tensor> softmax(NetworkState &state, const Tensor &x) {
  if (x.getRank() < 1)
    return std::nullopt;
  return state.writer.op("nnc.softmax " + x.name +
                             " axis = " + std::to_string(state.writer.pick(0, x.getRank() - 1)) +
                             " : " + x.getType(),
                         x.shape);
}

std::optional<Tensor> reduce(NetworkState &state, const Tensor &x) {
  Shape axes, shape;
  for (int64_t axis = 0; axis < x.getRank(); ++axis) {
    bool isReduced = state.writer.chance(45);
    (isReduced ? axes : shape).push_back(isReduced ? axis : x.shape[static_cast<size_t>(axis)]);
  }
  if (axes.empty() || (shape.empty() && state.writer.chance(80)))
    return std::nullopt;
  std::string kind = state.writer.pickFrom<std::string>({"mean", "mean", "max", "min"});
  return state.writer.op("nnc.reduce " + kind + " " + x.name + " axes = [" + printList(axes) +
                             "] : " + x.getType() + " -> " + printType(shape),
                         shape);
}

} // namespace

std::vector<LayerChoice> getWeightedLayers() {
  return {{conv, 14},   {pointwiseConv, 6}, {residual, 4}, {convChain, 5}, {transposedConv, 1},
          {pool, 5},    {linear, 4},        {matmul, 2},   {batchNorm, 6}, {lrn, 2},
          {softmax, 2}, {reduce, 3},        {ttLinear, 3}, {ttConv, 3}};
}

} // namespace nnc::test
