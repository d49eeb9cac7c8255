// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From choices by masks of positions to work that is not done (spatially adaptive computation,
// arXiv:1612.02297): what only active positions ask for is computed there.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/halting/ActiveDemands.h"
#include "lowering/halting/ActiveRows.h"
#include "lowering/perforate/PerforationCosts.h"
#include "lowering/perforate/PixelLists.h"
#include "lowering/perforate/Taps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/IRMapping.h"

namespace nnc {
#define GEN_PASS_DEF_FORMACTIVE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Rows that a kernel computes at once: whole register tiles, of which the last of a list is seldom
/// full.
constexpr int64_t kPiece = 14;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

using Access = ActiveRows::Access;

/// Rewrites one block.
class Rewriter {
public:
  Rewriter(KernelBuilder &kernels, Block &block, bool onlyLists)
      : kernels(kernels), block(block), onlyLists(onlyLists),
        builder(block.getParentOp()->getContext()) {}

  void run() {
    SmallVector<Choice> choices;
    llvm::DenseSet<Value> worthwhile;
    for (Operation &op : block)
      if (Choice choice = matchChoice(&op)) {
        choices.push_back(choice);
        if (demands.hasLayer(choice.getNew(), choice.mask))
          worthwhile.insert(choice.mask);
        llvm::DenseSet<Operation *> seen;
        addCosts(choice.getNew(), choice.mask, seen);
      }
    for (Choice choice : choices)
      if (worthwhile.contains(choice.mask) &&
          (countElements(choice.op) > countElements(choice.mask) ||
           demands.hasLayer(choice.getNew(), choice.mask)))
        rewrite(choice);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

private:
  /// Of the layers behind a mask, as PerforationCosts.h counts them: all positions, and one in a
  /// list.
  struct Costs {
    double whole = 0, listed = 0;
  };

  void addCosts(Value value, Value mask, llvm::DenseSet<Operation *> &seen) {
    Operation *op = value.getDefiningOp();
    if (demands.get(value) != mask || !seen.insert(op).second)
      return;
    if (auto conv = dyn_cast<Conv2dOp>(op)) {
      int64_t images = getShape(conv.getInput())[0];
      Costs &costs = costsByMask[mask];
      costs.whole += getWholeCost(conv) + getFillCost(conv.getOutput().getType());
      costs.listed += getListCost(conv, 1) / static_cast<double>(images);
    }
    if (auto linear = dyn_cast<LinearOp>(op)) {
      Costs &costs = costsByMask[mask];
      auto products = static_cast<double>(countElements(linear.getWeight()));
      costs.whole += products * static_cast<double>(countElements(mask));
      costs.listed += products;
    }
    for (Value operand : op->getOperands())
      addCosts(operand, mask, seen);
  }

  /// What belongs to one mask.
  struct Scope {
    Scope(Value mask, ActiveRows active) : mask(mask), active(active) {}

    Value mask;
    ActiveRows active;
    /// Of all that are active, and the same, but empty where all positions are computed.
    RowList all, list;
    /// Whether so many positions are active that all are computed, one boolean, and whether not;
    /// null where that never pays.
    Value isDense, isListed;
    /// What reads the choice that is being rewritten as a whole.
    Operation *update = nullptr;
    /// Lists of what windows read, by the list of windows and their table.
    SmallVector<std::tuple<Value, Value, RowList>> reads;
    /// Images of values that are computed where this mask asks for them.
    llvm::DenseMap<Value, Value> images;
  };

  void rewrite(Choice choice) {
    builder.setInsertionPoint(choice.op);
    Location at = choice.op.getLoc();
    Scope &scope = getScope(choice.mask, at);
    Value old = getImage(scope, choice.getOld(), at);
    // What moves each element once takes as long by a list of all positions.
    bool isEitherForm = scope.isDense && demands.hasLayer(choice.getNew(), choice.mask);
    if (isEitherForm) {
      builder.setInsertionPointAfter(choice.op);
      old = updateAll(scope, choice, old);
    }
    const RowList &list = isEitherForm ? scope.list : scope.all;
    Value rows = demands.get(choice.getNew()) == choice.mask
                     ? computeRows(scope, choice.getNew(), list)
                     : pickRows(scope, choice.getNew(), list);
    Value image = scope.active.update(at, old, rows, list);
    Value view = takePositions(at, image, getTensorType(choice.op));
    images[lookThroughReshapes(view, scope.active.getRows())] = image;
    choice.op->replaceUsesWithIf(ValueRange(view), [&](OpOperand &use) {
      return !isEitherForm || use.getOwner() != scope.update;
    });
    if (!isEitherForm)
      choice.op.erase();
  }

  /// `old` with what the whole choice has, where all positions are computed; lists are empty then.
  Value updateAll(Scope &scope, Choice choice, Value old) {
    Location at = choice.op.getLoc();
    int64_t all = scope.active.getRows();
    RankedTensorType type = getTensorType(choice.op);
    auto rows = ReshapeOp::create(builder, at, type.clone({1, all, getChannels(choice.op, all)}),
                                  choice.op);
    scope.update = rows;
    Value image = scope.active.updateAll(at, old, rows, scope.isDense);
    images[lookThroughReshapes(choice.getOld(), all)] = image;
    return image;
  }

  /// A condition for which all positions are computed, and lists that are empty then.
  void chooseForm(Scope &scope, Location at) {
    auto costs = costsByMask.lookup(scope.mask);
    auto most = costs.listed > 0 ? static_cast<int64_t>(costs.whole / costs.listed) : 0;
    if (onlyLists || most >= scope.active.getRows())
      return;
    RankedTensorType number = getTensorType(scope.list.count);
    Value limit = arith::ConstantOp::create(
        builder, at,
        DenseElementsAttr::get(number,
                               builder.getI32IntegerAttr(static_cast<int32_t>(most)).getValue()));
    auto compare = [&](arith::CmpIPredicate predicate) {
      return arith::CmpIOp::create(builder, at, predicate, scope.list.count, limit);
    };
    scope.isDense = compare(arith::CmpIPredicate::sgt);
    scope.isListed = compare(arith::CmpIPredicate::sle);
    scope.list.count = clearIfDense(scope, at, scope.list.count);
  }

  Value clearIfDense(Scope &scope, Location at, Value count) {
    if (!scope.isDense)
      return count;
    Value none = arith::ConstantOp::create(builder, at,
                                           cast<TypedAttr>(builder.getZeroAttr(count.getType())));
    return arith::SelectOp::create(builder, at, scope.isDense, none, count);
  }

  Scope &getScope(Value mask, Location at) {
    auto found = scopes.find(mask);
    if (found != scopes.end())
      return *found->second;
    int64_t rows = getTensorType(mask).getNumElements();
    auto scope =
        std::make_unique<Scope>(mask, ActiveRows(kernels, builder, rows, std::min(kPiece, rows)));
    // As soon as the mask is known: what is computed densely comes before the choice, and must
    // know.
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(mask);
    Value flat = builder.createOrFold<ReshapeOp>(
        at, RankedTensorType::get({rows}, builder.getI1Type()), mask);
    scope->all = scope->list = scope->active.listActive(at, flat, Value());
    chooseForm(*scope, at);
    return *(scopes[mask] = std::move(scope));
  }

  /// Another shape of the same rows.
  static Value lookThroughReshapes(Value value, int64_t rows) {
    auto reshape = value.getDefiningOp<ReshapeOp>();
    while (reshape && getChannels(reshape.getInput(), rows) == getChannels(value, rows)) {
      value = reshape.getInput();
      reshape = value.getDefiningOp<ReshapeOp>();
    }
    return value;
  }

  /// All positions of an image with a row of zeros behind: 1 x (R + 1) x C.
  Value getImage(Scope &scope, Value value, Location at) {
    int64_t all = scope.active.getRows();
    value = lookThroughReshapes(value, all);
    Value &image = images[value];
    if (image)
      return image;
    RankedTensorType type = getTensorType(value);
    SmallVector<int64_t> shape{1, all, getChannels(value, all)};
    if (getSplatNumber(value) == 0.0) {
      ++shape[1];
      return makeZeros(at, type.clone(shape));
    }
    Value rows = builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
    shape[1] = 1;
    Value zeros = makeZeros(at, type.clone(shape));
    return image = tensor::ConcatOp::create(builder, at, 1, ValueRange{rows, zeros});
  }

  Value makeZeros(Location at, RankedTensorType type) {
    halide::KernelOp kernel = kernels.start(at, builder.getFunctionType({}, {type}), "border");
    OpBuilder inside = OpBuilder::atBlockEnd(&kernel.getBody().front());
    MeaningBuilder b(inside, at);
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
    halide::YieldOp::create(inside, at, b.fill(type.getShape(), zero));
    kernel = kernels.finish(kernel, {"zeros"});
    return halide::LaunchOp::create(builder, at, TypeRange{type}, kernel.getSymName(), ValueRange(),
                                    builder.getStrArrayAttr({"zeros"}))
        .getResult(0);
  }

  Value takePositions(Location at, Value image, RankedTensorType type) {
    SmallVector<int64_t> shape(getShape(image));
    --shape[1];
    SmallVector<OpFoldResult> offsets(3, builder.getIndexAttr(0)), sizes,
        ones(3, builder.getIndexAttr(1));
    for (int64_t extent : shape)
      sizes.push_back(builder.getIndexAttr(extent));
    Value rows =
        tensor::ExtractSliceOp::create(builder, at, type.clone(shape), image, offsets, sizes, ones);
    return ReshapeOp::create(builder, at, type, rows);
  }

  /// The rows of a value that is computed as a whole.
  Value pickRows(Scope &scope, Value value, const RowList &list) {
    Location at = value.getLoc();
    ActiveRows::Arguments arguments;
    unsigned positions = arguments.add(list.positions, Access::Listed);
    unsigned image = arguments.add(getRows(scope, value), Access::Picked);
    return scope.active.launch(at, list, arguments, getChannels(value, scope.active.getRows()),
                               getTensorType(value).getElementType(), "movement", 0,
                               [&](OpBuilder &inside, ValueRange values) -> Value {
                                 return GatherOp::create(inside, at, values[image],
                                                         values[positions], 1);
                               });
  }

  /// An image whose rows are to be picked: with a row of zeros where there is one already.
  Value getRows(Scope &scope, Value value) {
    int64_t all = scope.active.getRows();
    value = lookThroughReshapes(value, all);
    if (Value image = images.lookup(value))
      return image;
    RankedTensorType type = getTensorType(value);
    return builder.createOrFold<ReshapeOp>(value.getLoc(),
                                           type.clone({1, all, getChannels(value, all)}), value);
  }

  /// Which pixel each tap of each position reads; the row of zeros in the padding.
  Value makeTaps(Conv2dOp conv) {
    Windows windows = getWindows(conv);
    int64_t images = getShape(conv.getInput())[0], positions = windows.countOutputs();
    SmallVector<int64_t, 0> taps = listTaps(windows, listAll(positions)), all;
    for (int64_t image = 0; image < images; ++image)
      for (int64_t tap : taps)
        all.push_back(tap < 0 ? images * positions : image * positions + tap);
    Builder attributes(builder.getContext());
    auto key = attributes.getDenseI64ArrayAttr(all);
    Value &table = tables[key];
    if (!table) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&block);
      table =
          makeTable(builder, conv.getLoc(), all, {images * positions, windows.countTaps()}, "taps");
    }
    return table;
  }

