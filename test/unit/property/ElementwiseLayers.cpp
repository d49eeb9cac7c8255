// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on elements: activations, broadcasts, sums of two branches.
#include "RandomNetwork.h"

namespace nnc::test {
namespace {

std::optional<Tensor> activation(NetworkState &state, const Tensor &x) {
  return applyActivation(state.writer, x);
}

/// A shape that repeats to `shape`: trailing dimensions, some of them one.
Shape pickBroadcastShape(NetworkWriter &writer, const Shape &shape) {
  Shape small(shape.end() - writer.pick(0, static_cast<int64_t>(shape.size())), shape.end());
  for (int64_t &extent : small)
    if (writer.chance(50))
      extent = 1;
  return small;
}

/// One number a channel, as ONNX models give it.
Shape getChannelShape(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return {x.shape.back()};
  int64_t channels = x.shape[state.getChannelAxis()];
  return state.channelsFirst ? Shape{channels, 1, 1} : Shape{channels};
}

/// Arithmetic with a constant that is repeated, on either side.
std::optional<Tensor> constantArithmetic(NetworkState &state, const Tensor &x) {
  NetworkWriter &writer = state.writer;
  bool perChannel = x.getRank() > 0 && writer.chance(60);
  Shape small = perChannel ? getChannelShape(state, x) : pickBroadcastShape(writer, x.shape);
  Tensor constant = writer.constant(small, 0.5f, 2);
  Tensor other = writer.broadcast(constant, x.shape);
  auto name = writer.pickFrom<std::string>({"arith.addf", "arith.addf", "arith.mulf", "arith.mulf",
                                            "arith.subf", "arith.divf", "arith.maximumf"});
  bool constantFirst = name != "arith.divf" && writer.chance(40);
  return writer.elementwise(name, constantFirst ? std::vector<Tensor>{other, x}
                                                : std::vector<Tensor>{x, other});
}

/// Arithmetic with another tensor of the same shape, or with itself.
std::optional<Tensor> twoOperands(NetworkState &state, const Tensor &x) {
  NetworkWriter &writer = state.writer;
  std::vector<Tensor> others;
  for (const Tensor &other : state.live)
    if (other.shape == x.shape)
      others.push_back(other);
  Tensor other = writer.pickFrom(others);
  if (writer.chance(30))
    return writer.elementwise("arith.mulf", {writer.elementwise("math.tanh", {x}), other});
  return writer.elementwise(
      writer.pickFrom<std::string>({"arith.addf", "arith.subf", "arith.maximumf"}), {x, other});
}

/// Squeeze and excitation: each channel times a number computed from its mean.
std::optional<Tensor> excite(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  size_t axis = state.getChannelAxis();
  Shape flat{x.shape[0], x.shape[axis]}, spatial{x.shape[0], 1, 1, 1};
  spatial[axis] = x.shape[axis];
  Tensor mean = writer.op("nnc.reduce mean " + x.name + " axes = [" +
                              (state.channelsFirst ? "2, 3" : "1, 2") + "] : " + x.getType() +
                              " -> " + printType(flat),
                          flat);
  Tensor gate = writer.reshape(applySigmoid(writer, mean), spatial);
  return writer.elementwise("arith.mulf", {x, writer.broadcast(gate, x.shape)});
}

} // namespace

Tensor applySigmoid(NetworkWriter &writer, const Tensor &x) {
  Tensor one = writer.splat(x.shape, 1);
  Tensor power = writer.elementwise("math.exp", {writer.elementwise("arith.negf", {x})});
  return writer.elementwise("arith.divf", {one, writer.elementwise("arith.addf", {power, one})});
}

Tensor applyActivation(NetworkWriter &writer, const Tensor &x) {
  Tensor zero = writer.splat(x.shape, 0);
  switch (writer.pick(0, 6)) {
  case 0:
    return writer.elementwise("math.tanh", {x});
  case 1:
    return writer.elementwise("arith.minimumf", {writer.elementwise("arith.maximumf", {x, zero}),
                                                 writer.splat(x.shape, 6)});
  case 2:
    return applySigmoid(writer, x);
  case 3: // swish
    return writer.elementwise("arith.mulf", {x, applySigmoid(writer, x)});
  case 4: { // leaky ReLU
    Tensor less = writer.elementwise("arith.mulf", {x, writer.splat(x.shape, 0.125f)});
    Tensor positive =
        writer.op("arith.cmpf ogt, " + x.name + ", " + zero.name + " : " + x.getType(), x.shape);
    return writer.op("arith.select " + positive.name + ", " + x.name + ", " + less.name + " : " +
                         printType(x.shape, "i1") + ", " + x.getType(),
                     x.shape);
  }
  default:
    return writer.elementwise("arith.maximumf", {x, zero});
  }
}

std::vector<LayerChoice> getElementwiseLayers() {
  return {{activation, 12}, {constantArithmetic, 8}, {twoOperands, 5}, {excite, 2}};
}

} // namespace nnc::test
