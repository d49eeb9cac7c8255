// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomNetwork.h"

namespace nnc::test {
namespace {

constexpr int64_t kMostElements = 20000;

std::vector<Layer> listChoices() {
  std::vector<Layer> layers;
  for (const auto &choices : {getWeightedLayers(), getElementwiseLayers(), getMovements()})
    for (const LayerChoice &choice : choices)
      layers.insert(layers.end(), static_cast<size_t>(choice.weight), choice.layer);
  return layers;
}

/// Mostly the newest tensor, so that networks grow deep; now and then an older one.
Tensor pickOperand(NetworkState &state) {
  return state.writer.chance(75) ? state.live.back() : state.writer.pickFrom(state.live);
}

/// The last tensor, and now and then others: inputs and repetitions too.
std::vector<Tensor> pickResults(NetworkState &state) {
  std::vector<Tensor> results{state.live.back()};
  while (results.size() < 3 && state.writer.chance(25))
    results.push_back(state.writer.pickFrom(state.live));
  return results;
}

} // namespace

RandomNetwork makeRandomNetwork(unsigned seed) {
  static const std::vector<Layer> choices = listChoices();
  NetworkState state{NetworkWriter(seed), false, {}};
  NetworkWriter &writer = state.writer;
  state.channelsFirst = writer.chance(50);
  int64_t inputCount = writer.chance(20) ? 2 : 1;
  for (int64_t i = 0; i < inputCount; ++i) {
    int64_t channels = writer.pickFrom<int64_t>({1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 24, 40});
    Shape shape{writer.chance(15) ? 2 : 1, writer.pick(4, 13), writer.pick(4, 13), channels};
    if (state.channelsFirst)
      shape = permute(shape, {0, 3, 1, 2});
    state.live.push_back(writer.addInput(shape));
  }
  for (int64_t i = 0, count = writer.pick(3, 9); i < count;) {
    std::optional<Tensor> result = writer.pickFrom(choices)(state, pickOperand(state));
    if (!result || result->getCount() > kMostElements)
      continue;
    state.live.push_back(*result);
    ++i;
  }
  RandomNetwork network;
  for (const Tensor &input : writer.getInputs())
    network.inputs.push_back(input.shape);
  network.text = writer.finish(pickResults(state));
  return network;
}

} // namespace nnc::test
