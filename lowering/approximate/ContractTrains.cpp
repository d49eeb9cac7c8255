// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes tensor trains as their plans say: with merged cores, or as the dense layer.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/ContractConvolution.h"
#include "lowering/approximate/ContractionPlan.h"
#include "lowering/approximate/MergeCores.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_CONTRACTTRAINS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

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

  /// The layer by this plan; its rows are those of `input`.
  Value writeLinear(Value input, ValueRange cores, Value bias, const ContractionPlan &plan) {
    SmallVector<Value> merged = mergeCoresInRuns(builder, at, cores, plan.runs);
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

private:
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

  PlanLimits getLimits() const {
    return {objective == "memory" ? 0 : std::numeric_limits<int64_t>::max(), givenOrder};
  }

  /// The runs that the options give, none where they give none, or all cores as one.
  FailureOr<SmallVector<int64_t>> getGivenRuns(Operation *op, int64_t cores) {
    if (dense)
      return SmallVector<int64_t>{cores};
    int64_t sum = 0;
    for (int64_t run : runs)
      sum += run < 1 ? cores + 1 : run;
    if (runs.empty() || sum == cores)
      return SmallVector<int64_t>(runs.begin(), runs.end());
    std::string list =
        llvm::join(llvm::map_range(runs, [](int64_t run) { return std::to_string(run); }), ",");
    return op->emitError("runs=") << list
                                  << ": wanted are numbers of at least 1 that add up to the "
                                  << cores << " cores of the train";
  }

  FailureOr<Value> rewrite(TtLinearOp op) {
    SmallVector<CoreExtents> cores = getCoreExtents(op.getCores());
    int64_t rows = op.getType().getDimSize(0);
    auto given = getGivenRuns(op, static_cast<int64_t>(cores.size()));
    if (failed(given))
      return failure();
    ContractionPlan chosen{*given, givenOrder.value_or(ContractionOrder::LastToFirst), 0};
    if (given->empty())
      chosen = choosePlan(cores, rows, getLimits());
    SmallVector<CoreExtents> merged = mergeRuns(cores, chosen.runs);
    int64_t weights = mergeRuns(cores, {static_cast<int64_t>(cores.size())})[0].countElements();
    record(op, describe(chosen, cores), countElements(cores),
           {countElements(merged), 2 * rows * countProducts(merged, chosen.order)},
           {weights, 2 * rows * weights});
    return Writer(op).writeLinear(op.getInput(), op.getCores(), op.getBias(), chosen);
  }

  FailureOr<Value> rewrite(TtConv2dOp op) {
    SmallVector<CoreExtents> cores = getCoreExtents(op.getCores());
    auto given = getGivenRuns(op, static_cast<int64_t>(cores.size()));
    if (failed(given))
      return failure();
    ContractedConvolution result = contractConvolution(op, *given, getLimits());
    ArrayRef<int64_t> taps = getShape(op.getSpatial()), out = getShape(op.getOutput());
    int64_t weights = taps[0] * taps[1] * getShape(op.getInput())[3] * out[3];
    record(op, result.form, op.getSpatial().getType().getNumElements() + countElements(cores),
           {result.parameters, result.flops}, {weights, 2 * out[0] * out[1] * out[2] * weights});
    return result.output;
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

  std::optional<ContractionOrder> givenOrder;
};

} // namespace