  RowList getRead(Scope &scope, Conv2dOp conv, const RowList &list, Value taps) {
    for (const auto &[listed, table, read] : scope.reads)
      if (listed == list.positions && table == taps)
        return read;
    RowList read = scope.active.listRead(conv, list, scope.isListed);
    read.count = clearIfDense(scope, conv.getLoc(), read.count);
    scope.reads.push_back({list.positions, taps, read});
    return read;
  }

  /// The image that a convolution of listed windows reads.
  Value getInput(Scope &scope, Conv2dOp conv, const RowList &list, Value taps) {
    Value value = conv.getInput();
    // What is pointwise alone is done sooner than a list of what the windows read.
    if (!demands.hasLayer(value, scope.mask))
      return getImage(scope, value, conv.getLoc());
    Value &image = scope.images[value];
    if (image)
      return image;
    RowList read = getRead(scope, conv, list, taps);
    Value rows = computeRows(scope, value, read);
    int64_t all = scope.active.getRows();
    RankedTensorType type = getTensorType(value).clone({1, all + 1, getChannels(value, all)});
    Value &room = getRoom(type, rows.getDefiningOp<halide::LaunchOp>());
    room = scope.active.update(conv.getLoc(), room, rows, read);
    return scope.images[value] = room;
  }

  /// An image that `reader` does not read, so that its rows may go there one after the other. Rows
  /// that nobody asked for have what an earlier layer left there.
  Value &getRoom(RankedTensorType type, halide::LaunchOp reader) {
    SmallVector<Value> &known = rooms[type];
    for (Value &room : known)
      if (!llvm::is_contained(reader.getInputs(), room))
        return room;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(reader);
    return known.emplace_back(makeZeros(reader.getLoc(), type));
  }

