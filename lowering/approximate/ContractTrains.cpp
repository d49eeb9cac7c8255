// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes tensor trains as their plans say: with merged cores, or as the dense layer.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/ContractionPlan.h"

#include "llvm/ADT/StringExtras.h"
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
    if (!plan.isDense()) {
      auto train = TtLinearOp::create(builder, at, type, input, merged, bias, plan.order);
      train->setAttr(kContractedAttr, builder.getUnitAttr());
      return train;
    }
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
    if (failed(checkOptions()))
      return signalPassFailure();
    SmallVector<Operation *> trains;
    getOperation()->walk([&](Operation *op) {
      if (isa<TtLinearOp, TtConv2dOp>(op) && !op->hasAttr(kContractedAttr) && isNamed(op, layers))
        trains.push_back(op);
    });
    for (Operation *op : trains) {
      auto linear = dyn_cast<TtLinearOp>(op);
      FailureOr<Value> result = linear ? rewrite(linear) : rewrite(cast<TtConv2dOp>(op));
      if (failed(result))
        return signalPassFailure();
      op->getResult(0).replaceAllUsesWith(*result);
      op->erase();
    }
  }

private:
  LogicalResult checkOptions() {
    if (objective != "time" && objective != "memory")
      return getOperation().emitError("objective=") << objective << ": wanted is time or memory";
    givenOrder = symbolizeContractionOrder(order);
    if (!order.empty() && !givenOrder)
      return getOperation().emitError("order=")
             << order << ": wanted is first_to_last or last_to_first";
    return success();
  }

  /// The plan that the options give, or the cheapest that they allow.
  FailureOr<ContractionPlan> plan(Operation *op, ArrayRef<CoreExtents> cores, int64_t rows) {
    auto count = static_cast<int64_t>(cores.size());
    if (dense)
      return ContractionPlan{{count}};
    if (runs.empty())
      return choosePlan(
          cores, rows,
          {objective == "memory" ? 0 : std::numeric_limits<int64_t>::max(), givenOrder});
    int64_t sum = 0;
    for (int64_t run : runs)
      sum += run < 1 ? count + 1 : run;
    if (sum == count)
      return ContractionPlan{SmallVector<int64_t>(runs.begin(), runs.end()),
                             givenOrder.value_or(ContractionOrder::LastToFirst), 0};
    std::string list =
        llvm::join(llvm::map_range(runs, [](int64_t run) { return std::to_string(run); }), ",");
    return op->emitError("runs=") << list
                                  << ": wanted are numbers of at least 1 that add up to the "
                                  << count << " cores of the train";
  }

  FailureOr<Value> rewrite(TtLinearOp op) {
    SmallVector<CoreExtents> cores = getCoreExtents(op.getCores());
    int64_t rows = op.getType().getDimSize(0);
    FailureOr<ContractionPlan> chosen = plan(op, cores, rows);
    if (failed(chosen))
      return failure();
    SmallVector<CoreExtents> merged = mergeRuns(cores, chosen->runs);
    int64_t weights = mergeRuns(cores, {static_cast<int64_t>(cores.size())})[0].countElements();
    record(op, describe(*chosen, cores), countElements(cores),
           {countElements(merged), 2 * rows * countProducts(merged, chosen->order)},
           {weights, 2 * rows * weights});
    return Writer(op).writeLinear(op.getInput(), op.getCores(), op.getBias(), *chosen);
  }

  FailureOr<Value> rewrite(TtConv2dOp op) {
    ArrayRef<int64_t> taps = getShape(op.getSpatial()), out = getShape(op.getOutput());
    int64_t channels = getShape(op.getInput())[3], pixels = out[0] * out[1] * out[2];
    int64_t spatial = op.getSpatial().getType().getNumElements();
    SmallVector<CoreExtents> cores = getCoreExtents(op.getCores());
    cores.front() = {1, cores.front().before * cores.front().input, cores.front().output,
                     cores.front().after};
    FailureOr<ContractionPlan> chosen = plan(op, cores, pixels);
    if (failed(chosen))
      return failure();
    chosen->cost += getStepCost(static_cast<double>(pixels * taps[2] * channels), 1, channels,
                                taps[0] * taps[1]);
    SmallVector<CoreExtents> merged = mergeRuns(cores, chosen->runs);
    int64_t elements = spatial + countElements(cores),
            weights = taps[0] * taps[1] * channels * out[3];
    Amounts denseLayer{weights, 2 * pixels * weights};
    bool mayBeDense = runs.empty() && (objective == "time" || weights <= elements);
    if (dense || (mayBeDense && getDenseCost(op, pixels) <= chosen->cost)) {
      record(op, "dense", elements, denseLayer, denseLayer);
      return Writer(op).writeDenseConvolution(op);
    }
    record(op, describe(*chosen, cores), elements,
           {spatial + countElements(merged),
            2 * pixels * (spatial * channels + countProducts(merged, chosen->order))},
           denseLayer);
    return Writer(op).writeConvolution(op, *chosen);
  }

  struct Amounts {
    int64_t parameters, flops;
  };

  /// What was chosen, for reports; `elements` are the train's.
  void record(Operation *op, const std::string &form, int64_t elements, Amounts chosen,
              Amounts denseLayer) {
    std::string text = llvm::formatv("train of {0} as {1}", elements, form);
    recordApproximation(getOperation(), {getLayerTitle(op), "contraction", text, chosen.parameters,
                                         denseLayer.parameters, chosen.flops, denseLayer.flops, 0});
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

  std::optional<ContractionOrder> givenOrder;
};

} // namespace
