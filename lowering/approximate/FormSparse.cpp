// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers whose weights are mostly zeros, in the form that a count of time finds cheapest. Costs are
// in multiply-adds of full vectors.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/DenseConvolution.h"
#include "lowering/approximate/NonZeroLists.h"
#include "lowering/approximate/SparseWeights.h"
#include "lowering/approximate/WeightConstants.h"

#include "dialects/nnc/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_FORMSPARSE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Outputs that share a slice of lists: the lanes of the widest registers.
constexpr int64_t kLanes = 16;
/// Weights and lists of more bytes come from memory.
constexpr int64_t kCacheBytes = 1 << 20;

// The numbers come from benchmarks/run.py sparsity.

/// One dense weight of a layer for one row, from the cache.
constexpr double kCachedWeightCost = 3;
/// A weight of a block, beside one of a dense layer.
constexpr double kBlockCost = 1.2;
/// What an entry of a list costs more where lists come from memory.
constexpr double kFarEntryCost = 2;
/// One entry of a list for one position, where loads cross cache lines and where they do not.
constexpr double kShiftCost = 3, kAlignedShiftCost = 2;
/// The start and the end of a list for a tile of positions.
constexpr double kListCost = 300;
/// An element that is copied to planes or from sums.
constexpr double kPlaneCost = 18;
/// An element of an image that a transpose moves.
constexpr double kTransposeCost = 60;
/// Positions of a tile (lowering/schedule/Sparse.cpp).
constexpr int64_t kTile = 224;
/// Less than this is not worth another form.
constexpr double kLeastGain = 1.1;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// A layer as a convolution: `nnc.linear` is one over an image of one row whose pixels are its
/// rows.
struct Layer {
  Operation *op;
  Value input, weight, bias;
  SmallVector<int64_t> image, output, taps; // N x H x W x C, N x H' x W' x K, KH x KW
  SmallVector<int64_t> strides, dilations, low;

  bool isLinear() const { return isa<LinearOp>(op); }
  int64_t countPixels() const { return output[0] * output[1] * output[2]; }
  int64_t countRows() const { return taps[0] * taps[1] * image[3]; }
  int64_t countWeights() const { return countRows() * output[3]; }
};

std::optional<Layer> matchLayer(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op)) {
    int64_t rows = getShape(linear.getInput())[0];
    ArrayRef<int64_t> shape = getShape(linear.getWeight());
    return Layer{op,
                 linear.getInput(),
                 linear.getWeight(),
                 linear.getBias(),
                 {1, 1, rows, shape[0]},
                 {1, 1, rows, shape[1]},
                 {1, 1},
                 {1, 1},
                 {1, 1},
                 {0, 0}};
  }
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!conv || conv.getGroups() != 1)
    return std::nullopt;
  return Layer{op,
               conv.getInput(),
               conv.getFilter(),
               conv.getBias(),
               SmallVector<int64_t>(getShape(conv.getInput())),
               SmallVector<int64_t>(getShape(conv.getOutput())),
               SmallVector<int64_t>(getShape(conv.getFilter()).take_front(2)),
               SmallVector<int64_t>(conv.getStrides()),
               SmallVector<int64_t>(conv.getDilations()),
               SmallVector<int64_t>(conv.getPads().take_front(2))};
}

/// The planes that a layer's image becomes: extents of one, and how taps shift it.
struct Planes {
  int64_t rows, pitch, channelsPerBlock, blocks;

  Planes(const Layer &layer, int64_t entries) {
    int64_t reachRows = (layer.taps[0] - 1) * layer.dilations[0] / layer.strides[0];
    int64_t reachColumns = (layer.taps[1] - 1) * layer.dilations[1] / layer.strides[1];
    pitch = layer.output[2] + reachColumns;
    if (layer.output[1] == 1 && reachRows == 0) // Then planes begin where vectors do.
      pitch = llvm::alignTo(pitch, SparseConv2dOp::kGroup);
    // The last position, shifted furthest, still lies in its plane.
    int64_t positions = SparseConv2dOp::countPositions(layer.output[1], pitch);
    rows = llvm::divideCeilSigned(positions + reachRows * pitch + reachColumns, pitch);
    chooseBlocks(layer, reachRows, entries);
  }

  /// Where what a row of the weight matrix multiplies begins: rows are taps, then channels.
  SmallVector<int64_t> listOffsets(const Layer &layer) const {
    SmallVector<int64_t> offsets;
    for (int64_t tap = 0; tap < layer.taps[0] * layer.taps[1]; ++tap)
      for (int64_t channel = 0; channel < layer.image[3]; ++channel) {
        int64_t y = tap / layer.taps[1] * layer.dilations[0],
                x = tap % layer.taps[1] * layer.dilations[1];
        int64_t plane = (channel * layer.strides[0] + y % layer.strides[0]) * layer.strides[1] +
                        x % layer.strides[1];
        offsets.push_back((plane * rows + y / layer.strides[0]) * pitch + x / layer.strides[1]);
      }
    return offsets;
  }

