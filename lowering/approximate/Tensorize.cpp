// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/TensorTrain.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/GlobPattern.h"

#include <numeric>

namespace nnc {
#define GEN_PASS_DEF_TENSORIZE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

int64_t multiply(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

/// A layer whose weight is read as a matrix of `rows` x `columns`: of a linear layer the weight, of
/// a convolution the filter, its taps in front of the input channels.
struct Layer {
  Operation *op;
  Value weight;
  int64_t taps, inputs, outputs;
  Modes modes; // without the taps
  /// Its elements, with zeros up to the modes' extents.
  SmallVector<float, 0> matrix;
  TensorTrain train;
  double error;

  int64_t countDense() const { return taps * inputs * outputs; }
  bool isConvolution() const { return isa<Conv2dOp>(op); }
};

/// Constant elements behind transposes and reshapes, or std::nullopt.
std::optional<SmallVector<float, 0>> readWeight(Value weight) {
  if (std::optional<SmallVector<float, 0>> floats = getFloats(weight))
    return floats;
  if (auto reshape = weight.getDefiningOp<ReshapeOp>())
    return readWeight(reshape.getInput());
  auto transpose = weight.getDefiningOp<TransposeOp>();
  if (!transpose)
    return std::nullopt;
  std::optional<SmallVector<float, 0>> source = readWeight(transpose.getInput());
  if (!source)
    return std::nullopt;
  ArrayRef<int64_t> shape = getShape(weight), from = getShape(transpose.getInput());
  SmallVector<int64_t> strides(from.size(), 1);
  for (size_t axis = from.size() - 1; axis-- > 0;)
    strides[axis] = strides[axis + 1] * from[axis + 1];
  SmallVector<float, 0> moved(source->size());
  for (auto [position, element] : llvm::enumerate(moved)) {
    int64_t rest = position, offset = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += rest % shape[axis] * strides[transpose.getPermutation()[axis]];
      rest /= shape[axis];
    }
    element = (*source)[offset];
  }
  return moved;
}

std::optional<Layer> matchLayer(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op)) {
    ArrayRef<int64_t> shape = linear.getWeight().getType().getShape();
    return Layer{op, linear.getWeight(), 1, shape[0], shape[1], {}, {}, {}, 0};
  }
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!conv || conv.getGroups() != 1)
    return std::nullopt;
  ArrayRef<int64_t> shape = conv.getFilter().getType().getShape();
  return Layer{op, conv.getFilter(), shape[0] * shape[1], shape[2], shape[3], {}, {}, {}, 0};
}

/// Zeros behind the elements of a matrix, up to the modes' extents.
SmallVector<float, 0> padMatrix(const Layer &layer, ArrayRef<float> matrix) {
  int64_t rows = layer.taps * multiply(layer.modes.inputs), columns = multiply(layer.modes.outputs);
  if (rows * columns == static_cast<int64_t>(matrix.size()))
    return SmallVector<float, 0>(matrix);
  SmallVector<float, 0> padded(rows * columns, 0);
  for (int64_t row = 0; row < layer.taps * layer.inputs; ++row)
    llvm::copy(matrix.slice(row * layer.outputs, layer.outputs), padded.begin() + row * columns);
  return padded;
}

/// The modes that the decomposition sees.
Modes getAllModes(const Layer &layer) {
  Modes modes = layer.modes;
  if (layer.isConvolution()) {
    modes.inputs.insert(modes.inputs.begin(), layer.taps);
    modes.outputs.insert(modes.outputs.begin(), 1);
  }
  return modes;
}

void decomposeLayer(Layer &layer, const Accuracy &accuracy) {
  layer.train = decompose(layer.matrix, getAllModes(layer), accuracy);
  layer.error = getRelativeError(layer.matrix, layer.train);
}

//===--- writing the layer ------------------------------------------------------------------===//

/// Writes one layer as the operation whose weight is its train.
class LayerWriter {
public:
  explicit LayerWriter(Layer &layer) : layer(layer), builder(layer.op), at(layer.op->getLoc()) {}

  void run() {
    SmallVector<Value> cores;
    for (TrainCore &core : layer.train.cores)
      cores.push_back(makeCore(core));
    Value result = layer.isConvolution() ? writeConvolution(cores) : writeLinear(cores);
    layer.op->getResult(0).replaceAllUsesWith(result);
    layer.op->erase();
  }

private:
  Value makeCore(const TrainCore &core) {
    auto type = RankedTensorType::get({core.before, core.input, core.output, core.after},
                                      builder.getF32Type());
    std::vector<float> floats(core.elements.begin(), core.elements.end());
    ArrayRef<char> bytes(reinterpret_cast<const char *>(floats.data()),
                         floats.size() * sizeof(float));
    return arith::ConstantOp::create(builder, at, type, makeConstant(type, bytes, "core"));
  }