  /// A layer and the pointwise operations behind it, which share a kernel.
  struct Group {
    llvm::SetVector<Operation *> ops;
    Operation *layer = nullptr;
    ActiveRows::Arguments arguments;
    unsigned positions = 0, taps = 0, input = 0;
    llvm::DenseMap<Value, unsigned> whole, picked, listed;
  };

  Value computeRows(Scope &scope, Value value, const RowList &list) {
    Group group;
    group.positions = group.arguments.add(list.positions, Access::Listed);
    collect(scope, group, value, list);
    SmallVector<Operation *> ops = group.ops.takeVector();
    llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    int64_t flops = 0;
    SmallVector<Location> locations;
    for (Operation *op : ops) {
      auto meaning = dyn_cast<MeaningOpInterface>(op);
      flops += meaning ? meaning.getFlops() : getTensorType(op->getResult(0)).getNumElements();
      locations.push_back(op->getLoc());
    }
    StringRef kernelClass = !group.layer                                ? "movement"
                            : isa<LinearOp>(group.layer)                ? "linear"
                            : cast<Conv2dOp>(group.layer).isDepthwise() ? "perforated_depthwise"
                                                                        : "perforated_conv2d";
    auto build = [&](OpBuilder &inside, ValueRange arguments) {
      IRMapping rows;
      for (Operation *op : ops)
        buildRows(scope, inside, group, op, arguments, rows);
      return rows.lookup(value);
    };
    return scope.active.launch(builder.getFusedLoc(locations), list, group.arguments,
                               getChannels(value, scope.active.getRows()),
                               getTensorType(value).getElementType(), kernelClass, flops, build);
  }