  /// The block of each row of the weight matrix.
  SmallVector<int64_t> listRowBlocks(const Layer &layer) const {
    SmallVector<int64_t> found;
    for (int64_t row = 0; row < layer.countRows(); ++row)
      found.push_back(row % layer.image[3] / channelsPerBlock);
    return found;
  }

private:
  /// Blocks whose channels, as a tile of positions reads them, fit the first cache, as long as
  /// lists in a block are worth another start.
  void chooseBlocks(const Layer &layer, int64_t reachRows, int64_t entries) {
    constexpr int64_t kBlockBytes = 32768, kShortestList = 10;
    int64_t tileBytes = 4 * (kTile + reachRows * pitch), channels = layer.image[3];
    int64_t wanted = llvm::divideCeilSigned(channels * tileBytes, kBlockBytes);
    int64_t most = entries / (kShortestList * layer.output[3]);
    channelsPerBlock =
        llvm::divideCeilSigned(channels, std::max<int64_t>(1, std::min(wanted, most)));
    blocks = llvm::divideCeilSigned(channels, channelsPerBlock);
  }
};

using Lists = ArrayRef<SmallVector<NonZero>>;

int64_t countEntries(Lists lists) {
  int64_t count = 0;
  for (const SmallVector<NonZero> &list : lists)
    count += static_cast<int64_t>(list.size());
  return count;
}

/// What the machine adds to the numbers above.
struct Costs {
  double gather, farWeight;
};

double getDenseCost(const Layer &layer, const Costs &costs) {
  auto isOne = [](int64_t n) { return n == 1; };
  bool isPlain = llvm::all_of(layer.strides, isOne) && llvm::all_of(layer.dilations, isOne);
  auto weights = static_cast<double>(layer.countWeights());
  double reading = weights * (weights * 4 > kCacheBytes ? costs.farWeight : kCachedWeightCost);
  return std::max(reading,
                  getDenseTime({layer.taps[0], layer.taps[1], layer.image[3], layer.output[3],
                                layer.output[0], layer.output[1], layer.output[2], isPlain}));
}

double getGatherCost(const Layer &layer, Lists lists, const Costs &costs) {
  auto entries = static_cast<double>(countSliced(lists, kLanes) + layer.output[3]);
  double cost = costs.gather + (entries * 6 > kCacheBytes ? kFarEntryCost : 0);
  return static_cast<double>(layer.countPixels()) * entries * cost;
}

double getBlockCost(const Layer &layer, Lists lists, const Costs &costs) {
  auto entries = static_cast<double>(countBlocked(lists, kLanes) + layer.output[3]);
  double cost = entries * 4 > kCacheBytes ? costs.farWeight : kCachedWeightCost;
  return static_cast<double>(layer.countPixels()) * entries * cost * kBlockCost;
}

/// The only operand that is no constant.
Value getVariable(Operation *op) {
  Value found;
  for (Value operand : op->getOperands()) {
    Operation *definition = operand.getDefiningOp();
    if (definition &&
        (definition->hasTrait<OpTrait::ConstantLike>() || isa<BroadcastOp>(definition)))
      continue;
    if (found)
      return {};
    found = operand;
  }
  return found;
}

/// Whether a transpose moves below it (nnc-sink-movements).
bool letsTransposeSink(Operation *op) {
  return isa<ReshapeOp>(op) ||
         (OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 && getVariable(op));
}

/// Whether a transpose in front of `value`'s reader meets another one.
bool comesTransposed(Value value) {
  while (Operation *op = value ? value.getDefiningOp() : nullptr) {
    if (isa<TransposeOp>(op))
      return true;
    if (!letsTransposeSink(op))
      return false;
    value = getVariable(op);
  }
  return false;
}

/// Whether a transpose behind `value` meets others, as far as is known before all layers are
/// formed.
bool leavesTransposed(Value value) {
  return !value.use_empty() && llvm::all_of(value.getUsers(), [](Operation *user) {
    return isa<TransposeOp>(user) ||
           (letsTransposeSink(user) && leavesTransposed(user->getResult(0)));
  });
}

/// Elements of the layer's input and output that are transposed for it with channels first, or
/// last.
int64_t countTransposed(const Layer &layer, bool channelsFirst) {
  auto countElements = [](ArrayRef<int64_t> shape) {
    return shape[0] * shape[1] * shape[2] * shape[3];
  };
  int64_t count = 0;
  if (comesTransposed(layer.input) != channelsFirst)
    count += countElements(layer.image);
  if (leavesTransposed(layer.op->getResult(0)) != channelsFirst)
    count += countElements(layer.output);
  return count;
}

