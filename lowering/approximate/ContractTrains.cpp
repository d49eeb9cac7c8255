// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How tensor trains are contracted, by a count of work for every way to cut the train into runs of
// merged cores.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/ContractConvolution.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_CONTRACTTRAINS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

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

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// One core, or several merged ones.
struct Extents {
  int64_t before, input, output, after;
};

Extents merge(const Extents &first, const Extents &second) {
  return {first.before, first.input * second.input, first.output * second.output, second.after};
}

double getWeightCost(double elements) {
  return elements * (elements * 4 > kCacheBytes ? kMemoryCost : kCacheCost);
}

/// Lanes that vectors along a loop fill.
int64_t getWidth(int64_t extent) {
  int64_t lanes = kLanes;
  while (extent % lanes != 0)
    lanes /= 2;
  return lanes;
}

/// Time of one contraction in multiply-adds of full vectors.
double getStepCost(double outer, int64_t q, int64_t inner, int64_t reduced) {
  double results = outer * static_cast<double>(q) * static_cast<double>(inner);
  auto narrowness = static_cast<double>(kLanes / std::max(getWidth(q), getWidth(inner)));
  return results * (static_cast<double>(reduced) + kStateCost) * narrowness;
}

/// How a train is contracted: the numbers of cores that are merged to one, and the order.
struct Plan {
  SmallVector<size_t> runs;
  ContractionOrder order = ContractionOrder::LastToFirst;
  double cost = 0;

  bool isDense() const { return runs.size() == 1; }
};

SmallVector<Extents> mergeRuns(ArrayRef<Extents> cores, ArrayRef<size_t> runs) {
  SmallVector<Extents> merged;
  size_t next = 0;
  for (size_t run : runs) {
    Extents all = cores[next];
    for (size_t i = 1; i < run; ++i)
      all = merge(all, cores[next + i]);
    merged.push_back(all);
    next += run;
  }
  return merged;
}

double getTrainCost(ArrayRef<Extents> cores, int64_t rows, ContractionOrder order) {
  bool isForward = order == ContractionOrder::FirstToLast;
  double cost = 0;
  int64_t inputs = 1, outputs = 1;
  for (const Extents &core : cores)
    inputs *= core.input;
  // `inputs` are the modes that are not contracted yet, `outputs` those that have been made.
  for (size_t n = 0; n < cores.size(); ++n) {
    const Extents &core = isForward ? cores[n] : cores[cores.size() - 1 - n];
    inputs /= core.input;
    double outer = static_cast<double>(rows) * static_cast<double>(isForward ? outputs : inputs);
    int64_t q = core.output * (isForward ? core.after : core.before);
    int64_t reduced = core.input * (isForward ? core.before : core.after);
    cost += getStepCost(outer, q, isForward ? inputs : outputs, reduced);
    cost += getWeightCost(static_cast<double>(core.before * core.input) *
                          static_cast<double>(core.output * core.after));
    outputs *= core.output;
  }
  return cost;
}

/// The cheapest way for `rows` rows of input; ranks at the ends are 1.
Plan choosePlan(ArrayRef<Extents> cores, int64_t rows) {
  Plan best;
  size_t cuts = cores.size() - 1;
  for (uint64_t cut = 0; cut < (uint64_t(1) << std::min(cuts, kMostCores)); ++cut) {
    Plan plan;
    plan.runs.push_back(1);
    for (size_t i = 0; i < cuts; ++i) {
      if (i >= kMostCores || (cut >> i & 1))
        plan.runs.push_back(1);
      else
        ++plan.runs.back();
    }
    SmallVector<Extents> merged = mergeRuns(cores, plan.runs);
    for (ContractionOrder order : {ContractionOrder::LastToFirst, ContractionOrder::FirstToLast}) {
      plan.order = order;
      plan.cost = getTrainCost(merged, rows, order);
      if (best.runs.empty() || plan.cost < best.cost)
        best = plan;
    }
  }
  return best;
}

SmallVector<Extents> getExtents(ValueRange cores) {
  SmallVector<Extents> extents;
  for (Value core : cores) {
    ArrayRef<int64_t> shape = getShape(core);
    extents.push_back({shape[0], shape[1], shape[2], shape[3]});
  }
  return extents;
}

