// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search for levels (Figurnov et al., arXiv:1504.08362, section 4.3): the layer goes on whose
// next level adds the least loss for the time it saves.
#ifndef TOOLS_NNC_TUNE_GREEDYSEARCH_H
#define TOOLS_NNC_TUNE_GREEDYSEARCH_H

#include "tools/nnc/tune/LayerTimes.h"
#include "tools/nnc/tune/Losses.h"

#include <functional>

namespace nnc::tools {

/// Seconds by level, with all layers at one level.
class TimeModel {
public:
  explicit TimeModel(std::vector<LayerTimes> byLevel) : byLevel(std::move(byLevel)) {}

  /// The estimate for a run at these levels.
  double estimate(const Levels &levels) const;
  double getDense() const { return byLevel.front().getTotal(); }
  /// The next level of a layer that is faster than its present one, if any.
  std::optional<unsigned> findNext(size_t layer, unsigned level) const;
  double getSaved(size_t layer, unsigned from, unsigned to) const {
    return byLevel[from].layers[layer] - byLevel[to].layers[layer];
  }

private:
  std::vector<LayerTimes> byLevel; // from 0
};

struct SearchGoal {
  /// Stops where the estimate is so much faster than dense; none: as long as the drop allows.
  std::optional<double> speedup;
  /// The largest drop, as `getDrop` has it.
  std::optional<double> drop;
};

struct SearchStep {
  size_t layer;
  unsigned level;
  Score score;
  double drop, speedup; // of all levels so far; the speed-up is estimated
};

struct SearchResult {
  Levels levels;
  Score score;
  std::vector<SearchStep> steps;
};

/// What a search asks for.
struct SearchCallbacks {
  std::function<mlir::FailureOr<Score>(const Levels &)> evaluate;
  /// How much worse a score is than the dense one.
  std::function<double(const Score &)> getDrop;
  /// After each score: which of how many of this step.
  std::function<void(size_t, size_t)> showProgress;
  /// After each step; a failure ends the search.
  std::function<mlir::LogicalResult(const SearchStep &)> takeStep;
};

/// Goes on from `result` until the goal; fails where an evaluation does.
mlir::LogicalResult searchGreedily(const TimeModel &times, const SearchGoal &goal,
                                   const SearchCallbacks &callbacks, SearchResult &result);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_GREEDYSEARCH_H