double getShiftCost(const Layer &layer, Lists lists, const Costs &) {
  Planes planes(layer, countEntries(lists));
  auto images = static_cast<double>(layer.output[0]);
  int64_t positions = layer.output[1] * planes.pitch;
  double entries = static_cast<double>(countEntries(lists) * positions) *
                   (layer.taps[0] * layer.taps[1] == 1 ? kAlignedShiftCost : kShiftCost);
  double starts = static_cast<double>(planes.blocks * layer.output[3] *
                                      llvm::divideCeilSigned(positions, kTile)) *
                  kListCost;
  double moved = static_cast<double>(layer.image[3] * layer.strides[0] * layer.strides[1] *
                                         planes.rows * planes.pitch +
                                     layer.output[3] * positions) *
                 kPlaneCost;
  return images * (entries + starts + moved);
}

/// The tables of a form: floats, and bytes of integers.
struct TableSize {
  int64_t values = 0, indexBytes = 0;
};

/// Writes a sparse form in front of a layer.
class Writer {
public:
  explicit Writer(const Layer &layer) : layer(layer), builder(layer.op), at(layer.op->getLoc()) {}

  Value writeGathers(const SlicedLists &sliced) {
    auto entries = static_cast<int64_t>(sliced.values.size()) / kLanes;
    Value columns = makeColumns(sliced.columns, entries);
    return SparseLinearOp::create(
        builder, at, layer.op->getResult(0).getType(), layer.input,
        makeTable<float>({entries, kLanes}, sliced.values, builder.getF32Type()), columns,
        makeIndices(sliced.starts), makeIndices(sliced.positions), layer.bias, sliced.longest);
  }

  Value writeShifts(Lists lists) {
    Planes planes(layer, countEntries(lists));
    JoinedLists joined =
        joinLists(lists, planes.listOffsets(layer), planes.listRowBlocks(layer), planes.blocks);
    SmallVector<int64_t> shape{layer.image[0],   layer.image[3], layer.strides[0],
                               layer.strides[1], planes.rows,    planes.pitch};
    auto type = cast<RankedTensorType>(layer.input.getType());
    Value image = writeChannelsFirst(layer.input);
    image = PhasePlanesOp::create(builder, at, type.clone(shape), image, layer.strides, layer.low,
                                  ArrayRef<int64_t>{planes.rows, planes.pitch});
    int64_t elements = shape[1] * shape[2] * shape[3] * shape[4] * shape[5];
    Value result =
        SparseConv2dOp::create(builder, at, reshape(image, {shape[0], elements}),
                               makeTable<float>({static_cast<int64_t>(joined.values.size())},
                                                joined.values, builder.getF32Type()),
                               makeIndices(joined.offsets), makeIndices(joined.starts), layer.bias,
                               ArrayRef<int64_t>{layer.output[1], layer.output[2]}, planes.pitch,
                               planes.blocks, joined.longest);
    return writeChannelsLast(result);
  }

  const TableSize &getSize() const { return size; }

private:
  // The rows of a linear layer are transposed as a matrix, which meets the transposes of an image
  // whose pixels they may be.

  Value writeChannelsFirst(Value input) {
    if (!layer.isLinear())
      return transpose(input, {0, 3, 1, 2});
    return reshape(transpose(input, {1, 0}), {1, layer.image[3], 1, layer.image[2]});
  }

  Value writeChannelsLast(Value result) {
    if (!layer.isLinear())
      return transpose(result, {0, 2, 3, 1});
    return transpose(reshape(result, {layer.output[3], layer.output[2]}), {1, 0});
  }

  Value transpose(Value value, ArrayRef<int64_t> permutation) {
    return builder.createOrFold<TransposeOp>(at, value, permutation);
  }

  Value reshape(Value value, ArrayRef<int64_t> shape) {
    auto type = cast<RankedTensorType>(value.getType());
    return builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
  }

  template <typename T>
  Value makeTable(ArrayRef<int64_t> shape, ArrayRef<T> elements, Type elementType) {
    auto type = RankedTensorType::get(shape, elementType);
    ArrayRef<char> bytes(reinterpret_cast<const char *>(elements.data()),
                         elements.size() * sizeof(T));
    if (std::is_floating_point_v<T>)
      size.values += static_cast<int64_t>(elements.size());
    else
      size.indexBytes += static_cast<int64_t>(bytes.size());
    return arith::ConstantOp::create(builder, at, makeConstant(type, bytes, "list"));
  }

  Value makeIndices(ArrayRef<int32_t> indices) {
    return makeTable<int32_t>({static_cast<int64_t>(indices.size())}, indices,
                              builder.getI32Type());
  }

