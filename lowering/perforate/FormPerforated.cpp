// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From masks to work that is not done: what is asked of a value at kept positions alone is computed
// there.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/approximate/DenseConvolution.h"
#include "lowering/perforate/Demands.h"
#include "lowering/perforate/FillTable.h"
#include "lowering/perforate/PerforationCosts.h"
#include "lowering/perforate/PixelLists.h"
#include "lowering/perforate/Pixelwise.h"
#include "lowering/perforate/StridedWindows.h"
#include "lowering/perforate/Taps.h"
#include "lowering/perforate/TileList.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_FORMPERFORATED
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

using Table = SmallVector<int64_t, 0>;

/// Fewer positions than a register tile has: those of several images are one list (micro-batches,
/// section 3.2 of the paper).
constexpr int64_t kFewPositions = 14;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

/// Rewrites one block.
class Rewriter {
public:
  Rewriter(Block &block, StringRef form, bool isExact)
      : block(block), form(form), isExact(isExact) {}

  void run() {
    SmallVector<Operation *> all;
    for (Operation &op : block)
      all.push_back(&op);
    for (Operation *op : all)
      rewrite(op);
    for (Operation *op : llvm::reverse(all))
      if (isOpTriviallyDead(op))
        op->erase();
  }

private:
  void rewrite(Operation *op) {
    OpBuilder builder(op);
    if (auto perforate = dyn_cast<PerforateOp>(op); perforate && getConstant(perforate.getFill()))
      return rewritePerforate(builder, perforate);
    if (isPixelConvolution(op) && lists.find(op->getOperand(0)))
      return rewritePixelConvolution(builder, cast<Conv2dOp>(op));
    if (auto conv = dyn_cast<Conv2dOp>(op); conv && hasList(conv) && rewriteConv(builder, conv))
      return;
    if (isa<MaxPool2dOp, AvgPool2dOp>(op) && rewritePool(builder, op))
      return;
    if (isPixelReshape(op) && rewriteReshape(op))
      return;
    if (auto linear = dyn_cast<LinearOp>(op); linear && lists.find(linear.getInput()))
      return applyLinear(builder, op, linear.getWeight(), linear.getBias());
    if (isPointwise(op) && rewritePointwise(builder, op))
      return;
    for (OpOperand &operand : op->getOpOperands())
      operand.set(lists.getWhole(builder, operand.get()));
  }

  /// Whether `nnc.perforated_conv2d` is such a layer: of one group, or one filter a channel.
  static bool hasList(Conv2dOp op) {
    return op.getGroups() == 1 ||
           (op.isDepthwise() && getShape(op.getInput()).back() == getShape(op.getOutput()).back());
  }

  void rewritePerforate(OpBuilder &builder, PerforateOp op) {
    PixelList list = lists.getOrMake(builder, op.getInput(), getShape(op.getInput())[0]);
    lists.set(op.getOutput(), list.perforate(readFill(op)));
  }

  /// A matrix of the same pixels, or the same image again.
  bool rewriteReshape(Operation *op) {
    const PixelList *list = lists.find(op->getOperand(0));
    ArrayRef<int64_t> shape = getShape(op->getResult(0));
    if (!list)
      return false;
    bool isImage = shape.size() == 4 && shape[0] == getShape(list->pixels)[0];
    if (shape.size() != 2 && !isImage)
      return false;
    lists.set(op->getResult(0), PixelList(*list));
    return true;
  }

  /// What is asked of a result of so many positions, if not all of them.
  std::optional<Table> getDemand(Operation *op, int64_t positions) {
    std::optional<Table> demand = demands.get(op->getResult(0));
    if (demand && static_cast<int64_t>(demand->size()) != positions)
      return std::nullopt; // of an image that the pixels become elsewhere
    return demand;
  }

  /// The list that a layer of windows reads: that of its input, if it is one and may stay one.
  PixelList getInput(OpBuilder &builder, Operation *op) {
    Value image = op->getOperand(0);
    if (form == "explicit")
      image = lists.getWhole(builder, image);
    return lists.getOrMake(builder, image, getShape(image)[0]);
  }

