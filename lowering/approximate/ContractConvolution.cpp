// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every form is one record: whether it fits, what it costs, how it is written. Costs are times, in
// multiply-adds of full vectors.
#include "lowering/approximate/ContractConvolution.h"

#include "lowering/approximate/DenseConvolution.h"
#include "lowering/approximate/MergeCores.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

using Train = SmallVector<CoreExtents>;

/// What the cost of a form depends on, beside the merged cores.
struct Layer {
  DenseConvolution dense;
  int64_t filters, pixelsBefore, pixelsAfter; // of the input and the output

  explicit Layer(TtConv2dOp op);
  int64_t countTaps() const { return dense.tapRows * dense.tapColumns; }
  /// Of a convolution in its place with other outputs.
  double getDenseTime(int64_t outputs) const {
    DenseConvolution other = dense;
    other.outputs = outputs;
    return nnc::getDenseTime(other);
  }
};

Layer::Layer(TtConv2dOp op) {
  ArrayRef<int64_t> filter = getShape(op.getSpatial()), in = getShape(op.getInput()),
                    out = getShape(op.getOutput());
  auto isOne = [](int64_t number) { return number == 1; };
  bool isPlain = llvm::all_of(op.getStrides(), isOne) && llvm::all_of(op.getDilations(), isOne) &&
                 op.getInput().getType().getElementType().isF32();
  dense = {filter[0], filter[1], in[3], out[3], out[0], out[1], out[2], isPlain};
  filters = filter[2];
  pixelsBefore = in[0] * in[1] * in[2];
  pixelsAfter = out[0] * out[1] * out[2];
}

// The numbers come from the layers of benchmarks/train_convolutions.py in all forms.

/// Multiply-adds in the time of one element of a state: it is summed up, stored and read again.
constexpr double kStateCost = 2.5;
/// Narrower vectors take as long: two multiply-adds of half a register are one of a whole one.
constexpr int64_t kLanes = 8;
/// The last filters load a vector for each multiply-add.
constexpr double kLastFilterCost = 1.4;
/// Dense, unless something else is faster by more than the count errs.
constexpr double kLeastGain = 1.05;

/// Lanes that vectors along a loop fill.
int64_t getWidth(int64_t extent) {
  int64_t lanes = kLanes;
  while (extent % lanes != 0)
    lanes /= 2;
  return lanes;
}

double getPixelCost(int64_t outer, int64_t q, int64_t inner, int64_t reduced) {
  auto narrowness = static_cast<double>(kLanes / std::max(getWidth(q), getWidth(inner)));
  return static_cast<double>(outer * q * inner) *
         (static_cast<double>(reduced) * narrowness + kStateCost);
}

/// The cores of one pixel, one after another.
double getTrainCost(const Train &cores, ContractionOrder order) {
  double cost = 0;
  for (const ContractionStep &step : listSteps(cores, order))
    cost += getPixelCost(step.outer, step.q, step.inner, step.countReduced());
  return cost;
}

/// Writes new operations in front of a layer.
class Writer {
public:
  explicit Writer(TtConv2dOp op) : op(op), builder(op), at(op.getLoc()) {}

  Value reshape(Value value, ArrayRef<int64_t> shape) {
    auto type = cast<RankedTensorType>(value.getType());
    return builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
  }

  SmallVector<Value> mergeRuns(ArrayRef<int64_t> runs) {
    return mergeCoresInRuns(builder, at, op.getCores(), runs);
  }

  Value writeTrain(ArrayRef<Value> cores, ContractionOrder order) {
    auto train =
        TtConv2dOp::create(builder, at, op.getType(), op.getInput(), op.getSpatial(), cores,
                           op.getBias(), op.getStrides(), op.getPads(), op.getDilations(), order);
    train->setAttr(kContractedAttr, builder.getUnitAttr());
    return train;
  }

  /// The convolution by the first core, which has all input channels, to outputs and ranks.
  Value writeConvolution(Value core, Value bias) {
    ArrayRef<int64_t> taps = getShape(op.getSpatial()), extents = getShape(core);
    Value spatial = reshape(op.getSpatial(), {1, taps[0] * taps[1], 1, taps[2]});
    int64_t outputs = extents[2] * extents[3];
    Value filter =
        reshape(mergeCores(builder, at, {spatial, core}), {taps[0], taps[1], extents[1], outputs});
    SmallVector<int64_t> shape(getShape(op.getOutput()));
    shape[3] = outputs;
    return Conv2dOp::create(builder, at, op.getType().clone(shape), op.getInput(), filter, bias,
                            op.getStrides(), op.getPads(), op.getDilations(), /*groups=*/1);
  }

