// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Small networks of random layers: what no one would think of writing down.
#ifndef TEST_UNIT_PROPERTY_RANDOMNETWORK_H
#define TEST_UNIT_PROPERTY_RANDOMNETWORK_H

#include "NetworkWriter.h"

namespace nnc::test {

struct RandomNetwork {
  /// A module with @main.
  std::string text;
  std::vector<Shape> inputs;
};

/// The network of that number: the same for all time, as long as nobody adds a layer.
RandomNetwork makeRandomNetwork(unsigned seed);

/// What layers choose from.
struct NetworkState {
  NetworkWriter writer;
  /// Images are N x C x H x W with transposes around each layer, as ONNX gives them; else N x H x W
  /// x C.
  bool channelsFirst;
  /// Every tensor so far.
  std::vector<Tensor> live;

  Tensor toChannelsLast(const Tensor &x) {
    return channelsFirst ? writer.transpose(x, {0, 2, 3, 1}) : x;
  }
  Tensor fromChannelsLast(const Tensor &x) {
    return channelsFirst ? writer.transpose(x, {0, 3, 1, 2}) : x;
  }
  size_t getChannelAxis() const { return channelsFirst ? 1 : 3; }
};

/// One layer on `x`, or std::nullopt where it does not apply.
using Layer = std::optional<Tensor> (*)(NetworkState &, const Tensor &x);

/// A layer, and how often it is chosen.
struct LayerChoice {
  Layer layer;
  int64_t weight;
};

std::vector<LayerChoice> getWeightedLayers();
std::vector<LayerChoice> getElementwiseLayers();
std::vector<LayerChoice> getMovements();

/// One element-wise function, such as a ReLU.
Tensor applyActivation(NetworkWriter &writer, const Tensor &x);
/// 1 / (1 + exp(-x)).
Tensor applySigmoid(NetworkWriter &writer, const Tensor &x);

} // namespace nnc::test

#endif // TEST_UNIT_PROPERTY_RANDOMNETWORK_H
