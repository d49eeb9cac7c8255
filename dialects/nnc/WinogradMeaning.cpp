// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Winograd's convolution as linalg: each transform is two passes, over rows and over columns, of
// combinations with constant coefficients. Matrices: Lavin and Gray, arXiv:1509.09308, section 4.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace nnc;

namespace {

using Matrix = SmallVector<SmallVector<double>>;

/// The three matrices of F(tile, 3).
struct Transforms {
  Matrix filter, input, output;
};

const Transforms &getTransforms(int64_t tile) {
  static const Transforms two = {{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
                                 {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                                 {{1, 1, 1, 0}, {0, 1, -1, -1}}};
  static const Transforms four = {
      {{1. / 4, 0, 0},
       {-1. / 6, -1. / 6, -1. / 6},
       {-1. / 6, 1. / 6, -1. / 6},
       {1. / 24, 1. / 12, 1. / 6},
       {1. / 24, -1. / 12, 1. / 6},
       {0, 0, 1}},
      {{4, 0, -5, 0, 1, 0},
       {0, -4, -4, 1, 1, 0},
       {0, 4, -4, -1, 1, 0},
       {0, -2, -1, 2, 1, 0},
       {0, 2, -1, -2, 1, 0},
       {0, 4, 0, -5, 0, 1}},
      {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};
  return tile == 2 ? two : four;
}

/// The sum of coefficient times element.
Value combineRow(MeaningBuilder &b, ArrayRef<double> row, ValueRange elements) {
  Value sum;
  for (auto [coefficient, element] : llvm::zip(row, elements)) {
    if (coefficient == 0)
      continue;
    bool isOne = coefficient == 1 || (coefficient == -1 && sum);
    double magnitude = sum ? std::abs(coefficient) : coefficient;
    Value term = isOne ? element : b.multiply(element, b.scalar(element.getType(), magnitude));
    if (!sum)
      sum = term;
    else
      sum = coefficient < 0 ? b.subtract(sum, term) : b.add(sum, term);
  }
  return sum;
}

/// Row `index` of matrix times elements. Schedules unroll the loop that gives the index.
Value combine(MeaningBuilder &b, const Matrix &matrix, Value index, ValueRange elements) {
  Value result = combineRow(b, matrix.back(), elements);
  for (int64_t row = static_cast<int64_t>(matrix.size()) - 2; row >= 0; --row) {
    Value isRow = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, index, b.index(row));
    result = arith::SelectOp::create(b, isRow, combineRow(b, matrix[row], elements), result);
  }
  return result;
}

/// A tensor of `shape` with loops `names`: row `loop` (modulo `modulo`, if that is not 0) of
/// `matrix` times the elements of `input` at indices(0), indices(1), ... .
Value transform(MeaningBuilder &b, const Matrix &matrix, ArrayRef<StringRef> names,
                ArrayRef<int64_t> shape, Value input, unsigned loop, int64_t modulo,
                llvm::function_ref<SmallVector<AffineExpr>(int64_t)> indices, Value bias = {}) {
  SmallVector<Access> inputs;
  for (int64_t i = 0; i < static_cast<int64_t>(matrix.front().size()); ++i)
    inputs.push_back({input, indices(i)});
  if (bias)
    inputs.push_back({bias, {b.loop(shape.size() - 1)}});
  Loops loops;
  for (StringRef name : names)
    loops.names.push_back(name.str());
  Type element = cast<RankedTensorType>(input.getType()).getElementType();
  return b.generic(loops, inputs, {b.empty(shape, element), b.loopRange(0, shape.size())},
                   [&](MeaningBuilder &inner, ValueRange elements) {
                     Value index = linalg::IndexOp::create(inner, loop);
                     if (modulo != 0)
                       index = arith::RemSIOp::create(inner, index, inner.index(modulo));
                     Value sum =
                         combine(inner, matrix, index, elements.take_front(matrix.front().size()));
                     return bias ? inner.add(sum, elements[matrix.front().size()]) : sum;
                   });
}

/// Extents of the convolution in tiles.
struct Extents {
  int64_t batch, tileRows, tileColumns, channels, outputs, tile, reach;
  int64_t getTiles() const { return tileRows * tileColumns; }
};

template <typename OpTy> Extents getExtents(OpTy op) {
  ArrayRef<int64_t> shape = op.getOutput().getType().getShape();
  auto tile = static_cast<int64_t>(op.getTile());
  auto countTiles = [&](int64_t extent) { return (extent + tile - 1) / tile; };
  return {shape[0],
          countTiles(shape[1]),
          countTiles(shape[2]),
          op.getInput().getType().getDimSize(3),
          shape[3],
          tile,
          tile + 2};
}

/// The second pass of the input's transform, over columns, stored as n, i, j, t, c.
Value transformColumns(MeaningBuilder &b, Value rows, const Extents &e) {
  return transform(b, getTransforms(e.tile).input, {"n", "i", "j", "t", "c"},
                   {e.batch, e.reach, e.reach, e.getTiles(), e.channels}, rows, 2, 0,
                   [&](int64_t a) -> SmallVector<AffineExpr> {
                     return {b.loop(0), b.loop(1), b.getAffineConstantExpr(a), b.loop(3),
                             b.loop(4)};
                   });
}

/// B^T d B for every tile t, stored as n, i, j, t, c.
Value transformInput(MeaningBuilder &b, WinogradConv2dOp op, const Extents &e) {
  ArrayRef<int64_t> pads = op.getPads(), shape = op.getOutput().getType().getShape();
  Value zero = b.scalar(op.getInput().getType().getElementType(), 0);
  Value image = b.pad(
      op.getInput(), {0, pads[0], pads[1], 0},
      {0, pads[2] + e.tileRows * e.tile - shape[1], pads[3] + e.tileColumns * e.tile - shape[2], 0},
      zero);
  const Matrix &matrix = getTransforms(e.tile).input;
  AffineExpr n = b.loop(0);
  Value rows = transform(b, matrix, {"n", "i", "b", "t", "c"},
                         {e.batch, e.reach, e.reach, e.getTiles(), e.channels}, image, 1, 0,
                         [&](int64_t a) -> SmallVector<AffineExpr> {
                           AffineExpr t = b.loop(3);
                           return {n, t.floorDiv(e.tileColumns) * e.tile + a,
                                   (t % e.tileColumns) * e.tile + b.loop(2), b.loop(4)};
                         });
  return transformColumns(b, rows, e);
}

/// For each of the (tile + 2)^2 positions i, j a matrix product over tiles t and channels.
Value multiply(MeaningBuilder &b, Value input, Value filter, const Extents &e) {
  Type element = cast<RankedTensorType>(input.getType()).getElementType();
  Loops outer{{"n", "i", "j", "t", "k"}};
  SmallVector<int64_t> shape{e.batch, e.reach, e.reach, e.getTiles(), e.outputs};
  Value zero = b.scalar(element, 0);
  Value init = b.generic(outer, {}, {b.empty(shape, element), b.loopRange(0, 5)},
                         [&](MeaningBuilder &, ValueRange) { return zero; });
  AffineExpr i = b.loop(1), j = b.loop(2), k = b.loop(4), c = b.loop(5);
  return b.generic(outer.reducing({"c"}),
                   {{input, {b.loop(0), i, j, b.loop(3), c}}, {filter, {i, j, c, k}}},
                   {init, b.loopRange(0, 5)}, [](MeaningBuilder &inner, ValueRange elements) {
                     return inner.add(elements[2], inner.multiply(elements[0], elements[1]));
                   });
}

} // namespace

SmallVector<Value> WinogradFilterOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  const Matrix &matrix = getTransforms(static_cast<int64_t>(getTile())).filter;
  ArrayRef<int64_t> shape = getOutput().getType().getShape();
  Value rows = transform(b, matrix, {"i", "b", "c", "k"}, {shape[0], 3, shape[2], shape[3]},
                         getFilter(), 0, 0, [&](int64_t a) -> SmallVector<AffineExpr> {
                           return {b.getAffineConstantExpr(a), b.loop(1), b.loop(2), b.loop(3)};
                         });
  return {transform(b, matrix, {"i", "j", "c", "k"}, shape, rows, 1, 0,
                    [&](int64_t a) -> SmallVector<AffineExpr> {
                      return {b.loop(0), b.getAffineConstantExpr(a), b.loop(2), b.loop(3)};
                    })};
}

int64_t WinogradFilterOp::getFlops() { return 6 * getOutput().getType().getNumElements(); }

namespace {

/// A^T m A for every tile, and the bias: the tiles side by side in an image of `shape`.
Value transformOutput(MeaningBuilder &b, Value product, Value bias, ArrayRef<int64_t> shape,
                      const Extents &e) {
  const Matrix &matrix = getTransforms(e.tile).output;
  AffineExpr n = b.loop(0);
  Value rows = transform(b, matrix, {"n", "p", "j", "t", "k"},
                         {e.batch, e.tile, e.reach, e.getTiles(), e.outputs}, product, 1, 0,
                         [&](int64_t a) -> SmallVector<AffineExpr> {
                           return {n, b.getAffineConstantExpr(a), b.loop(2), b.loop(3), b.loop(4)};
                         });
  return transform(
      b, matrix, {"n", "y", "x", "k"}, shape, rows, 2, e.tile,
      [&](int64_t a) -> SmallVector<AffineExpr> {
        AffineExpr y = b.loop(1), x = b.loop(2);
        return {n, y % e.tile, b.getAffineConstantExpr(a),
                y.floorDiv(e.tile) * e.tileColumns + x.floorDiv(e.tile), b.loop(3)};
      },
      bias);
}

/// As transformInput, of tiles that a table lists.
Value transformListed(MeaningBuilder &b, PerforatedWinogradConv2dOp op, const Extents &e) {
  ArrayRef<int64_t> pads = op.getPads(), shape = op.getInput().getType().getShape();
  Type element = op.getInput().getType().getElementType();
  auto getRest = [&](int64_t extent) { return (e.tile - extent % e.tile) % e.tile; };
  Value image = b.pad(op.getInput(), {0, pads[0], pads[1], 0},
                      {0, pads[2] + getRest(shape[1] + pads[0] + pads[2] - 2),
                       pads[3] + getRest(shape[2] + pads[1] + pads[3] - 2), 0},
                      b.scalar(element, 0));
  const Matrix &matrix = getTransforms(e.tile).input;
  AffineExpr t = b.loop(3);
  SmallVector<int64_t> extents{e.batch, e.reach, e.reach, e.getTiles(), e.channels};
  Value rows = b.generic(
      Loops{{"n", "i", "b", "t", "c"}},
      {{op.getTiles(), {t, b.getAffineConstantExpr(0)}},
       {op.getTiles(), {t, b.getAffineConstantExpr(1)}}},
      {b.empty(extents, element), b.loopRange(0, 5)},
      [&](MeaningBuilder &inner, ValueRange starts) {
        auto getIndex = [&](Value number) -> Value {
          return arith::IndexCastOp::create(inner, inner.getIndexType(), number);
        };
        auto getLoop = [&](int64_t loop) -> Value { return linalg::IndexOp::create(inner, loop); };
        SmallVector<Value> elements;
        for (int64_t a = 0; a < e.reach; ++a)
          elements.push_back(lookUp(inner, image,
                                    {getLoop(0), inner.add(getIndex(starts[0]), inner.index(a)),
                                     inner.add(getIndex(starts[1]), getLoop(2)), getLoop(4)}));
        return combine(inner, matrix, getLoop(1), elements);
      });
  return transformColumns(b, rows, e);
}

int64_t countFlops(const Extents &e) {
  int64_t perPosition = e.batch * e.getTiles() * e.reach * e.reach;
  return perPosition * (2 * e.channels * e.outputs + 6 * (e.channels + e.outputs));
}

bool isAnyNonzero(ArrayRef<int64_t> numbers) {
  return llvm::any_of(numbers, [](int64_t number) { return number != 0; });
}

} // namespace

SmallVector<Value> WinogradConv2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Extents e = getExtents(*this);
  Value product = multiply(b, transformInput(b, *this, e), getFilter(), e);
  return {transformOutput(b, product, getBias(), getOutput().getType().getShape(), e)};
}

int64_t WinogradConv2dOp::getFlops() { return countFlops(getExtents(*this)); }

StringRef WinogradConv2dOp::getKernelClass() { return "winograd"; }

bool WinogradConv2dOp::padsInput() { return isAnyNonzero(getPads()); }

SmallVector<Value> PerforatedWinogradConv2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Extents e = getExtents(*this);
  Value product = multiply(b, transformListed(b, *this, e), getFilter(), e);
  return {transformOutput(b, product, getBias(), getOutput().getType().getShape(), e)};
}

int64_t PerforatedWinogradConv2dOp::getFlops() { return countFlops(getExtents(*this)); }

StringRef PerforatedWinogradConv2dOp::getKernelClass() { return "winograd"; }

bool PerforatedWinogradConv2dOp::padsInput() { return isAnyNonzero(getPads()); }