  /// Positions of a result that are asked for, and the number of the one at each.
  static PixelList makeResult(const std::optional<Table> &demand, int64_t positions) {
    if (!demand)
      return {Value(), listAll(positions), listAll(positions)};
    PixelList result{Value(), listKept(*demand), {}};
    for (int64_t position : *demand)
      result.at.push_back(llvm::lower_bound(result.kept, position) - result.kept.begin());
    return result;
  }

  /// Whether a layer of windows stays as it is: nothing of it is skipped, and its input is whole.
  bool staysWhole(Operation *op, const std::optional<Table> &demand) {
    bool readsList = lists.find(op->getOperand(0)) && form != "explicit";
    return !demand && !readsList;
  }

  /// Taps in a list of pixels; of those in the padding `zero`.
  static Table findPixels(ArrayRef<int64_t> taps, const PixelList &input, int64_t zero) {
    Table found;
    for (int64_t tap : taps)
      found.push_back(tap < 0 ? zero : input.at[tap]);
    return found;
  }

  bool rewriteConv(OpBuilder &builder, Conv2dOp op) {
    Windows windows = getWindows(op);
    std::optional<Table> demand = getDemand(op, windows.countOutputs());
    if (staysWhole(op, demand))
      return false;
    PixelList result = makeResult(demand, windows.countOutputs());
    bool readsList = lists.find(op.getInput()) && form != "explicit";
    double fill = lists.find(op.getInput()) ? getFillCost(op.getInput().getType()) : 0;
    double whole = getWholeCost(op) + fill,
           list = getListCost(op, result.countPixels()) + (readsList ? 0 : fill);
    std::optional<TileList> tiles;
    if (demand && !isExact)
      tiles = findTiles(op, result.kept);
    if (tiles && getTilesCost(op, *tiles) + fill < std::min(list, whole)) {
      int64_t positions = result.countPixels();
      result = tiles->makePixels(*demand, windows.outputRows, windows.outputColumns);
      result.pixels = buildTiles(builder, op, lists.getWhole(builder, op.getInput()), *tiles);
      record(op, positions, "in tiles of Winograd's convolution",
             getTensorType(op.getFilter()).getNumElements() / 9 * (tiles->tile + 2) *
                 (tiles->tile + 2),
             8 * tiles->countTiles(), getWinogradRounding(tiles->tile));
    } else if (rewriteStrided(builder, op, windows, result, whole)) {
      return true;
    } else if (makesLists() || op.isDepthwise() || list < whole) {
      result.pixels = buildList(builder, op, windows, result);
      record(op, result.countPixels(), readsList ? "input as a list" : "",
             getTensorType(op.getFilter()).getNumElements(),
             4 * result.countPixels() * windows.countTaps());
    } else {
      return false;
    }
    lists.set(op.getOutput(), std::move(result));
    return true;
  }

  bool makesLists() const { return form == "implicit" || form == "strided"; }
  bool mayBeStrided() const { return form.empty() || form == "strided"; }

  /// A convolution of evenly spaced positions as a strided one of its input's pixels.
  bool rewriteStrided(OpBuilder &builder, Conv2dOp op, const Windows &windows, PixelList &result,
                      double wholeCost) {
    if (!mayBeStrided())
      return false;
    PixelList input = getInput(builder, op);
    std::optional<StridedWindows> strided = findStridedWindows(windows, input, result.kept);
    if (!strided || (form != "strided" && getStridedCost(op, *strided) >= wholeCost))
      return false;
    Value filter = mergeTaps(builder, op.getFilter(), *strided);
    if (!filter)
      return false;
    const StridedAxis &rows = strided->rows, &columns = strided->columns;
    SmallVector<int64_t> pads;
    Value image = makeKeptImage(builder, op.getLoc(), input.pixels, *strided, pads);
    RankedTensorType type = op.getOutput().getType();
    int64_t images = type.getDimSize(0), channels = type.getDimSize(3);
    Value conv = Conv2dOp::create(builder, op.getLoc(),
                                  type.clone({images, rows.windows, columns.windows, channels}),
                                  image, filter, op.getBias(), {rows.stride, columns.stride}, pads,
                                  {rows.getDilation(), columns.getDilation()}, op.getGroups());
    result.pixels = builder.createOrFold<ReshapeOp>(
        op.getLoc(), type.clone({images, result.countPixels(), channels}), conv);
    int64_t taps = strided->countTaps(), all = windows.countTaps();
    std::string how = "strided";
    if (taps != all)
      how += llvm::formatv(", {0} of {1} taps", taps, all);
    record(op, result.countPixels(), how, getTensorType(filter).getNumElements(), 0, 0,
           static_cast<double>(taps) / static_cast<double>(all));
    lists.set(op.getOutput(), std::move(result));
    return true;
  }

