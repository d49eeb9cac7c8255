// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes tensor trains as their plans say: with merged cores, or as the dense layer.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/ContractionPlan.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_CONTRACTTRAINS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Winograd's convolution needs so much less time than the direct one.
constexpr double kWinogradGain = 2;
/// Channels from which it does.
constexpr int64_t kWinogradChannels = 16;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
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
    for (Value core : cores.drop_front())
      all = TtMergeOp::create(builder, at, all, core);
    return all;
  }

  SmallVector<Value> mergeRuns(ValueRange cores, ArrayRef<int64_t> runs) {
    SmallVector<Value> merged;
    for (int64_t run : runs) {
      merged.push_back(merge(cores.take_front(run)));
      cores = cores.drop_front(run);
    }
    return merged;
  }

  /// The layer by this plan; its rows are those of `input`.
  Value writeLinear(Value input, ValueRange cores, Value bias, const ContractionPlan &plan) {
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

  Value writeDenseConvolution(TtConv2dOp op) {
    ArrayRef<int64_t> taps = getShape(op.getSpatial());
    Value first = reshape(op.getSpatial(), {1, taps[0] * taps[1], 1, taps[2]});
    SmallVector<Value> cores{first};
    llvm::append_range(cores, op.getCores());
    Value filter = reshape(
        merge(cores), {taps[0], taps[1], getShape(op.getInput())[3], getShape(op.getOutput())[3]});
    return Conv2dOp::create(builder, at, op.getType(), op.getInput(), filter, op.getBias(),
                            op.getStrides(), op.getPads(), op.getDilations(), /*groups=*/1);
  }

  /// Every channel filtered by each of the spatial filters, then a train over filters and channels
  /// of each pixel.
  Value writeConvolution(TtConv2dOp op, const ContractionPlan &plan) {
    SmallVector<Value> filtered;
    int64_t filters = getShape(op.getSpatial())[2], channels = getShape(op.getInput())[3];
    SmallVector<int64_t> shape(getShape(op.getOutput()));
    shape[3] = channels;
    for (int64_t filter = 0; filter < filters; ++filter)
      filtered.push_back(Conv2dOp::create(builder, at, op.getType().clone(shape), op.getInput(),
                                          repeatFilter(op.getSpatial(), filter, channels), Value(),
                                          op.getStrides(), op.getPads(), op.getDilations(),
                                          channels));
    Value joined = filtered.front();
    if (filters > 1)
      joined = tensor::ConcatOp::create(builder, at, 3, filtered);
    Value rows = reshape(joined, {shape[0] * shape[1] * shape[2], filters * channels});
    SmallVector<Value> cores(op.getCores());
    CoreExtents first = getCoreExtents(op.getCores()).front();
    cores.front() =
        reshape(cores.front(), {1, first.before * first.input, first.output, first.after});
    Value result = writeLinear(rows, cores, op.getBias(), plan);
    return reshape(result, getShape(op.getOutput()));
  }

private:
  /// One spatial filter for all channels, as a depthwise convolution takes it.
  Value repeatFilter(Value spatial, int64_t filter, int64_t channels) {
    ArrayRef<int64_t> taps = getShape(spatial);
    auto number = [&](int64_t n) { return OpFoldResult(builder.getIndexAttr(n)); };
    Value slice = tensor::ExtractSliceOp::create(
        builder, at, spatial, {number(0), number(0), number(filter)},
        {number(taps[0]), number(taps[1]), number(1)}, {number(1), number(1), number(1)});
    auto type = cast<RankedTensorType>(spatial.getType()).clone({taps[0], taps[1], 1, channels});
    return BroadcastOp::create(builder, at, type, reshape(slice, {taps[0], taps[1], 1, 1}));
  }

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
  static ContractionPlan makeDensePlan(ArrayRef<CoreExtents> cores) {
    return {{static_cast<int64_t>(cores.size())}, ContractionOrder::LastToFirst, 0};
  }

  Value rewrite(TtLinearOp op) {
    SmallVector<CoreExtents> cores = getCoreExtents(op.getCores());
    ContractionPlan plan =
        dense ? makeDensePlan(cores) : choosePlan(cores, op.getType().getDimSize(0));
    record(op, cores, plan);
    return Writer(op).writeLinear(op.getInput(), op.getCores(), op.getBias(), plan);
  }

  Value rewrite(TtConv2dOp op) {
    if (dense)
      return Writer(op).writeDenseConvolution(op);
    ArrayRef<int64_t> taps = getShape(op.getSpatial()), out = getShape(op.getOutput());
    int64_t channels = getShape(op.getInput())[3], pixels = out[0] * out[1] * out[2];
    SmallVector<CoreExtents> cores = getCoreExtents(op.getCores());
    cores.front() = {1, cores.front().before * cores.front().input, cores.front().output,
                     cores.front().after};
    ContractionPlan plan = choosePlan(cores, pixels);
    plan.cost += getStepCost(static_cast<double>(pixels * taps[2] * channels), 1, channels,
                             taps[0] * taps[1]);
    bool isDense = getDenseCost(op, pixels) <= plan.cost;
    record(op, cores, isDense ? makeDensePlan(cores) : plan);
    return isDense ? Writer(op).writeDenseConvolution(op) : Writer(op).writeConvolution(op, plan);
  }

  /// What was chosen, for reports.
  void record(Operation *op, ArrayRef<CoreExtents> cores, const ContractionPlan &plan) {
    SmallVector<CoreExtents> merged = mergeRuns(cores, plan.runs);
    std::string form = plan.isDense() ? "dense: cheaper than any train" : "";
    if (!plan.isDense()) {
      llvm::raw_string_ostream os(form);
      os << "cores of";
      for (const CoreExtents &core : merged)
        os << llvm::formatv(" {0}->{1}", core.input, core.output);
      os << (plan.order == ContractionOrder::LastToFirst ? ", last to first" : ", first to last");
    }
    recordApproximation(getOperation(), {getLayerTitle(op), "contraction", form,
                                         countElements(merged), countElements(cores), 0});
  }

  static double getDenseCost(TtConv2dOp op, int64_t pixels) {
    ArrayRef<int64_t> taps = getShape(op.getSpatial());
    double weights = static_cast<double>(taps[0] * taps[1]) *
                     static_cast<double>(getShape(op.getInput())[3] * getShape(op.getOutput())[3]);
    bool isWinograd = taps[0] == 3 && taps[1] == 3 &&
                      getShape(op.getInput())[3] >= kWinogradChannels &&
                      llvm::all_of(op.getStrides(), [](int64_t stride) { return stride == 1; });
    return weights * static_cast<double>(pixels) / (isWinograd ? kWinogradGain : 1) +
           getWeightCost(weights);
  }
};

} // namespace