  /// In 16 bits where they fit.
  Value makeColumns(ArrayRef<int32_t> columns, int64_t entries) {
    SmallVector<int64_t> shape{entries, static_cast<int64_t>(columns.size()) / entries};
    if (layer.image[3] > std::numeric_limits<uint16_t>::max())
      return makeTable<int32_t>(shape, columns, builder.getI32Type());
    SmallVector<uint16_t, 0> narrow(columns.begin(), columns.end());
    return makeTable<uint16_t>(shape, narrow, builder.getI16Type());
  }

  const Layer &layer;
  OpBuilder builder;
  Location at;
  TableSize size;
};

/// A sparse form: whether it can be, what it costs, how it is written.
struct Form {
  StringLiteral option, name;
  bool channelsFirst;
  bool (*fits)(const Layer &);
  double (*getCost)(const Layer &, Lists, const Costs &);
  Value (*write)(Writer &, Lists);
};

const Form kForms[] = {
    {"gathers", "lists of inputs", false, [](const Layer &layer) { return layer.isLinear(); },
     getGatherCost,
     [](Writer &writer, Lists lists) { return writer.writeGathers(sliceLists(lists, kLanes)); }},
    {"blocks", "lists of blocks", false, [](const Layer &layer) { return layer.isLinear(); },
     getBlockCost,
     [](Writer &writer, Lists lists) { return writer.writeGathers(blockLists(lists, kLanes)); }},
    {"shifts", "lists of shifts", true, [](const Layer &) { return true; }, getShiftCost,
     [](Writer &writer, Lists lists) { return writer.writeShifts(lists); }},
};

struct FormSparse : nnc::impl::FormSparseBase<FormSparse> {
  using FormSparseBase::FormSparseBase;

  void runOnOperation() override {
    if (!form.empty() && form != "dense" && !findForm(form)) {
      getOperation().emitError("form=") << form << ": wanted is dense, gathers, blocks or shifts";
      return signalPassFailure();
    }
    SmallVector<Layer, 0> found;
    getOperation()->walk([&](Operation *op) {
      if (std::optional<Layer> layer = matchLayer(op);
          layer && isMarkedSparse(layer->weight) && isNamed(op, layers))
        found.push_back(*layer);
    });
    for (const Layer &layer : found)
      rewrite(layer);
    unmarkSparse(getOperation());
  }

private:
  static const Form *findForm(StringRef name) {
    const Form *found = llvm::find_if(kForms, [&](const Form &f) { return f.option == name; });
    return found == std::end(kForms) ? nullptr : found;
  }

  /// The form that the option asks for, or the cheapest; null for the dense one.
  const Form *choose(const Layer &layer, Lists lists) {
    if (const Form *given = findForm(form))
      return given->fits(layer) ? given : nullptr;
    Costs costs{gatherCost, farWeightCost};
    auto getTransposeCost = [&](bool channelsFirst) {
      return static_cast<double>(countTransposed(layer, channelsFirst)) * kTransposeCost;
    };
    double least = 0;
    if (form != "dense")
      least = (getDenseCost(layer, costs) + getTransposeCost(false)) / kLeastGain;
    const Form *chosen = nullptr;
    for (const Form &candidate : kForms) {
      if (!candidate.fits(layer))
        continue;
      double cost =
          candidate.getCost(layer, lists, costs) + getTransposeCost(candidate.channelsFirst);
      if (cost < least)
        chosen = &candidate, least = cost;
    }
    return chosen;
  }

  void rewrite(const Layer &layer) {
    std::optional<SmallVector<float, 0>> weight = getFloats(layer.weight);
    if (!weight)
      return;
    auto lists = listNonZeros(*weight, layer.countRows());
    const Form *chosen = choose(layer, lists);
    if (!chosen)
      return record(layer, "dense", countEntries(lists), {layer.countWeights(), 0});
    Writer writer(layer);
    Value result = chosen->write(writer, lists);
    record(layer, chosen->name, countEntries(lists), writer.getSize());
    layer.op->getResult(0).replaceAllUsesWith(result);
    layer.op->erase();
  }

  void record(const Layer &layer, StringRef chosen, int64_t entries, const TableSize &size) {
    int64_t weights = layer.countWeights(), pixels = layer.countPixels();
    double zeros = 100 * (1 - static_cast<double>(entries) / static_cast<double>(weights));
    std::string text = llvm::formatv("{0:f1} % zeros as {1}", zeros, chosen);
    int64_t products = chosen == "dense" ? weights : entries;
    recordApproximation(getOperation(),
                        {getLayerTitle(layer.op), "sparsity", text, size.values, weights,
                         2 * pixels * products, 2 * pixels * weights, 0, size.indexBytes});
  }
};

} // namespace