  /// Adds what computes `value`, back to the layer.
  void collect(Scope &scope, Group &group, Value value, const RowList &list) {
    Operation *op = value.getDefiningOp();
    bool isLayer = isa<Conv2dOp, LinearOp>(op);
    if (isLayer && group.layer && group.layer != op) {
      group.listed[value] = group.arguments.add(computeRows(scope, value, list), Access::Listed);
      return;
    }
    if (!group.ops.insert(op))
      return;
    if (isLayer)
      return addLayer(scope, group, op, list);
    for (Value operand : op->getOperands())
      addOperand(scope, group, value, operand, list);
  }

  void addLayer(Scope &scope, Group &group, Operation *op, const RowList &list) {
    group.layer = op;
    for (Value weight : llvm::drop_begin(op->getOperands()))
      group.whole[weight] = group.arguments.add(weight, Access::Whole);
    if (auto conv = dyn_cast<Conv2dOp>(op)) {
      Value taps = makeTaps(conv);
      group.taps = group.arguments.add(taps, Access::Whole);
      group.input = group.arguments.add(getInput(scope, conv, list, taps), Access::Whole);
      return;
    }
    Value input = op->getOperand(0);
    if (demands.get(input) == scope.mask)
      group.listed[input] = group.arguments.add(computeRows(scope, input, list), Access::Listed);
    else
      group.picked[input] = group.arguments.add(getRows(scope, input), Access::Picked);
  }

  void addOperand(Scope &scope, Group &group, Value user, Value operand, const RowList &list) {
    if (demands.get(operand) == scope.mask)
      return collect(scope, group, operand, list);
    int64_t all = scope.active.getRows();
    Spread spread = getSpread(operand, all, getChannels(user, all));
    if (spread == Spread::Number)
      return;
    if (getShape(operand).size() == 1) {
      group.whole[operand] = group.arguments.add(operand, Access::Whole);
      return;
    }
    Value source =
        spread == Spread::None ? operand : operand.getDefiningOp<BroadcastOp>().getInput();
    if (spread == Spread::Channels)
      group.whole[operand] = group.arguments.add(source, Access::Whole);
    else
      group.picked[operand] = group.arguments.add(getRows(scope, source), Access::Picked);
  }

