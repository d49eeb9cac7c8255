// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Contraction of tensor trains as linalg: one reduction for each step of TrainContraction.h, over a
// state [rows..., outer, q, inner]. A step's outer loop is left out where it has one iteration at
// the train's end, and so is the inner one.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/TrainContraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nnc;

namespace {

using Indices = SmallVector<AffineExpr>;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Where the state of the contraction is read: loops of rows, then a position in the rest of it.
using ReadState = llvm::function_ref<Access(ArrayRef<AffineExpr> rows, AffineExpr outer,
                                            AffineExpr rank, AffineExpr input, AffineExpr inner)>;

class Contraction {
public:
  /// `rowNames` and `rowExtents` are the loops that all steps share.
  Contraction(MeaningBuilder &b, ValueRange cores, ContractionOrder order, Type element,
              ArrayRef<StringRef> rowNames, ArrayRef<int64_t> rowExtents)
      : b(b), cores(cores), extents(getCoreExtents(cores)), order(order), element(element),
        rowNames(rowNames), rowExtents(rowExtents) {}

  /// Contracts all cores; `readInput` reads the layer's input at a channel, and at a rank where the
  /// first core has one. The result is [rows..., outputs] as [rows..., outer, q] or [rows..., q,
  /// inner].
  Value run(llvm::function_ref<Access(ArrayRef<AffineExpr>, AffineExpr, AffineExpr)> readInput) {
    Value state;
    for (size_t n = 0; n < cores.size(); ++n) {
      bool isForward = order == ContractionOrder::FirstToLast;
      size_t k = getCoreOfStep(cores.size(), n, order);
      ContractionStep step = getStep(extents, k, order);
      auto readFirst = [&](ArrayRef<AffineExpr> rows, AffineExpr outer, AffineExpr rank,
                           AffineExpr input, AffineExpr inner) {
        AffineExpr channel = isForward ? input * step.inner + inner : outer * step.input + input;
        return readInput(rows, rank, channel);
      };
      auto readNext = [&](ArrayRef<AffineExpr> rows, AffineExpr outer, AffineExpr rank,
                          AffineExpr input, AffineExpr inner) {
        return isForward ? readForward(state, k, rows, outer, rank, input, inner)
                         : readBackward(state, k, rows, outer, rank, input, inner);
      };
      state = n == 0 ? contract(k, readFirst) : contract(k, readNext);
    }
    return state;
  }

  /// Where output `channel` is in the result of `run`.
  Indices locate(ArrayRef<AffineExpr> rows, AffineExpr channel) const {
    Indices indices(rows);
    int64_t inner = order == ContractionOrder::FirstToLast ? extents.back().output
                                                           : getStep(extents, 0, order).inner;
    if (cores.size() > 1)
      indices.push_back(channel.floorDiv(inner));
    indices.push_back(cores.size() > 1 ? channel % inner : channel);
    return indices;
  }

private:
  bool hasOuter(size_t k) const { return k > 0; }
  bool hasInner(size_t k) const { return k + 1 < cores.size(); }

  /// State after core k - 1: [rows, j', (j, r'), (i, i')].
  Access readForward(Value state, size_t k, ArrayRef<AffineExpr> rows, AffineExpr outer,
                     AffineExpr rank, AffineExpr input, AffineExpr inner) const {
    const CoreExtents &previous = extents[k - 1];
    Indices indices(rows);
    AffineExpr mode = outer;
    if (hasOuter(k - 1)) {
      indices.push_back(outer.floorDiv(previous.output));
      mode = outer % previous.output;
    }
    indices.push_back(mode * previous.after + rank);
    indices.push_back(input * getStep(extents, k, order).inner + inner);
    return {state, indices};
  }

  /// State after core k + 1: [rows, (i, i'), (r', j), j'].
  Access readBackward(Value state, size_t k, ArrayRef<AffineExpr> rows, AffineExpr outer,
                      AffineExpr rank, AffineExpr input, AffineExpr inner) const {
    const CoreExtents &previous = extents[k + 1];
    Indices indices(rows);
    indices.push_back(outer * extents[k].input + input);
    AffineExpr mode = inner;
    int64_t within = getStep(extents, k + 1, order).inner;
    if (hasInner(k + 1))
      mode = inner.floorDiv(within);
    indices.push_back(rank * previous.output + mode);
    if (hasInner(k + 1))
      indices.push_back(inner % within);
    return {state, indices};
  }

  /// Core k at q and a place in the reduction.
  Access readCore(size_t k, AffineExpr q, AffineExpr rank, AffineExpr input) const {
    const CoreExtents &core = extents[k];
    if (order == ContractionOrder::FirstToLast)
      return {cores[k], {rank, input, q.floorDiv(core.after), q % core.after}};
    return {cores[k], {q.floorDiv(core.output), input, q % core.output, rank}};
  }