  /// The same of a pooling; of means only where windows read each pixel once.
  bool rewriteStridedPool(OpBuilder &builder, Operation *op, const Windows &windows,
                          PixelList &result) {
    if (!mayBeStrided())
      return false;
    PixelList input = getInput(builder, op);
    std::optional<StridedWindows> strided = findStridedWindows(windows, input, result.kept);
    if (!strided || strided->hasGaps() ||
        (isa<AvgPool2dOp>(op) && strided->countTaps() != windows.countTaps()))
      return false;
    const StridedAxis &rows = strided->rows, &columns = strided->columns;
    SmallVector<int64_t> pads;
    Value image = makeKeptImage(builder, op->getLoc(), input.pixels, *strided, pads);
    RankedTensorType type = getTensorType(op->getResult(0));
    int64_t images = type.getDimSize(0), channels = type.getDimSize(3);
    auto build = [&](auto pool) -> Value {
      return decltype(pool)::create(
          builder, op->getLoc(), type.clone({images, rows.windows, columns.windows, channels}),
          image, {rows.countTaps(), columns.countTaps()}, {rows.stride, columns.stride}, pads,
          {rows.getDilation(), columns.getDilation()});
    };
    Value pooled = isa<MaxPool2dOp>(op) ? build(MaxPool2dOp()) : build(AvgPool2dOp());
    result.pixels = builder.createOrFold<ReshapeOp>(
        op->getLoc(), type.clone({images, result.countPixels(), channels}), pooled);
    lists.set(op->getResult(0), std::move(result));
    return true;
  }

  Value buildList(OpBuilder &builder, Conv2dOp op, const Windows &windows,
                  const PixelList &result) {
    PixelList input = getInput(builder, op);
    Table taps = listTaps(windows, result.kept);
    int64_t images = getShape(input.pixels)[0], pixels = input.countPixels(),
            rows = result.countPixels();
    bool isJoined = images > 1 && rows < kFewPositions;
    int64_t joined = isJoined ? images : 1;
    Table table;
    for (int64_t image = 0; image < joined; ++image)
      for (int64_t pixel : findPixels(taps, input, -1))
        table.push_back(pixel < 0 ? joined * pixels : image * pixels + pixel);
    auto regroup = [&](Value list, int64_t count, int64_t size) {
      RankedTensorType type = getTensorType(list);
      return builder.createOrFold<ReshapeOp>(
          op.getLoc(), type.clone({count, size, type.getShape().back()}), list);
    };
    Value list = PerforatedConv2dOp::create(
        builder, op.getLoc(), regroup(input.pixels, images / joined, joined * pixels),
        op.getFilter(),
        makeTable(builder, op.getLoc(), table, {joined * rows, windows.countTaps()}, "taps"),
        op.getBias(), op.isDepthwise(), llvm::is_contained(taps, -1));
    return regroup(list, images, rows);
  }

  bool rewritePool(OpBuilder &builder, Operation *op) {
    Windows windows = getWindows(op);
    std::optional<Table> demand = getDemand(op, windows.countOutputs());
    if (staysWhole(op, demand))
      return false;
    PixelList result = makeResult(demand, windows.countOutputs()), input = getInput(builder, op);
    if (rewriteStridedPool(builder, op, windows, result))
      return true;
    Table taps = listTaps(windows, result.kept);
    result.pixels = isa<MaxPool2dOp>(op)
                        ? makeMaxPool(builder, op->getLoc(), input, taps, windows.countTaps())
                        : makeAvgPool(builder, op->getLoc(), input, taps, windows.countTaps());
    lists.set(op->getResult(0), std::move(result));
    return true;
  }

