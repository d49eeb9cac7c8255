// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers whose weights are mostly zeros, in the form that a count of time finds cheapest. Costs are
// in multiply-adds of full vectors.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/DenseConvolution.h"
#include "lowering/approximate/NonZeroLists.h"
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

/// One dense weight of a layer for one row, from the cache and from memory.
constexpr double kCachedWeightCost = 3, kFarWeightCost = 7;
/// One entry of a list: an index, a weight and an input that lies anywhere.
constexpr double kGatherCost = 28, kFarGatherCost = 32;
/// One entry of a list for one position; loads cross cache lines.
constexpr double kShiftCost = 2.8;
/// The start and the end of a list for a tile of positions.
constexpr double kListCost = 300;
/// An element that moves between an image and planes.
constexpr double kPlaneCost = 43;
/// Positions of a tile (lowering/schedule/Sparse.cpp).
constexpr int64_t kTile = 128;
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
  int64_t rows, pitch, positions;

  explicit Planes(const Layer &layer) {
    int64_t reachRows = (layer.taps[0] - 1) * layer.dilations[0] / layer.strides[0];
    int64_t reachColumns = (layer.taps[1] - 1) * layer.dilations[1] / layer.strides[1];
    pitch = layer.output[2] + reachColumns;
    positions = SparseConv2dOp::countPositions(layer.output[1], pitch);
    // The last position, shifted furthest, still lies in its plane.
    rows = llvm::divideCeilSigned(positions + reachRows * pitch + reachColumns, pitch);
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
};

using Lists = ArrayRef<SmallVector<NonZero>>;

int64_t countEntries(Lists lists) {
  int64_t count = 0;
  for (const SmallVector<NonZero> &list : lists)
    count += static_cast<int64_t>(list.size());
  return count;
}

double getDenseCost(const Layer &layer) {
  auto isOne = [](int64_t n) { return n == 1; };
  bool isPlain = llvm::all_of(layer.strides, isOne) && llvm::all_of(layer.dilations, isOne);
  auto weights = static_cast<double>(layer.countRows() * layer.output[3]);
  double reading = weights * (weights * 4 > kCacheBytes ? kFarWeightCost : kCachedWeightCost);
  return std::max(reading,
                  getDenseTime({layer.taps[0], layer.taps[1], layer.image[3], layer.output[3],
                                layer.output[0], layer.output[1], layer.output[2], isPlain}));
}

double getGatherCost(const Layer &layer, Lists lists) {
  auto entries = static_cast<double>(countSliced(lists, kLanes) + layer.output[3]);
  double cost = entries * 6 > kCacheBytes ? kFarGatherCost : kGatherCost;
  return static_cast<double>(layer.countPixels()) * entries * cost;
}

double getShiftCost(const Layer &layer, Lists lists) {
  Planes planes(layer);
  auto images = static_cast<double>(layer.output[0]);
  // The last tile overlaps the one before.
  int64_t computed = llvm::alignTo(planes.positions, std::min(kTile, planes.positions));
  double entries = static_cast<double>(countEntries(lists) * computed) * kShiftCost;
  double starts =
      static_cast<double>(layer.output[3] * llvm::divideCeilSigned(planes.positions, kTile)) *
      kListCost;
  double moved = static_cast<double>(layer.image[3] * layer.strides[0] * layer.strides[1] *
                                         planes.rows * planes.pitch +
                                     layer.output[3] * planes.positions) *
                 kPlaneCost;
  return images * (entries + starts + moved);
}

/// Writes a sparse form in front of a layer.
class Writer {
public:
  explicit Writer(const Layer &layer) : layer(layer), builder(layer.op), at(layer.op->getLoc()) {}

  Value writeGathers(Lists lists) {
    SlicedLists sliced = sliceLists(lists, kLanes);
    auto entries = static_cast<int64_t>(sliced.values.size()) / kLanes;
    Value columns = makeColumns(sliced.columns, entries);
    return SparseLinearOp::create(
        builder, at, layer.op->getResult(0).getType(), layer.input,
        makeTable<float>({entries, kLanes}, sliced.values, builder.getF32Type()), columns,
        makeIndices(sliced.starts), makeIndices(sliced.positions), layer.bias, sliced.longest);
  }

  Value writeShifts(Lists lists) {
    Planes planes(layer);
    JoinedLists joined = joinLists(lists, planes.listOffsets(layer));
    SmallVector<int64_t> shape{layer.image[0],   layer.image[3], layer.strides[0],
                               layer.strides[1], planes.rows,    planes.pitch};
    auto type = cast<RankedTensorType>(layer.input.getType());
    Value image = reshape(layer.input, layer.image);
    image = PhasePlanesOp::create(builder, at, type.clone(shape), image, layer.strides, layer.low,
                                  ArrayRef<int64_t>{planes.rows, planes.pitch});
    int64_t elements = shape[1] * shape[2] * shape[3] * shape[4] * shape[5];
    Value result = SparseConv2dOp::create(
        builder, at, type.clone(layer.output), reshape(image, {shape[0], elements}),
        makeTable<float>({static_cast<int64_t>(joined.values.size())}, joined.values,
                         builder.getF32Type()),
        makeIndices(joined.offsets), makeIndices(joined.starts), layer.bias,
        ArrayRef<int64_t>{layer.output[1], layer.output[2]}, planes.pitch, joined.longest);
    return reshape(result, getShape(layer.op->getResult(0)));
  }

private:
  Value reshape(Value value, ArrayRef<int64_t> shape) {
    auto type = cast<RankedTensorType>(value.getType());
    return builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
  }