  /// Zeros at the end of the last dimension.
  Value pad(Value value, int64_t extent) {
    if (!value || getShape(value).back() == extent)
      return value;
    SmallVector<int64_t> shape(getShape(value));
    SmallVector<OpFoldResult> low(shape.size(), builder.getIndexAttr(0)), high = low;
    high.back() = builder.getIndexAttr(extent - shape.back());
    shape.back() = extent;
    auto type = cast<RankedTensorType>(value.getType()).clone(shape);
    Value zero = arith::ConstantOp::create(builder, at, builder.getZeroAttr(type.getElementType()));
    return tensor::PadOp::create(builder, at, type, value, low, high, zero);
  }

  /// The first elements of the last dimension.
  Value cut(Value value, int64_t extent) {
    SmallVector<OpFoldResult> sizes, offsets, strides;
    for (int64_t size : getShape(value)) {
      sizes.push_back(builder.getIndexAttr(size));
      offsets.push_back(builder.getIndexAttr(0));
      strides.push_back(builder.getIndexAttr(1));
    }
    if (getShape(value).back() == extent)
      return value;
    sizes.back() = builder.getIndexAttr(extent);
    return tensor::ExtractSliceOp::create(builder, at, value, offsets, sizes, strides);
  }

  Value writeLinear(ValueRange cores) {
    auto linear = cast<LinearOp>(layer.op);
    int64_t outputs = multiply(layer.modes.outputs);
    Value input = pad(linear.getInput(), multiply(layer.modes.inputs));
    auto type = linear.getType().clone({linear.getType().getDimSize(0), outputs});
    Value result =
        TtLinearOp::create(builder, at, type, input, cores, pad(linear.getBias(), outputs),
                           ContractionOrder::LastToFirst);
    return cut(result, layer.outputs);
  }

  Value writeConvolution(ValueRange cores) {
    auto conv = cast<Conv2dOp>(layer.op);
    ArrayRef<int64_t> taps = conv.getFilter().getType().getShape();
    int64_t outputs = multiply(layer.modes.outputs);
    auto first = cast<RankedTensorType>(cores.front().getType());
    Value spatial = ReshapeOp::create(
        builder, at, first.clone({taps[0], taps[1], first.getDimSize(3)}), cores.front());
    SmallVector<int64_t> shape(conv.getType().getShape());
    shape.back() = outputs;
    Value result =
        TtConv2dOp::create(builder, at, conv.getType().clone(shape),
                           pad(conv.getInput(), multiply(layer.modes.inputs)), spatial,
                           cores.drop_front(), pad(conv.getBias(), outputs), conv.getStrides(),
                           conv.getPads(), conv.getDilations(), ContractionOrder::FirstToLast);
    return cut(result, layer.outputs);
  }

  Layer &layer;
  OpBuilder builder;
  Location at;
};

std::string describe(const Layer &layer) {
  auto join = [](ArrayRef<int64_t> numbers, StringRef separator) {
    return llvm::join(llvm::map_range(numbers, [](int64_t n) { return std::to_string(n); }),
                      separator);
  };
  return llvm::formatv("modes {0} -> {1}, ranks {2}", join(layer.modes.inputs, "x"),
                       join(layer.modes.outputs, "x"), join(layer.train.getRanks(), " "));
}

//===--- choosing ranks ---------------------------------------------------------------------===//

/// Elements of the train whose ranks are those of `train`, but at most `rank`.
int64_t countElements(const TensorTrain &train, int64_t rank) {
  int64_t count = 0;
  for (const TrainCore &core : train.cores)
    count += std::min(core.before, rank) * core.input * core.output * std::min(core.after, rank);
  return count;
}

/// The largest rank with at most `most` elements, or 0.
int64_t findRank(const TensorTrain &train, int64_t most) {
  SmallVector<int64_t> ranks = train.getRanks();
  int64_t rank = ranks.empty() ? 1 : *llvm::max_element(ranks);
  while (rank > 0 && countElements(train, rank) > most)
    --rank;
  return rank;
}

/// One way to write a layer: elements, and the squared relative error.
struct Choice {
  int64_t rank, elements;
  double error;
};

/// The dense layer (rank 0), then trains of smaller and smaller rank.
SmallVector<Choice> listChoices(Layer &layer) {
  SmallVector<Choice> choices{{0, layer.countDense(), 0}};
  for (int64_t rank = findRank(layer.train, layer.countDense() - 1); rank > 0;
       rank = rank * 3 / 4) {
    double error = getRelativeError(layer.matrix, nnc::round(layer.train, {rank, 0}));
    choices.push_back({rank, countElements(layer.train, rank), error * error});
  }
  return choices;
}