  /// Of pixels that a window reads more than once, once is enough; so it is for padding, which
  /// never wins.
  static Value makeMaxPool(OpBuilder &builder, Location at, const PixelList &input,
                           const Table &taps, int64_t count) {
    SmallVector<Table, 0> windows;
    size_t most = 1;
    for (size_t first = 0; first < taps.size(); first += count) {
      Table &window = windows.emplace_back();
      for (int64_t tap : ArrayRef(taps).slice(first, count))
        if (tap >= 0 && !llvm::is_contained(window, input.at[tap]))
          window.push_back(input.at[tap]);
      most = std::max(most, window.size());
    }
    Table table;
    for (Table &window : windows) {
      window.resize(most, window.front());
      llvm::append_range(table, window);
    }
    auto rows = static_cast<int64_t>(windows.size());
    return PerforatedMaxPool2dOp::create(
        builder, at, input.pixels,
        makeTable(builder, at, table, {rows, static_cast<int64_t>(most)}, "taps"));
  }

  /// Padding is not counted.
  static Value makeAvgPool(OpBuilder &builder, Location at, const PixelList &input,
                           const Table &taps, int64_t count) {
    SmallVector<float, 0> weights;
    for (size_t first = 0; first < taps.size(); first += count) {
      ArrayRef<int64_t> window = ArrayRef(taps).slice(first, count);
      auto inside = static_cast<float>(count - llvm::count(window, -1));
      for (int64_t tap : window)
        weights.push_back(tap < 0 ? 0 : 1 / inside);
    }
    SmallVector<int64_t> shape{static_cast<int64_t>(taps.size()) / count, count};
    ArrayRef<char> bytes(reinterpret_cast<const char *>(weights.data()), weights.size() * 4);
    Value factors = arith::ConstantOp::create(
        builder, at,
        cast<TypedAttr>(
            makeConstant(RankedTensorType::get(shape, builder.getF32Type()), bytes, "weights")));
    return PerforatedAvgPool2dOp::create(
        builder, at, input.pixels,
        makeTable(builder, at, findPixels(taps, input, 0), shape, "taps"), factors);
  }

  void rewritePixelConvolution(OpBuilder &builder, Conv2dOp op) {
    RankedTensorType type = getTensorType(op.getFilter());
    Value weight = builder.createOrFold<ReshapeOp>(
        op.getLoc(), type.clone(type.getShape().take_back(2)), op.getFilter());
    applyLinear(builder, op, weight, op.getBias());
  }

  /// A linear layer on the pixels of the operation's input.
  void applyLinear(OpBuilder &builder, Operation *op, Value weight, Value bias) {
    PixelList list = *lists.find(op->getOperand(0));
    RankedTensorType type = getTensorType(list.pixels);
    int64_t images = type.getDimSize(0), pixels = type.getDimSize(1),
            outputs = getShape(weight).back();
    Value matrix = builder.createOrFold<ReshapeOp>(
        op->getLoc(), type.clone({images * pixels, type.getDimSize(2)}), list.pixels);
    Value result = LinearOp::create(builder, op->getLoc(), matrix, weight, bias);
    list.pixels = builder.createOrFold<ReshapeOp>(op->getLoc(),
                                                  type.clone({images, pixels, outputs}), result);
    lists.set(op->getResult(0), std::move(list));
  }