  template <typename T>
  Value makeTable(ArrayRef<int64_t> shape, ArrayRef<T> elements, Type elementType) {
    auto type = RankedTensorType::get(shape, elementType);
    ArrayRef<char> bytes(reinterpret_cast<const char *>(elements.data()),
                         elements.size() * sizeof(T));
    return arith::ConstantOp::create(builder, at, makeConstant(type, bytes, "list"));
  }

  Value makeIndices(ArrayRef<int32_t> indices) {
    return makeTable<int32_t>({static_cast<int64_t>(indices.size())}, indices,
                              builder.getI32Type());
  }

  /// In 16 bits where they fit.
  Value makeColumns(ArrayRef<int32_t> columns, int64_t entries) {
    if (layer.image[3] > std::numeric_limits<uint16_t>::max())
      return makeTable<int32_t>({entries, kLanes}, columns, builder.getI32Type());
    SmallVector<uint16_t, 0> narrow(columns.begin(), columns.end());
    return makeTable<uint16_t>({entries, kLanes}, narrow, builder.getI16Type());
  }

  const Layer &layer;
  OpBuilder builder;
  Location at;
};

/// A sparse form: whether it can be, what it costs, how it is written.
struct Form {
  StringLiteral option, name;
  bool (*fits)(const Layer &);
  double (*getCost)(const Layer &, Lists);
  Value (*write)(Writer &, Lists);
};

const Form kForms[] = {
    {"gathers", "lists of inputs", [](const Layer &layer) { return layer.isLinear(); },
     getGatherCost, [](Writer &writer, Lists lists) { return writer.writeGathers(lists); }},
    {"shifts", "lists of shifts", [](const Layer &) { return true; }, getShiftCost,
     [](Writer &writer, Lists lists) { return writer.writeShifts(lists); }},
};

struct FormSparse : nnc::impl::FormSparseBase<FormSparse> {
  using FormSparseBase::FormSparseBase;

  void runOnOperation() override {
    if (!form.empty() && form != "dense" && !findForm(form)) {
      getOperation().emitError("form=") << form << ": wanted is dense, gathers or shifts";
      return signalPassFailure();
    }
    SmallVector<Layer, 0> found;
    getOperation()->walk([&](Operation *op) {
      if (std::optional<Layer> layer = matchLayer(op); layer && isNamed(op, layers))
        found.push_back(*layer);
    });
    for (const Layer &layer : found)
      rewrite(layer);
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
    double least = form == "dense" ? 0 : getDenseCost(layer) / kLeastGain;
    const Form *chosen = nullptr;
    for (const Form &candidate : kForms) {
      if (!candidate.fits(layer))
        continue;
      if (double cost = candidate.getCost(layer, lists); cost < least)
        chosen = &candidate, least = cost;
    }
    return chosen;
  }

  void rewrite(const Layer &layer) {
    if (!cast<RankedTensorType>(layer.weight.getType()).getElementType().isF32())
      return;
    std::optional<SmallVector<float, 0>> weight = getFloats(layer.weight);
    auto zeros = weight ? llvm::count(*weight, 0.0f) : 0;
    if (static_cast<double>(zeros) < kFewestZeros * static_cast<double>(layer.countRows()) *
                                         static_cast<double>(layer.output[3]))
      return;
    auto lists = listNonZeros(*weight, layer.countRows());
    const Form *chosen = choose(layer, lists);
    record(layer, chosen ? StringRef(chosen->name) : "dense", countEntries(lists));
    if (!chosen)
      return;
    Writer writer(layer);
    layer.op->getResult(0).replaceAllUsesWith(chosen->write(writer, lists));
    layer.op->erase();
  }

  void record(const Layer &layer, StringRef chosen, int64_t entries) {
    int64_t weights = layer.countRows() * layer.output[3], pixels = layer.countPixels();
    bool isDense = chosen == "dense";
    double zeros = 100 * (1 - static_cast<double>(entries) / static_cast<double>(weights));
    std::string text = llvm::formatv("{0:f1} % zeros as {1}", zeros, chosen);
    // An index is counted as a weight.
    recordApproximation(getOperation(),
                        {getLayerTitle(layer.op), "sparsity", text, isDense ? weights : 2 * entries,
                         weights, 2 * pixels * (isDense ? weights : entries), 2 * pixels * weights,
                         0});
  }

  /// Of weights with fewer zeros nobody says that they are sparse.
  static constexpr double kFewestZeros = 0.3;
};

} // namespace