/// Cuts where an added error saves most until all layers together have `budget` elements. Returns
/// the ranks.
SmallVector<int64_t> shareBudget(MutableArrayRef<Layer> layers, int64_t budget) {
  SmallVector<SmallVector<Choice>> choices;
  SmallVector<size_t> chosen(layers.size(), 0);
  int64_t total = 0;
  for (Layer &layer : layers) {
    choices.push_back(listChoices(layer));
    total += choices.back().front().elements;
  }
  while (total > budget) {
    size_t bestLayer = layers.size(), bestChoice = 0;
    double bestPrice = 0;
    for (size_t i = 0; i < layers.size(); ++i)
      for (size_t c = chosen[i] + 1; c < choices[i].size(); ++c) {
        const Choice &from = choices[i][chosen[i]], &to = choices[i][c];
        double price = (to.error - from.error) / static_cast<double>(from.elements - to.elements);
        if (from.elements > to.elements && (bestLayer == layers.size() || price < bestPrice))
          bestLayer = i, bestChoice = c, bestPrice = price;
      }
    if (bestLayer == layers.size())
      break;
    total +=
        choices[bestLayer][bestChoice].elements - choices[bestLayer][chosen[bestLayer]].elements;
    chosen[bestLayer] = bestChoice;
  }
  SmallVector<int64_t> ranks;
  for (size_t i = 0; i < layers.size(); ++i)
    ranks.push_back(choices[i][chosen[i]].rank);
  return ranks;
}

bool parseExtents(StringRef text, SmallVectorImpl<int64_t> &extents) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts)
    if (part.getAsInteger(10, extents.emplace_back()) || extents.back() < 1)
      return false;
  return true;
}

struct Tensorize : nnc::impl::TensorizeBase<Tensorize> {
  using TensorizeBase::TensorizeBase;

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    SmallVector<Layer> layers = collectLayers();
    if (!layers.empty() && failed(chooseTrains(layers)))
      return signalPassFailure();
    for (Layer &layer : layers) {
      if (layer.train.cores.empty() || layer.train.countElements() >= layer.countDense())
        continue;
      recordApproximation(getOperation(),
                          {getLayerTitle(layer.op), "tensor train", describe(layer),
                           layer.train.countElements(), layer.countDense(), layer.error});
      LayerWriter(layer).run();
    }
  }

private:
  LogicalResult checkOptions() {
    bool byAccuracy = rank > 0 || error > 0;
    if (byAccuracy + (compression > 0) + (budget > 0) != 1)
      return getOperation().emitError(
          "nnc-tensorize takes rank, error or both, or compression, or budget");
    if (modes.empty())
      return success();
    auto [inputs, outputs] = StringRef(modes).split(':');
    if (parseExtents(inputs, given.inputs) && parseExtents(outputs, given.outputs) &&
        given.inputs.size() == given.outputs.size())
      return success();
    return getOperation().emitError("modes=") << modes
                                              << ": wanted are as many output as input modes, "
                                                 "such as 4x8x8:4x4x4";
  }

  bool isChosen(Operation *op) {
    if (layers.empty())
      return true;
    std::string title = getLayerTitle(op);
    return llvm::any_of(layers, [&](const std::string &pattern) {
      auto glob = llvm::GlobPattern::create(pattern);
      if (glob)
        return glob->match(title);
      llvm::consumeError(glob.takeError());
      return pattern == title;
    });
  }

  /// Where modes are given, those layers whose extents they multiply to.
  bool setModes(Layer &layer) {
    layer.modes = given;
    if (given.inputs.empty())
      layer.modes = chooseModes(padToSmooth(layer.inputs), padToSmooth(layer.outputs));
    return multiply(layer.modes.inputs) >= layer.inputs &&
           multiply(layer.modes.outputs) >= layer.outputs &&
           (given.inputs.empty() || (multiply(layer.modes.inputs) == layer.inputs &&
                                     multiply(layer.modes.outputs) == layer.outputs));
  }

  SmallVector<Layer> collectLayers() {
    SmallVector<Layer> found;
    getOperation()->walk([&](Operation *op) {
      std::optional<Layer> layer = matchLayer(op);
      if (!layer || layer->countDense() < minParameters || !isChosen(op) || !setModes(*layer))
        return;
      if (std::optional<SmallVector<float, 0>> weight = readWeight(layer->weight)) {
        layer->matrix = padMatrix(*layer, *weight);
        found.push_back(std::move(*layer));
      }
    });
    return found;
  }

  LogicalResult chooseTrains(MutableArrayRef<Layer> found) {
    if (budget > 0) {
      for (Layer &layer : found)
        decomposeLayer(layer, {});
      for (auto [layer, rank] : llvm::zip_equal(found, shareBudget(found, budget)))
        rank > 0 ? decomposeLayer(layer, {rank, 0}) : layer.train.cores.clear();
      return success();
    }
    for (Layer &layer : found) {
      int64_t limit = rank;
      if (compression > 0) {
        decomposeLayer(layer, {});
        limit = findRank(layer.train, static_cast<int64_t>(static_cast<double>(layer.countDense()) /
                                                           compression));
        if (limit == 0)
          layer.op->emitWarning("no train is ")
              << llvm::formatv("{0:f1}", compression).str() << " times smaller than the layer";
      }
      if (compression > 0 && limit == 0)
        layer.train.cores.clear();
      else
        decomposeLayer(layer, {limit, error});
    }
    return success();
  }

  Modes given;
};

} // namespace