  Value contract(size_t k, ReadState read) {
    ContractionStep step = getStep(extents, k, order);
    bool isForward = order == ContractionOrder::FirstToLast;
    Loops loops;
    SmallVector<int64_t> shape(rowExtents);
    for (StringRef name : rowNames)
      loops.names.push_back(name.str());
    Indices rows = b.loopRange(0, rowExtents.size());
    AffineExpr zero = b.getAffineConstantExpr(0);
    auto addLoop = [&](StringRef name, int64_t extent, bool exists) {
      if (!exists)
        return zero;
      loops.names.push_back(name.str());
      shape.push_back(extent);
      return b.loop(shape.size() - 1);
    };
    AffineExpr outer = addLoop(isForward ? "j" : "i", step.outer, hasOuter(k));
    AffineExpr q = addLoop("q", step.q, true);
    AffineExpr inner = addLoop(isForward ? "i" : "j", step.inner, hasInner(k));
    AffineExpr input = b.loop(shape.size()), rank = b.loop(shape.size() + 1);
    Value start = b.scalar(element, 0);
    Indices all = b.loopRange(0, shape.size());
    Value init = b.generic(loops, {}, {b.empty(shape, element), all},
                           [&](MeaningBuilder &, ValueRange) { return start; });
    return b.generic(loops.reducing({"c", "r"}),
                     {read(rows, outer, rank, input, inner), readCore(k, q, rank, input)},
                     {init, all}, [](MeaningBuilder &inside, ValueRange e) {
                       return inside.add(e[2], inside.multiply(e[0], e[1]));
                     });
  }

  MeaningBuilder &b;
  ValueRange cores;
  SmallVector<CoreExtents> extents;
  ContractionOrder order;
  Type element;
  SmallVector<StringRef> rowNames;
  SmallVector<int64_t> rowExtents;
};

/// The elements that `indices` give for the loops of a tensor of this type, plus the bias along its
/// last dimension.
Value addBias(MeaningBuilder &b, RankedTensorType type, Value state, const Indices &indices,
              Value bias) {
  SmallVector<Access> inputs{{state, indices}};
  if (bias)
    inputs.push_back({bias, {b.loop(type.getRank() - 1)}});
  return b.generic(
      type.getShape(), type.getElementType(), inputs,
      [&](MeaningBuilder &inside, ValueRange e) { return bias ? inside.add(e[0], e[1]) : e[0]; });
}

} // namespace

//===--- tt_linear --------------------------------------------------------------------------===//

SmallVector<Value> TtLinearOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  int64_t rows = type.getDimSize(0);
  Contraction contraction(b, getCores(), getOrder(), type.getElementType(), {"m"}, rows);
  Value state =
      contraction.run([&](ArrayRef<AffineExpr> at, AffineExpr, AffineExpr channel) -> Access {
        return {getInput(), {at[0], channel}};
      });
  return {addBias(b, type, state, contraction.locate(b.loopRange(0, 1), b.loop(1)), getBias())};
}

int64_t TtLinearOp::getFlops() {
  int64_t rows = getOutput().getType().getDimSize(0);
  return 2 * rows * countProducts(getCoreExtents(getCores()), getOrder());
}

StringRef TtLinearOp::getKernelClass() { return "tensor_train"; }

//===--- tt_conv2d --------------------------------------------------------------------------===//

