// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every form is one record: whether it fits, what it costs, how it is written. Costs are times, in
// multiply-adds of full vectors.
#include "lowering/approximate/ContractConvolution.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// One core, or several merged ones.
struct Extents {
  int64_t before, input, output, after;
  int64_t countElements() const { return before * input * output * after; }
};

Extents merge(const Extents &first, const Extents &second) {
  return {first.before, first.input * second.input, first.output * second.output, second.after};
}

using Train = SmallVector<Extents>;

/// What the cost of a form depends on, beside the merged cores.
struct Layer {
  int64_t taps, filters, channels, outputs;
  int64_t pixelsBefore, pixelsAfter; // of the input and the output
  double dense;                      // the cost of the dense layer

  explicit Layer(TtConv2dOp op);
};

/// Multiply-adds in the time of one element of a state: it is summed up, copied and read again.
constexpr double kStateCost = 4;
/// Lanes that vectors should fill.
constexpr int64_t kLanes = 16;
/// The dense convolution in Winograd's form needs so much less time than the direct one.
constexpr double kWinogradGain = 3;

double getDenseCost(TtConv2dOp op) {
  ArrayRef<int64_t> taps = getShape(op.getSpatial()), in = getShape(op.getInput()),
                    out = getShape(op.getOutput());
  auto isOne = [](int64_t number) { return number == 1; };
  bool isWinograd = taps[0] == 3 && taps[1] == 3 && in[3] >= kLanes && out[3] >= kLanes &&
                    llvm::all_of(op.getStrides(), isOne) &&
                    llvm::all_of(op.getDilations(), isOne);
  auto products = static_cast<double>(taps[0] * taps[1] * in[3] * out[3]);
  return products * static_cast<double>(out[0] * out[1] * out[2]) /
         (isWinograd ? kWinogradGain : 1);
}

Layer::Layer(TtConv2dOp op) {
  ArrayRef<int64_t> filter = getShape(op.getSpatial()), in = getShape(op.getInput()),
                    out = getShape(op.getOutput());
  taps = filter[0] * filter[1];
  filters = filter[2];
  channels = in[3];
  outputs = out[3];
  pixelsBefore = in[0] * in[1] * in[2];
  pixelsAfter = out[0] * out[1] * out[2];
  dense = getDenseCost(op);
}

/// Lanes that vectors along a loop fill.
int64_t getWidth(int64_t extent) {
  int64_t lanes = kLanes;
  while (extent % lanes != 0)
    lanes /= 2;
  return lanes;
}

double getStepCost(int64_t outer, int64_t q, int64_t inner, int64_t reduced) {
  auto narrowness = static_cast<double>(kLanes / std::max(getWidth(q), getWidth(inner)));
  return static_cast<double>(outer * q * inner) * (static_cast<double>(reduced) + kStateCost) *
         narrowness;
}