  Value writeDense(ArrayRef<Value> cores) { return writeConvolution(cores.front(), op.getBias()); }

  /// A convolution, and a product of what it makes of each pixel with the second core.
  Value writeBottleneck(ArrayRef<Value> cores) {
    ArrayRef<int64_t> second = getShape(cores[1]);
    Value inner = writeConvolution(cores[0], Value());
    int64_t pixels = cast<RankedTensorType>(inner.getType()).getNumElements() / second[0];
    RankedTensorType type = op.getType().clone({pixels, second[2]});
    Value weight = reshape(cores[1], {second[0], second[2]});
    Value result = LinearOp::create(builder, at, type, reshape(inner, {pixels, second[0]}), weight,
                                    op.getBias());
    return reshape(result, getShape(op.getOutput()));
  }

private:
  TtConv2dOp op;
  OpBuilder builder;
  Location at;
};

/// A way to compute the layer by merged cores.
struct Form {
  StringLiteral name;
  std::optional<ContractionOrder> order;
  bool (*fits)(const Layer &, const Train &);
  double (*getCost)(const Layer &, const Train &);
  /// Of the weights, and multiply-adds of one execution.
  int64_t (*countParameters)(const Layer &, const Train &);
  int64_t (*countProducts)(const Layer &, const Train &);
  Value (*write)(Writer &, ArrayRef<Value> cores);
};

double getBottleneckCost(const Layer &layer, const Train &cores) {
  double product = getPixelCost(1, layer.dense.outputs, 1, cores[1].before);
  return layer.getDenseTime(cores[0].after) + static_cast<double>(layer.pixelsAfter) * product;
}

double getForwardCost(const Layer &layer, const Train &cores) {
  double filters = getPixelCost(layer.filters, 1, layer.dense.channels, layer.countTaps());
  return static_cast<double>(layer.pixelsAfter) *
         (filters + getTrainCost(cores, ContractionOrder::FirstToLast));
}

double getBackwardCost(const Layer &layer, const Train &cores) {
  double filters = getPixelCost(1, 1, layer.dense.outputs, layer.countTaps() * layer.filters);
  double copy = kStateCost * static_cast<double>(layer.filters * layer.dense.outputs);
  return static_cast<double>(layer.pixelsBefore) *
             (getTrainCost(cores, ContractionOrder::LastToFirst) + copy) +
         static_cast<double>(layer.pixelsAfter) * filters * kLastFilterCost;
}

int64_t countTrainParameters(const Layer &layer, const Train &cores) {
  return layer.countTaps() * layer.filters + countElements(cores);
}

int64_t countDenseProducts(const Layer &layer, int64_t outputs) {
  return layer.pixelsAfter * layer.countTaps() * layer.dense.channels * outputs;
}

int64_t countBottleneckProducts(const Layer &layer, const Train &cores) {
  return countDenseProducts(layer, cores[0].after) +
         layer.pixelsAfter * cores[0].after * layer.dense.outputs;
}

int64_t countForwardProducts(const Layer &layer, const Train &cores) {
  return layer.pixelsAfter * (layer.filters * layer.countTaps() * layer.dense.channels +
                              countProducts(cores, ContractionOrder::FirstToLast));
}

int64_t countBackwardProducts(const Layer &layer, const Train &cores) {
  return layer.pixelsBefore * countProducts(cores, ContractionOrder::LastToFirst) +
         layer.pixelsAfter * layer.filters * layer.countTaps() * layer.dense.outputs;
}

bool isAnyTrain(const Layer &, const Train &) { return true; }

/// The first core has all input channels and makes nothing but ranks.
bool isBottleneck(const Layer &layer, const Train &cores) {
  return cores.size() == 2 && cores[0].input == layer.dense.channels && cores[0].output == 1;
}

