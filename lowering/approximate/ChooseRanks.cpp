// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/ChooseRanks.h"

#include <algorithm>

using llvm::MutableArrayRef;
using llvm::SmallVector;
using namespace nnc;

namespace {

/// One way to write a layer: the train (none: dense), elements, and the relative error.
struct Choice {
  TensorTrain train;
  int64_t elements;
  double error;
};

/// The dense layer, then trains of smaller and smaller rank.
SmallVector<Choice> listChoices(const ApproximatedLayer &of) {
  int64_t dense = of.layer.countParameters();
  SmallVector<Choice> choices{{{}, dense, 0}};
  for (int64_t rank = findRank(of.train, dense - 1); rank > 0; rank = rank * 3 / 4) {
    TensorTrain train = toFloats(nnc::round(of.train, {rank, 0}));
    double error = getRelativeError(of.layer.matrix, train);
    int64_t elements = train.countElements();
    choices.push_back({std::move(train), elements, error});
  }
  return choices;
}

/// All layers' choices, and which of them is taken.
struct Shares {
  SmallVector<SmallVector<Choice>> choices;
  SmallVector<size_t> chosen;
  int64_t total = 0;

  const Choice &get(size_t layer) const { return choices[layer][chosen[layer]]; }

  /// Goes to the choice with the least squared error added for each parameter saved; false where
  /// nothing is smaller.
  bool cut() {
    size_t bestLayer = 0, bestChoice = 0;
    double bestPrice = 0;
    for (size_t i = 0; i < choices.size(); ++i)
      for (size_t c = chosen[i] + 1; c < choices[i].size(); ++c) {
        const Choice &from = get(i), &to = choices[i][c];
        double price = (to.error * to.error - from.error * from.error) /
                       static_cast<double>(from.elements - to.elements);
        if (from.elements > to.elements && (bestChoice == 0 || price < bestPrice))
          bestLayer = i, bestChoice = c, bestPrice = price;
      }
    if (bestChoice == 0)
      return false;
    total += choices[bestLayer][bestChoice].elements - get(bestLayer).elements;
    chosen[bestLayer] = bestChoice;
    return true;
  }
};

} // namespace

int64_t nnc::findRank(const TensorTrain &train, int64_t most) {
  SmallVector<int64_t> ranks = train.getRanks();
  int64_t rank = ranks.empty() ? 1 : *llvm::max_element(ranks);
  while (rank > 0 && train.countElements(rank) > most)
    --rank;
  return rank;
}

void nnc::shareBudget(MutableArrayRef<ApproximatedLayer> layers, int64_t budget) {
  Shares shares;
  shares.chosen.assign(layers.size(), 0);
  for (const ApproximatedLayer &layer : layers) {
    shares.choices.push_back(listChoices(layer));
    shares.total += layer.layer.countParameters();
  }
  while (shares.total > budget && shares.cut())
    ;
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].train = shares.get(i).train;
    layers[i].error = shares.get(i).error;
  }
}