  /// The rows of `op`'s result, inside a kernel.
  void buildRows(Scope &scope, OpBuilder &inside, Group &group, Operation *op, ValueRange arguments,
                 IRMapping &rows) {
    Location at = op->getLoc();
    Value result = op->getResult(0);
    RankedTensorType type = getTensorType(result).clone(
        {1, scope.active.getPiece(), getChannels(result, scope.active.getRows())});
    auto take = [&](Value operand) {
      return takeRows(inside, group, operand, type, arguments, rows);
    };
    if (auto conv = dyn_cast<Conv2dOp>(op)) {
      Value taps =
          GatherOp::create(inside, at, arguments[group.taps], arguments[group.positions], 0);
      Value bias = conv.getBias() ? arguments[group.whole.at(conv.getBias())] : Value();
      rows.map(result, PerforatedConv2dOp::create(inside, at, arguments[group.input],
                                                  arguments[group.whole.at(conv.getFilter())], taps,
                                                  bias, conv.isDepthwise(), /*zero_row=*/false));
    } else if (auto linear = dyn_cast<LinearOp>(op)) {
      Value input = take(linear.getInput());
      RankedTensorType matrix = getTensorType(input);
      input = ReshapeOp::create(inside, at,
                                matrix.clone({matrix.getDimSize(1), matrix.getDimSize(2)}), input);
      Value bias = linear.getBias() ? arguments[group.whole.at(linear.getBias())] : Value();
      Value product =
          LinearOp::create(inside, at, input, arguments[group.whole.at(linear.getWeight())], bias);
      rows.map(result, ReshapeOp::create(inside, at, type, product).getResult());
    } else if (isa<ReshapeOp>(op)) {
      rows.map(result, take(op->getOperand(0)));
    } else {
      SmallVector<Value> operands = llvm::map_to_vector(op->getOperands(), take);
      rows.map(result, cloneWithoutRegions(inside, op, type, operands)->getResult(0));
    }
  }

  /// The rows of an operand, inside a kernel; `type` is that of the result.
  static Value takeRows(OpBuilder &inside, Group &group, Value operand, RankedTensorType type,
                        ValueRange arguments, IRMapping &rows) {
    Location at = operand.getLoc();
    if (Value row = rows.lookupOrNull(operand))
      return row;
    if (auto listed = group.listed.find(operand); listed != group.listed.end())
      return arguments[listed->second];
    RankedTensorType own = getTensorType(operand);
    type = type.clone(own.getElementType());
    if (auto picked = group.picked.find(operand); picked != group.picked.end()) {
      Value row =
          GatherOp::create(inside, at, arguments[picked->second], arguments[group.positions], 1);
      bool isRepeated = getShape(row).back() != type.getShape().back();
      return isRepeated ? BroadcastOp::create(inside, at, type, row).getResult() : row;
    }
    if (auto splat = dyn_cast_or_null<SplatElementsAttr>(getConstant(operand)))
      return arith::ConstantOp::create(inside, at, splat.resizeSplat(type));
    Value whole = arguments[group.whole.at(operand)];
    if (own.getRank() == 1)
      return whole;
    int64_t count = getTensorType(whole).getNumElements();
    Value small = inside.createOrFold<ReshapeOp>(at, own.clone({count}), whole);
    return BroadcastOp::create(inside, at, type, small);
  }

  KernelBuilder &kernels;
  Block &block;
  bool onlyLists;
  OpBuilder builder;
  ActiveDemands demands;
  llvm::DenseMap<Value, Costs> costsByMask;
  llvm::MapVector<Value, std::unique_ptr<Scope>> scopes;
  llvm::DenseMap<Value, Value> images;
  llvm::DenseMap<Type, SmallVector<Value>> rooms;
  llvm::DenseMap<Attribute, Value> tables;
};

struct FormActive : nnc::impl::FormActiveBase<FormActive> {
  using FormActiveBase::FormActiveBase;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    KernelBuilder kernels(getOperation());
    Rewriter(kernels, main.getBody().front(), lists).run();
  }
};

} // namespace