// The dense one is first.
const Form kForms[] = {
    {"dense", std::nullopt, [](const Layer &, const Train &cores) { return cores.size() == 1; },
     [](const Layer &layer, const Train &) { return layer.getDenseTime(layer.dense.outputs); },
     [](const Layer &layer, const Train &) {
       return layer.countTaps() * layer.dense.channels * layer.dense.outputs;
     },
     [](const Layer &layer, const Train &) {
       return countDenseProducts(layer, layer.dense.outputs);
     },
     [](Writer &writer, ArrayRef<Value> cores) { return writer.writeDense(cores); }},
    {"convolution to the rank", std::nullopt, isBottleneck, getBottleneckCost,
     [](const Layer &layer, const Train &cores) {
       return (layer.countTaps() * layer.dense.channels + layer.dense.outputs) * cores[0].after;
     },
     countBottleneckProducts,
     [](Writer &writer, ArrayRef<Value> cores) { return writer.writeBottleneck(cores); }},
    {"first to last", ContractionOrder::FirstToLast, isAnyTrain, getForwardCost,
     countTrainParameters, countForwardProducts,
     [](Writer &writer, ArrayRef<Value> cores) {
       return writer.writeTrain(cores, ContractionOrder::FirstToLast);
     }},
    {"last to first", ContractionOrder::LastToFirst, isAnyTrain, getBackwardCost,
     countTrainParameters, countBackwardProducts,
     [](Writer &writer, ArrayRef<Value> cores) {
       return writer.writeTrain(cores, ContractionOrder::LastToFirst);
     }},
};

struct FormPlan {
  const Form *form = nullptr;
  SmallVector<int64_t> runs; // the numbers of cores that are merged to one
  double cost = 0;
};

/// Longer trains are not cut in all ways: there would be too many.
constexpr size_t kMostCuts = 12;

/// All numbers of neighbours that may be merged.
SmallVector<SmallVector<int64_t>> listRuns(size_t cores) {
  SmallVector<SmallVector<int64_t>> list;
  for (uint64_t cuts = 0; cuts < uint64_t(1) << std::min(cores - 1, kMostCuts); ++cuts) {
    list.push_back({1});
    for (size_t i = 0; i + 1 < cores; ++i) {
      if (i >= kMostCuts || (cuts >> i & 1))
        list.back().push_back(1);
      else
        ++list.back().back();
    }
  }
  return list;
}

/// The cheapest plan of all forms that the limits allow; the dense one where nothing is faster by
/// more than the count errs.
FormPlan choosePlan(const Layer &layer, const Train &cores, ArrayRef<SmallVector<int64_t>> choices,
                    const PlanLimits &limits) {
  FormPlan best;
  int64_t most = std::max(limits.mostElements, countTrainParameters(layer, cores));
  for (const Form &form : kForms)
    for (const SmallVector<int64_t> &runs : choices) {
      Train merged = mergeRuns(cores, runs);
      if (!form.fits(layer, merged) || form.countParameters(layer, merged) > most ||
          (limits.order && form.order && form.order != limits.order))
        continue;
      double cost = form.getCost(layer, merged) / (&form == kForms ? kLeastGain : 1);
      if (!best.form || cost < best.cost)
        best = {&form, runs, cost};
    }
  return best;
}

std::string describe(const FormPlan &plan, const Train &merged) {
  std::string form = "cores of";
  for (const CoreExtents &core : merged)
    form += llvm::formatv(" {0}->{1}", core.input, core.output);
  return form + ", " + plan.form->name.str();
}

} // namespace

ContractedConvolution contractConvolution(TtConv2dOp op, ArrayRef<int64_t> runs,
                                          const PlanLimits &limits) {
  Layer layer(op);
  Train cores = getCoreExtents(op.getCores());
  FormPlan plan{kForms, SmallVector<int64_t>(runs), 0}; // all cores as one: the dense layer
  if (runs.empty())
    plan = choosePlan(layer, cores, listRuns(cores.size()), limits);
  else if (runs.size() > 1)
    plan = choosePlan(layer, cores, {SmallVector<int64_t>(runs)},
                      {std::numeric_limits<int64_t>::max(), limits.order});
  Train merged = mergeRuns(cores, plan.runs);
  Writer writer(op);
  return {plan.form->write(writer, writer.mergeRuns(plan.runs)),
          plan.form == kForms ? "dense" : describe(plan, merged),
          plan.form->countParameters(layer, merged), 2 * plan.form->countProducts(layer, merged)};
}

} // namespace nnc
