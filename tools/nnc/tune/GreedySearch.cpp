// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/GreedySearch.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nnc::tools {
namespace {

/// A level must save this share of a layer's time to be another: less is noise.
constexpr double kLeastSaving = 0.03;

struct Candidate {
  size_t layer;
  unsigned level;
  Score score;
  double cost; // loss added for a second saved
};

std::vector<Candidate> listCandidates(const TimeModel &times, const Levels &levels) {
  std::vector<Candidate> candidates;
  for (auto [layer, level] : llvm::enumerate(levels))
    if (std::optional<unsigned> next = times.findNext(layer, level))
      candidates.push_back({layer, *next, {}, 0});
  return candidates;
}

} // namespace

double TimeModel::estimate(const Levels &levels) const {
  double seconds = byLevel.front().rest;
  for (auto [layer, level] : llvm::enumerate(levels))
    seconds += byLevel[level].layers[layer];
  return seconds;
}

std::optional<unsigned> TimeModel::findNext(size_t layer, unsigned level) const {
  for (unsigned next = level + 1; next < byLevel.size(); ++next)
    if (getSaved(layer, level, next) > kLeastSaving * byLevel[level].layers[layer])
      return next;
  return std::nullopt;
}

LogicalResult searchGreedily(const TimeModel &times, const SearchGoal &goal,
                             const SearchCallbacks &callbacks, SearchResult &result) {
  auto getSpeedup = [&](const Levels &levels) { return times.getDense() / times.estimate(levels); };
  while (!goal.speedup || getSpeedup(result.levels) < *goal.speedup) {
    std::vector<Candidate> candidates = listCandidates(times, result.levels);
    for (auto [index, candidate] : llvm::enumerate(candidates)) {
      Levels levels = result.levels;
      levels[candidate.layer] = candidate.level;
      auto score = callbacks.evaluate(levels);
      if (failed(score))
        return failure();
      candidate.score = *score;
      candidate.cost =
          (score->loss - result.score.loss) /
          times.getSaved(candidate.layer, result.levels[candidate.layer], candidate.level);
      callbacks.showProgress(index + 1, candidates.size());
    }
    llvm::erase_if(candidates, [&](const Candidate &candidate) {
      return goal.drop && callbacks.getDrop(candidate.score) > *goal.drop;
    });
    if (candidates.empty())
      return success();
    const Candidate &best = *llvm::min_element(
        candidates, [](const Candidate &a, const Candidate &b) { return a.cost < b.cost; });
    result.levels[best.layer] = best.level;
    result.score = best.score;
    result.steps.push_back({best.layer, best.level, best.score, callbacks.getDrop(best.score),
                            getSpeedup(result.levels)});
    if (failed(callbacks.takeStep(result.steps.back())))
      return failure();
  }
  return success();
}

} // namespace nnc::tools