namespace {

const StringRef kPixelNames[] = {"n", "y", "x"};

Value padImage(MeaningBuilder &b, TtConv2dOp op, Value image) {
  SmallVector<int64_t> low(getShape(image).size(), 0), high = low;
  for (int axis : {0, 1}) {
    low[axis + 1] = op.getPads()[axis];
    high[axis + 1] = op.getPads()[axis + 2];
  }
  return b.pad(image, low, high, b.scalar(op.getOutput().getType().getElementType(), 0));
}

/// The row or column of the padded image that loops `at` and `tap` of the window read.
AffineExpr readAxis(TtConv2dOp op, int axis, AffineExpr at, AffineExpr tap) {
  return at * op.getStrides()[axis] + tap * op.getDilations()[axis];
}

/// Every channel filtered by every spatial filter: [n, y, x, r, c].
Value filterChannels(MeaningBuilder &b, TtConv2dOp op) {
  Type element = op.getOutput().getType().getElementType();
  Value image = padImage(b, op, op.getInput());
  SmallVector<int64_t> shape(getShape(op.getOutput()).drop_back());
  shape.append({getShape(op.getSpatial())[2], getShape(op.getInput())[3]});
  Loops loops{{"n", "y", "x", "r", "c"}};
  Value zero = b.scalar(element, 0);
  Value init = b.generic(loops, {}, {b.empty(shape, element), b.loopRange(0, 5)},
                         [&](MeaningBuilder &, ValueRange) { return zero; });
  AffineExpr ky = b.loop(5), kx = b.loop(6);
  return b.generic(
      loops.reducing({"ky", "kx"}),
      {{image,
        {b.loop(0), readAxis(op, 0, b.loop(1), ky), readAxis(op, 1, b.loop(2), kx), b.loop(4)}},
       {op.getSpatial(), {ky, kx, b.loop(3)}}},
      {init, b.loopRange(0, 5)}, [](MeaningBuilder &inside, ValueRange e) {
        return inside.add(e[2], inside.multiply(e[0], e[1]));
      });
}

Value filterFirst(MeaningBuilder &b, TtConv2dOp op) {
  RankedTensorType type = op.getOutput().getType();
  Value filtered = filterChannels(b, op);
  Contraction contraction(b, op.getCores(), op.getOrder(), type.getElementType(), kPixelNames,
                          type.getShape().drop_back());
  Value state =
      contraction.run([&](ArrayRef<AffineExpr> at, AffineExpr rank, AffineExpr channel) -> Access {
        return {filtered, {at[0], at[1], at[2], rank, channel}};
      });
  return addBias(b, type, state, contraction.locate(b.loopRange(0, 3), b.loop(3)), op.getBias());
}

/// Channels of every pixel are contracted to [n, y, x, (r0, s)], which the spatial filters then sum
/// up.
Value filterLast(MeaningBuilder &b, TtConv2dOp op) {
  RankedTensorType type = op.getOutput().getType();
  Type element = type.getElementType();
  Contraction contraction(b, op.getCores(), op.getOrder(), element, kPixelNames,
                          getShape(op.getInput()).drop_back());
  Value state =
      contraction.run([&](ArrayRef<AffineExpr> at, AffineExpr, AffineExpr channel) -> Access {
        return {op.getInput(), {at[0], at[1], at[2], channel}};
      });
  state = padImage(b, op, state);
  AffineExpr k = b.loop(3), ky = b.loop(4), kx = b.loop(5), r = b.loop(6);
  int64_t outputs = type.getDimSize(3);
  Indices at = contraction.locate(
      {b.loop(0), readAxis(op, 0, b.loop(1), ky), readAxis(op, 1, b.loop(2), kx)}, r * outputs + k);
  Value zero = b.scalar(element, 0);
  Value init = op.getBias() ? b.generic(type.getShape(), element, {{op.getBias(), {k}}},
                                        [](MeaningBuilder &, ValueRange e) { return e[0]; })
                            : b.fill(type.getShape(), zero);
  return b.generic(Loops::over(4).reducing({"ky", "kx", "r"}),
                   {{state, at}, {op.getSpatial(), {ky, kx, r}}}, {init, b.loopRange(0, 4)},
                   [](MeaningBuilder &inside, ValueRange e) {
                     return inside.add(e[2], inside.multiply(e[0], e[1]));
                   });
}

} // namespace

SmallVector<Value> TtConv2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  return {getOrder() == ContractionOrder::FirstToLast ? filterFirst(b, *this)
                                                      : filterLast(b, *this)};
}

int64_t TtConv2dOp::getFlops() {
  ArrayRef<int64_t> filters = getShape(getSpatial()), in = getShape(getInput()),
                    out = getShape(getOutput());
  bool isFirst = getOrder() == ContractionOrder::FirstToLast;
  ArrayRef<int64_t> at = isFirst ? out : in;
  int64_t filtered = filters[0] * filters[1] * filters[2] * (isFirst ? in[3] : out[3]);
  return 2 * (out[0] * out[1] * out[2] * filtered +
              at[0] * at[1] * at[2] * countProducts(getCoreExtents(getCores()), getOrder()));
}

StringRef TtConv2dOp::getKernelClass() { return "tensor_train"; }

//===--- tt_merge ---------------------------------------------------------------------------===//

SmallVector<Value> TtMergeOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  CoreExtents second = getCoreExtents(getSecond()).front();
  AffineExpr input = b.loop(1), output = b.loop(2), rank = b.loop(4);
  return {
      b.generic(Loops{{"d0", "d1", "d2", "d3"}}.reducing(1),
                {{getFirst(),
                  {b.loop(0), input.floorDiv(second.input), output.floorDiv(second.output), rank}},
                 {getSecond(), {rank, input % second.input, output % second.output, b.loop(3)}}},
                {b.fill(type.getShape(), b.scalar(type.getElementType(), 0)), b.loopRange(0, 4)},
                [](MeaningBuilder &inside, ValueRange e) {
                  return inside.add(e[2], inside.multiply(e[0], e[1]));
                })};
}

int64_t TtMergeOp::getFlops() {
  return 2 * getOutput().getType().getNumElements() * getShape(getFirst())[3];
}
