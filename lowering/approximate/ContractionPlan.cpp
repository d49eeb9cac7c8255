// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/ContractionPlan.h"

using namespace mlir;

namespace nnc {
namespace {

/// Multiply-adds in the time that one weight takes to arrive: from memory, and from the second
/// cache.
constexpr double kMemoryCost = 20, kCacheCost = 1;
/// Weights of more bytes come from memory.
constexpr int64_t kCacheBytes = 1 << 20;
/// Multiply-adds in the time of one element of a state: it is summed up, copied and read again.
constexpr double kStateCost = 4;
/// Lanes that a step's vectors should fill.
constexpr int64_t kLanes = 16;
/// Longer trains are not cut in all ways: there would be too many.
constexpr size_t kMostCores = 14;

/// Lanes that vectors along a loop fill.
int64_t getWidth(int64_t extent) {
  int64_t lanes = kLanes;
  while (extent % lanes != 0)
    lanes /= 2;
  return lanes;
}

} // namespace

double getWeightCost(double elements) {
  return elements * (elements * 4 > kCacheBytes ? kMemoryCost : kCacheCost);
}

double getStepCost(double results, int64_t q, int64_t inner, int64_t reduced) {
  auto narrowness = static_cast<double>(kLanes / std::max(getWidth(q), getWidth(inner)));
  return results * (static_cast<double>(reduced) + kStateCost) * narrowness;
}

static double getTrainCost(ArrayRef<CoreExtents> cores, int64_t rows, ContractionOrder order) {
  double cost = 0;
  for (const ContractionStep &step : listSteps(cores, order))
    cost += getStepCost(static_cast<double>(rows) * static_cast<double>(step.countResults()),
                        step.q, step.inner, step.countReduced());
  for (const CoreExtents &core : cores)
    cost += getWeightCost(static_cast<double>(core.countElements()));
  return cost;
}

ContractionPlan choosePlan(ArrayRef<CoreExtents> cores, int64_t rows) {
  ContractionPlan best;
  size_t cuts = cores.size() - 1;
  for (uint64_t cut = 0; cut < (uint64_t(1) << std::min(cuts, kMostCores)); ++cut) {
    ContractionPlan plan;
    plan.runs.push_back(1);
    for (size_t i = 0; i < cuts; ++i) {
      if (i >= kMostCores || (cut >> i & 1))
        plan.runs.push_back(1);
      else
        ++plan.runs.back();
    }
    SmallVector<CoreExtents> merged = mergeRuns(cores, plan.runs);
    for (ContractionOrder order : {ContractionOrder::LastToFirst, ContractionOrder::FirstToLast}) {
      plan.order = order;
      plan.cost = getTrainCost(merged, rows, order);
      if (best.runs.empty() || plan.cost < best.cost)
        best = plan;
    }
  }
  return best;
}

} // namespace nnc