/// The cores of one pixel, one after another.
double getTrainCost(const Train &cores, ContractionOrder order) {
  bool isForward = order == ContractionOrder::FirstToLast;
  double cost = 0;
  int64_t inputs = 1, outputs = 1;
  for (const Extents &core : cores)
    inputs *= core.input;
  // `inputs` are the modes that are not contracted yet, `outputs` those that have been made.
  for (size_t n = 0; n < cores.size(); ++n) {
    const Extents &core = isForward ? cores[n] : cores[cores.size() - 1 - n];
    inputs /= core.input;
    int64_t q = core.output * (isForward ? core.after : core.before);
    int64_t reduced = core.input * (isForward ? core.before : core.after);
    cost += getStepCost(isForward ? outputs : inputs, q, isForward ? inputs : outputs, reduced);
    outputs *= core.output;
  }
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

  Value merge(ValueRange cores) {
    Value all = cores.front();
    for (Value core : cores.drop_front()) {
      ArrayRef<int64_t> a = getShape(all), b = getShape(core);
      auto type = cast<RankedTensorType>(all.getType());
      all = TtMergeOp::create(builder, at, type.clone({a[0], a[1] * b[1], a[2] * b[2], b[3]}), all,
                              core);
    }
    return all;
  }

  SmallVector<Value> mergeRuns(ArrayRef<size_t> runs) {
    SmallVector<Value> merged;
    ValueRange cores = op.getCores();
    for (size_t run : runs) {
      merged.push_back(merge(cores.take_front(run)));
      cores = cores.drop_front(run);
    }
    return merged;
  }

  Value writeTrain(ArrayRef<Value> cores, ContractionOrder order) {
    return TtConv2dOp::create(builder, at, op.getType(), op.getInput(), op.getSpatial(), cores,
                              op.getBias(), op.getStrides(), op.getPads(), op.getDilations(),
                              order);
  }

  /// The convolution by the first core, which has all input channels, to outputs and ranks.
  Value writeConvolution(Value core, Value bias) {
    ArrayRef<int64_t> taps = getShape(op.getSpatial()), extents = getShape(core);
    Value spatial = reshape(op.getSpatial(), {1, taps[0] * taps[1], 1, taps[2]});
    int64_t outputs = extents[2] * extents[3];
    Value filter =
        reshape(merge({spatial, core}), {taps[0], taps[1], extents[1], outputs});
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
  bool (*fits)(const Layer &, const Train &);
  double (*getCost)(const Layer &, const Train &);
  Value (*write)(Writer &, ArrayRef<Value> cores);
};

// Between equals the first one is taken.
const Form kForms[] = {
    {"dense", [](const Layer &, const Train &cores) { return cores.size() == 1; },
     [](const Layer &layer, const Train &) { return layer.dense; },
     [](Writer &writer, ArrayRef<Value> cores) { return writer.writeDense(cores); }},
    {"convolution to the ranks",
     [](const Layer &layer, const Train &cores) {
       return cores.size() == 2 && cores[0].input == layer.channels && cores[0].output == 1;
     },
     [](const Layer &layer, const Train &cores) {
       auto inner = static_cast<double>(cores[0].after) / static_cast<double>(layer.outputs);
       return layer.dense * inner + static_cast<double>(layer.pixelsAfter) *
                                        getStepCost(1, layer.outputs, 1, cores[1].before);
     },
     [](Writer &writer, ArrayRef<Value> cores) { return writer.writeBottleneck(cores); }},
    {"first to last", [](const Layer &, const Train &) { return true; },
     [](const Layer &layer, const Train &cores) {
       double filters = getStepCost(layer.filters, 1, layer.channels, layer.taps);
       double train = getTrainCost(cores, ContractionOrder::FirstToLast);
       return static_cast<double>(layer.pixelsAfter) * (filters + train);
     },
     [](Writer &writer, ArrayRef<Value> cores) {
       return writer.writeTrain(cores, ContractionOrder::FirstToLast);
     }},
    {"last to first", [](const Layer &, const Train &) { return true; },
     [](const Layer &layer, const Train &cores) {
       double filters = getStepCost(1, 1, layer.outputs, layer.taps * layer.filters);
       double train = getTrainCost(cores, ContractionOrder::LastToFirst);
       return static_cast<double>(layer.pixelsBefore) * train +
              static_cast<double>(layer.pixelsAfter) * filters;
     },
     [](Writer &writer, ArrayRef<Value> cores) {
       return writer.writeTrain(cores, ContractionOrder::LastToFirst);
     }},
};

struct Plan {
  const Form *form = nullptr;
  SmallVector<size_t> runs; // the numbers of cores that are merged to one
  double cost = 0;
};

/// Longer trains are not cut in all ways: there would be too many.
constexpr size_t kMostCuts = 12;

SmallVector<size_t> getRuns(size_t cores, uint64_t cuts) {
  SmallVector<size_t> runs{1};
  for (size_t i = 0; i + 1 < cores; ++i) {
    if (i >= kMostCuts || (cuts >> i & 1))
      runs.push_back(1);
    else
      ++runs.back();
  }
  return runs;
}

Train mergeRuns(TtConv2dOp op, ArrayRef<size_t> runs) {
  Train merged;
  ValueRange cores = op.getCores();
  for (size_t run : runs) {
    for (size_t i = 0; i < run; ++i) {
      ArrayRef<int64_t> shape = getShape(cores[i]);
      Extents core{shape[0], shape[1], shape[2], shape[3]};
      if (i == 0)
        merged.push_back(core);
      else
        merged.back() = merge(merged.back(), core);
    }
    cores = cores.drop_front(run);
  }
  return merged;
}

Plan choosePlan(TtConv2dOp op, bool dense) {
  Layer layer(op);
  Plan best;
  size_t cores = op.getCores().size();
  const char *forced = getenv("NNC_CONV_FORM");
  for (const Form &form : kForms)
    for (uint64_t cuts = 0; cuts < uint64_t(1) << std::min(cores - 1, kMostCuts); ++cuts) {
      Plan plan{&form, getRuns(cores, cuts), 0};
      Train merged = mergeRuns(op, plan.runs);
      if (!form.fits(layer, merged) || (dense && &form != kForms))
        continue;
      plan.cost = form.getCost(layer, merged);
      if (getenv("NNC_CONV_SHOW")) {
        llvm::errs() << form.name;
        for (const Extents &core : merged)
          llvm::errs() << " " << core.input << "->" << core.output;
        llvm::errs() << " " << plan.cost / layer.pixelsAfter << "\n";
      }
      if (forced && *forced) {
        std::string text = std::to_string(&form - kForms) + ":" + std::to_string(cuts);
        if (text == forced)
          return plan;
      }
      if (!best.form || plan.cost < best.cost)
        best = plan;
    }
  return best;
}

} // namespace

ContractedConvolution contractConvolution(TtConv2dOp op, bool dense) {
  Plan plan = choosePlan(op, dense);
  Writer writer(op);
  Train merged = mergeRuns(op, plan.runs);
  bool isDense = plan.form == kForms;
  ContractedConvolution result;
  result.output = plan.form->write(writer, writer.mergeRuns(plan.runs));
  result.parameters = isDense ? 0 : op.getSpatial().getType().getNumElements();
  llvm::raw_string_ostream os(result.form);
  if (isDense)
    os << "dense: cheaper than any train";
  else
    os << "cores of";
  for (const Extents &core : merged) {
    if (!isDense)
      os << llvm::formatv(" {0}->{1}", core.input, core.output);
    result.parameters += core.countElements();
  }
  if (!isDense)
    os << ", " << plan.form->name;
  return result;
}

} // namespace nnc
