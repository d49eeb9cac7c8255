// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/ContractionPlan.h"

#include "llvm/Support/FormatVariadic.h"

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

double getTrainCost(ArrayRef<CoreExtents> cores, int64_t rows, ContractionOrder order) {
  double cost = 0;
  for (const ContractionStep &step : listSteps(cores, order))
    cost += getStepCost(static_cast<double>(rows) * static_cast<double>(step.countResults()),
                        step.q, step.inner, step.countReduced());
  return cost + getWeightCost(static_cast<double>(countElements(cores)));
}

/// Bit i of `cuts` cuts behind core i; there is a cut behind all cores from `kMostCores` on.
static SmallVector<int64_t> readRuns(uint64_t cuts, size_t cores) {
  SmallVector<int64_t> runs{1};
  for (size_t i = 0; i + 1 < cores; ++i) {
    if (i >= kMostCores || (cuts >> i & 1))
      runs.push_back(1);
    else
      ++runs.back();
  }
  return runs;
}

ContractionPlan choosePlan(ArrayRef<CoreExtents> cores, int64_t rows, const PlanLimits &limits) {
  ContractionPlan best;
  int64_t most = std::max(limits.mostElements, countElements(cores));
  uint64_t ways = uint64_t(1) << std::min(cores.size() - 1, kMostCores);
  for (uint64_t cuts = 0; cuts < ways; ++cuts) {
    SmallVector<int64_t> runs = readRuns(cuts, cores.size());
    SmallVector<CoreExtents> merged = mergeRuns(cores, runs);
    if (countElements(merged) > most)
      continue;
    for (ContractionOrder order : {ContractionOrder::LastToFirst, ContractionOrder::FirstToLast}) {
      double cost = getTrainCost(merged, rows, order);
      if (order == limits.order.value_or(order) && (best.runs.empty() || cost < best.cost))
        best = {runs, order, cost};
    }
  }
  return best;
}

std::string describe(const ContractionPlan &plan, ArrayRef<CoreExtents> cores) {
  if (plan.isDense())
    return "dense";
  std::string form = "cores of";
  for (const CoreExtents &core : mergeRuns(cores, plan.runs))
    form += llvm::formatv(" {0}->{1}", core.input, core.output);
  return form +
         (plan.order == ContractionOrder::LastToFirst ? ", last to first" : ", first to last");
}

} // namespace nnc
