// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a tensor train is contracted, and what that costs: a count of work for every way to cut the
// train into runs of merged cores.
#ifndef LOWERING_APPROXIMATE_CONTRACTIONPLAN_H
#define LOWERING_APPROXIMATE_CONTRACTIONPLAN_H

#include "dialects/nnc/TrainContraction.h"

#include <limits>
#include <optional>
#include <string>

namespace nnc {

/// How a train is contracted: the numbers of cores that are merged to one, the order, and the time
/// in multiply-adds of full vectors.
struct ContractionPlan {
  llvm::SmallVector<int64_t> runs;
  ContractionOrder order = ContractionOrder::LastToFirst;
  double cost = 0;

  bool isDense() const { return runs.size() == 1; }
};

/// What is asked of a plan.
struct PlanLimits {
  /// Elements of merged cores; of the train itself where it has more.
  int64_t mostElements = std::numeric_limits<int64_t>::max();
  std::optional<ContractionOrder> order;
};

/// The cheapest plan for `rows` rows of input; ranks at the ends are 1.
ContractionPlan choosePlan(llvm::ArrayRef<CoreExtents> cores, int64_t rows,
                           const PlanLimits &limits);

/// Time of a train's contraction for `rows` rows of input.
double getTrainCost(llvm::ArrayRef<CoreExtents> cores, int64_t rows, ContractionOrder order);

/// "cores of 14->16 8->4, last to first", or "dense".
std::string describe(const ContractionPlan &plan, llvm::ArrayRef<CoreExtents> cores);

/// Time of `results` sums of `reduced` products, in multiply-adds of full vectors; the vectors run
/// over `q` or `inner`.
double getStepCost(double results, int64_t q, int64_t inner, int64_t reduced);

/// Time in which that many weights arrive, in multiply-adds of full vectors.
double getWeightCost(double elements);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_CONTRACTIONPLAN_H