/// Rewrites trains at one place.
class Writer {
public:
  explicit Writer(Operation *op) : builder(op), at(op->getLoc()) {}

  Value reshape(Value value, ArrayRef<int64_t> shape) {
    auto type = cast<RankedTensorType>(value.getType());
    return builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
  }

  Value merge(ValueRange cores) {
    Value all = cores.front();
    for (Value core : cores.drop_front()) {
      Extents a = getExtents(all)[0], b = getExtents(core)[0];
      auto type = cast<RankedTensorType>(all.getType());
      type = type.clone({a.before, a.input * b.input, a.output * b.output, b.after});
      all = TtMergeOp::create(builder, at, type, all, core);
    }
    return all;
  }

  SmallVector<Value> mergeRuns(ValueRange cores, ArrayRef<size_t> runs) {
    SmallVector<Value> merged;
    for (size_t run : runs) {
      merged.push_back(merge(cores.take_front(run)));
      cores = cores.drop_front(run);
    }
    return merged;
  }

  /// The layer by this plan; its rows are those of `input`.
  Value writeLinear(Value input, ValueRange cores, Value bias, const Plan &plan) {
    SmallVector<Value> merged = mergeRuns(cores, plan.runs);
    int64_t outputs = 1;
    for (Value core : merged)
      outputs *= getShape(core)[2];
    auto type = cast<RankedTensorType>(input.getType());
    type = type.clone({type.getDimSize(0), outputs});
    if (!plan.isDense())
      return TtLinearOp::create(builder, at, type, input, merged, bias, plan.order);
    Value weight = reshape(merged.front(), {getShape(input)[1], outputs});
    return LinearOp::create(builder, at, type, input, weight, bias);
  }

private:
  OpBuilder builder;
  Location at;
};

struct ContractTrains : nnc::impl::ContractTrainsBase<ContractTrains> {
  using ContractTrainsBase::ContractTrainsBase;

  void runOnOperation() override {
    SmallVector<Operation *> trains;
    getOperation()->walk([&](Operation *op) {
      if (isa<TtLinearOp, TtConv2dOp>(op))
        trains.push_back(op);
    });
    for (Operation *op : trains) {
      auto linear = dyn_cast<TtLinearOp>(op);
      Value result = linear ? rewrite(linear) : rewrite(cast<TtConv2dOp>(op));
      op->getResult(0).replaceAllUsesWith(result);
      op->erase();
    }
  }

private:
  static Plan makeDensePlan(size_t cores) { return {{cores}, ContractionOrder::LastToFirst, 0}; }

  Value rewrite(TtLinearOp op) {
    SmallVector<Extents> cores = getExtents(op.getCores());
    Plan plan = dense ? makeDensePlan(cores.size()) : choosePlan(cores, op.getType().getDimSize(0));
    record(op, cores, plan);
    return Writer(op).writeLinear(op.getInput(), op.getCores(), op.getBias(), plan);
  }

  Value rewrite(TtConv2dOp op) {
    int64_t elements = op.getSpatial().getType().getNumElements();
    for (Value core : op.getCores())
      elements += cast<RankedTensorType>(core.getType()).getNumElements();
    ContractedConvolution result = contractConvolution(op, dense);
    if (!dense)
      recordApproximation(getOperation(), {getLayerTitle(op), "contraction", result.form,
                                           result.parameters, elements, 0});
    return result.output;
  }

  /// What was chosen, for reports.
  void record(Operation *op, ArrayRef<Extents> cores, const Plan &plan) {
    auto countElements = [](ArrayRef<Extents> extents) {
      int64_t elements = 0;
      for (const Extents &core : extents)
        elements += core.before * core.input * core.output * core.after;
      return elements;
    };
    SmallVector<Extents> merged = mergeRuns(cores, plan.runs);
    std::string form = plan.isDense() ? "dense: cheaper than any train" : "";
    if (!plan.isDense()) {
      llvm::raw_string_ostream os(form);
      os << "cores of";
      for (const Extents &core : merged)
        os << llvm::formatv(" {0}->{1}", core.input, core.output);
      os << (plan.order == ContractionOrder::LastToFirst ? ", last to first" : ", first to last");
    }
    recordApproximation(getOperation(), {getLayerTitle(op), "contraction", form,
                                         countElements(merged), countElements(cores), 0});
  }
};

} // namespace