  /// On pixels, where all operands that are images have the same list, or whole ones can be read at
  /// that of others because nobody asks for more.
  bool rewritePointwise(OpBuilder &builder, Operation *op) {
    const PixelList *list = nullptr;
    for (Value operand : op->getOperands())
      if (const PixelList *other = lists.find(operand)) {
        if (list && (list->at != other->at || list->kept != other->kept))
          return false;
        list = other;
      }
    if (!list)
      return false;
    auto positions = static_cast<int64_t>(list->at.size());
    std::optional<Table> demand = getDemand(op, positions);
    // Each position that is asked for is a pixel of its own.
    bool isAskedForPixels = demand && llvm::all_of(listKept(*demand), [&](int64_t position) {
                              return list->kept[list->at[position]] == position;
                            });
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      Value pixels = getPixels(builder, operand, *list, isAskedForPixels);
      if (!pixels)
        return false;
      operands.push_back(pixels);
    }
    Type element = getTensorType(op->getResult(0)).getElementType();
    Type type = RankedTensorType::get(getShape(list->pixels), element);
    Value result = cloneWithoutRegions(builder, op, type, operands)->getResult(0);
    lists.set(op->getResult(0), {result, list->kept, list->at});
    return true;
  }

  /// An operand of a pointwise operation on the pixels of `list`; null where it has none.
  Value getPixels(OpBuilder &builder, Value operand, const PixelList &list, bool mayPick) {
    if (const PixelList *own = lists.find(operand))
      return own->pixels;
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type)
      return {};
    RankedTensorType wanted = type.clone(getShape(list.pixels));
    if (type.getRank() <= 1) // of a normalization, by channel
      return operand;
    if (Value repeated = repeat(builder, operand, wanted))
      return repeated;
    if (!mayPick)
      return {};
    PixelList whole = lists.getOrMake(builder, operand, wanted.getDimSize(0));
    Value table = makeTable(builder, operand.getLoc(), list.kept, {list.countPixels()}, "kept");
    return GatherOp::create(builder, operand.getLoc(), whole.pixels, table, 1);
  }

  /// What is the same at all positions.
  static Value repeat(OpBuilder &builder, Value operand, RankedTensorType wanted) {
    if (auto splat = dyn_cast_or_null<SplatElementsAttr>(getConstant(operand)))
      return arith::ConstantOp::create(builder, operand.getLoc(), splat.resizeSplat(wanted));
    auto broadcast = operand.getDefiningOp<BroadcastOp>();
    if (!broadcast)
      return {};
    Value small = broadcast.getInput();
    int64_t count = getTensorType(small).getNumElements();
    bool isByChannel = count == wanted.getShape().back() && !getShape(small).empty() &&
                       getShape(small).back() == count;
    if (count != 1 && !isByChannel)
      return {};
    small = builder.createOrFold<ReshapeOp>(operand.getLoc(), getTensorType(small).clone({count}),
                                            small);
    return BroadcastOp::create(builder, operand.getLoc(), wanted, small);
  }

  /// `share`: of the taps, which are multiplied.
  void record(Conv2dOp op, int64_t positions, StringRef how, int64_t weights, int64_t tableBytes,
              double error = 0, double share = 1) {
    ArrayRef<int64_t> output = getShape(op.getOutput());
    int64_t all = output[1] * output[2], flops = op.getFlops();
    std::string text =
        llvm::formatv("{0} of {1} positions{2}{3}", positions, all, how.empty() ? "" : ", ", how);
    recordApproximation(op->getParentOfType<ModuleOp>(),
                        {getLayerTitle(op), "perforation", text, weights,
                         getTensorType(op.getFilter()).getNumElements(),
                         static_cast<int64_t>(static_cast<double>(flops / all * positions) * share),
                         flops, error, tableBytes});
  }

  Block &block;
  StringRef form;
  bool isExact;
  PixelLists lists;
  Demands demands;
};

struct FormPerforated : nnc::impl::FormPerforatedBase<FormPerforated> {
  using FormPerforatedBase::FormPerforatedBase;

  void runOnOperation() override {
    if (!form.empty() && !llvm::is_contained({"implicit", "explicit", "strided"}, form)) {
      getOperation().emitError("form=") << form << ": wanted is implicit, explicit or strided";
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto stop = [](PerforateOp) { return WalkResult::interrupt(); };
      if (function.walk(stop).wasInterrupted())
        Rewriter(function.getBody().front(), form, exact).run();
    }
  }
};

} // namespace
