// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the layers compute, as linalg, and what that costs.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc;

namespace {

using Indices = SmallVector<AffineExpr>;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }
Type getElement(Value value) { return getTensorType(value).getElementType(); }
int64_t getSize(Value value) { return getTensorType(value).getNumElements(); }

bool isAnyNonzero(ArrayRef<int64_t> numbers) {
  return llvm::any_of(numbers, [](int64_t number) { return number != 0; });
}

Value multiplyAdd(MeaningBuilder &b, ValueRange elements) {
  return b.add(elements.back(), b.multiply(elements[0], elements[1]));
}

/// The bias along the last dimension of a tensor of this shape, or zeros.
Value buildBias(MeaningBuilder &b, Value bias, RankedTensorType type) {
  if (!bias)
    return b.fill(type.getShape(), b.scalar(type.getElementType(), 0));
  return b.generic(type.getShape(), type.getElementType(), {{bias, {b.loop(type.getRank() - 1)}}},
                   [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
}

/// An image with `pads` (top, left, bottom, right) of a value around it.
Value padImage(MeaningBuilder &b, Value image, ArrayRef<int64_t> pads, Value value) {
  return b.pad(image, {0, pads[0], pads[1], 0}, {0, pads[2], pads[3], 0}, value);
}

/// Which input pixel a window reads: loops n, y, x, k, ky, kx.
Indices getWindowAccess(MeaningBuilder &b, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                        AffineExpr channel) {
  return {b.loop(0), b.loop(1) * strides[0] + b.loop(4) * dilations[0],
          b.loop(2) * strides[1] + b.loop(5) * dilations[1], channel};
}

} // namespace

//===--- convolutions -----------------------------------------------------------------------===//

SmallVector<Value> Conv2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getTensorType(getOutput());
  Value image = padImage(b, getInput(), getPads(), b.scalar(type.getElementType(), 0));
  Value bias = buildBias(b, getBias(), type);
  int64_t outputsPerGroup = type.getDimSize(3) / static_cast<int64_t>(getGroups());
  AffineExpr k = b.loop(3), group = k.floorDiv(outputsPerGroup);

  Loops loops = Loops::over(4).reducing({"ky", "kx"});
  AffineExpr filterChannel = b.getAffineConstantExpr(0), imageChannel = group;
  if (!isDepthwise()) {
    loops = loops.reducing({"c"});
    filterChannel = b.loop(6);
    imageChannel =
        getGroups() == 1 ? filterChannel : group * getShape(getFilter())[2] + filterChannel;
  }
  return {b.generic(loops,
                    {{image, getWindowAccess(b, getStrides(), getDilations(), imageChannel)},
                     {getFilter(), {b.loop(4), b.loop(5), filterChannel, k}}},
                    {bias, b.loopRange(0, 4)}, multiplyAdd)};
}

int64_t Conv2dOp::getFlops() {
  ArrayRef<int64_t> taps = getShape(getFilter());
  return 2 * getSize(getOutput()) * taps[0] * taps[1] * taps[2];
}

StringRef Conv2dOp::getKernelClass() { return isDepthwise() ? "depthwise" : "conv2d"; }

bool Conv2dOp::padsInput() { return isAnyNonzero(getPads()); }

namespace {

/// The source of one coordinate of a zero-inserted image: coordinate `at` of it holds input
/// `position` where `inside`.
struct Inserted {
  Value position, inside;
};

/// Coordinate `at - shift` of the zero-inserted image is input coordinate (at - shift) / stride
/// where that divides.
Inserted buildInserted(MeaningBuilder &b, Value at, int64_t shift, int64_t stride, int64_t extent) {
  using Predicate = arith::CmpIPredicate;
  Value last = b.index((extent - 1) * stride), zero = b.index(0);
  Value offset = b.subtract(at, b.index(shift));
  Value clamped = b.minimum(b.maximum(offset, zero), last);
  Value inside = arith::CmpIOp::create(b, Predicate::eq, offset, clamped);
  if (stride == 1)
    return {clamped, inside};
  Value step = b.index(stride);
  Value remainder = arith::RemSIOp::create(b, clamped, step);
  Value divides = arith::CmpIOp::create(b, Predicate::eq, remainder, zero);
  return {b.divide(clamped, step), arith::AndIOp::create(b, inside, divides)};
}

/// How far the first input pixel lies inside the zero-inserted image.
std::array<int64_t, 2> getShift(ConvTranspose2dOp op) {
  ArrayRef<int64_t> taps = getShape(op.getFilter()), dilations = op.getDilations();
  return {dilations[0] * (taps[0] - 1) - op.getPads()[0],
          dilations[1] * (taps[1] - 1) - op.getPads()[1]};
}

/// The input spread out by the strides, with zeros in between and around, as large as a stride-1
/// convolution to the output wants it.
Value buildZeroInserted(MeaningBuilder &b, ConvTranspose2dOp op) {
  RankedTensorType input = getTensorType(op.getInput());
  ArrayRef<int64_t> taps = getShape(op.getFilter()), dilations = op.getDilations();
  SmallVector<int64_t> shape(getShape(op.getOutput()));
  shape[1] += dilations[0] * (taps[0] - 1);
  shape[2] += dilations[1] * (taps[1] - 1);
  shape[3] = input.getDimSize(3);
  std::array<int64_t, 2> shift = getShift(op);
  Value zero = b.scalar(input.getElementType(), 0);
  return b.generic(shape, input.getElementType(), {}, [&](MeaningBuilder &inner, ValueRange) {
    SmallVector<Value> at;
    for (int64_t i = 0; i < 4; ++i)
      at.push_back(linalg::IndexOp::create(inner, i));
    Inserted row = buildInserted(inner, at[1], shift[0], op.getStrides()[0], input.getDimSize(1));
    Inserted column =
        buildInserted(inner, at[2], shift[1], op.getStrides()[1], input.getDimSize(2));
    Value pixel = tensor::ExtractOp::create(
        inner, op.getInput(), ValueRange{at[0], row.position, column.position, at[3]});
    Value inside = arith::AndIOp::create(inner, row.inside, column.inside);
    return Value(arith::SelectOp::create(inner, inside, pixel, zero));
  });
}

} // namespace

SmallVector<Value> ConvTranspose2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getTensorType(getOutput());
  ArrayRef<int64_t> taps = getShape(getFilter()), dilations = getDilations();
  Value image = buildZeroInserted(b, *this);
  Value bias = buildBias(b, getBias(), type);

  AffineExpr k = b.loop(3), ky = b.loop(4), kx = b.loop(5), c = b.loop(6);
  AffineExpr filterInput = c, filterOutput = k;
  SmallVector<Access> inputs(2);
  if (int64_t groups = getGroups(); groups != 1) {
    int64_t inputsPerGroup = taps[2] / groups;
    filterInput = k.floorDiv(taps[3]) * inputsPerGroup + c;
    filterOutput = k % taps[3];
    // No operand is indexed by c alone: this one gives its extent.
    inputs.push_back({b.empty({inputsPerGroup}, type.getElementType()), {c}});
  }
  // The filter is flipped: the image is read backwards instead.
  inputs[0] = {image,
               {b.loop(0), b.loop(1) - ky * dilations[0] + dilations[0] * (taps[0] - 1),
                b.loop(2) - kx * dilations[1] + dilations[1] * (taps[1] - 1), filterInput}};
  inputs[1] = {getFilter(), {ky, kx, filterInput, filterOutput}};
  return {b.generic(Loops::over(4).reducing({"ky", "kx", "c"}), inputs, {bias, b.loopRange(0, 4)},
                    multiplyAdd)};
}

int64_t ConvTranspose2dOp::getFlops() {
  ArrayRef<int64_t> taps = getShape(getFilter());
  return 2 * getSize(getInput()) * taps[0] * taps[1] * taps[3];
}

StringRef ConvTranspose2dOp::getKernelClass() { return "conv2d"; }

//===--- matrix products --------------------------------------------------------------------===//

SmallVector<Value> LinearOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Value bias = buildBias(b, getBias(), getTensorType(getOutput()));
  AffineExpr m = b.loop(0), k = b.loop(1), c = b.loop(2);
  return {b.generic(Loops::over(2).reducing({"c"}), {{getInput(), {m, c}}, {getWeight(), {c, k}}},
                    {bias, {m, k}}, multiplyAdd)};
}

int64_t LinearOp::getFlops() { return 2 * getSize(getOutput()) * getShape(getWeight())[0]; }

StringRef LinearOp::getKernelClass() { return "linear"; }

SmallVector<Value> MatmulOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getTensorType(getOutput());
  Loops outer{{"b", "m", "k"}};
  Value zero = b.scalar(type.getElementType(), 0);
  Value init =
      b.generic(outer, {}, {b.empty(type.getShape(), type.getElementType()), b.loopRange(0, 3)},
                [&](MeaningBuilder &, ValueRange) { return zero; });
  AffineExpr batch = b.loop(0), m = b.loop(1), k = b.loop(2), c = b.loop(3);
  return {b.generic(outer.reducing({"c"}), {{getLhs(), {batch, m, c}}, {getRhs(), {batch, c, k}}},
                    {init, {batch, m, k}}, multiplyAdd)};
}

int64_t MatmulOp::getFlops() { return 2 * getSize(getOutput()) * getShape(getLhs())[2]; }

StringRef MatmulOp::getKernelClass() { return "matmul"; }

//===--- pooling ----------------------------------------------------------------------------===//

namespace {

/// Combines the elements of each window of a padded image, from `start` on.
template <typename PoolOp>
Value buildPool(MeaningBuilder &b, PoolOp op, Value start, MeaningBuilder::Body combine) {
  Value image = padImage(b, op.getInput(), op.getPads(), start);
  Value init = b.fill(getShape(op.getOutput()), start);
  Value window = b.empty(op.getKernel(), start.getType());
  return b.generic(Loops::over(4).reducing({"ky", "kx"}),
                   {{image, getWindowAccess(b, op.getStrides(), op.getDilations(), b.loop(3))},
                    {window, b.loopRange(4, 2)}},
                   {init, b.loopRange(0, 4)}, combine);
}

/// How many taps of the window at output coordinate `at` lie inside an image of this extent.
Value buildTapCount(MeaningBuilder &b, Value at, AvgPool2dOp op, int axis) {
  int64_t extent = getShape(op.getInput())[axis + 1], dilation = op.getDilations()[axis];
  Value begin =
      b.subtract(b.multiply(at, b.index(op.getStrides()[axis])), b.index(op.getPads()[axis]));
  Value before = b.maximum(b.subtract(b.index(0), begin), b.index(0));
  Value end = b.subtract(b.index(extent), begin);
  if (dilation != 1) {
    Value step = b.index(dilation), roundUp = b.index(dilation - 1);
    before = b.divide(b.add(before, roundUp), step);
    end = b.divide(b.add(end, roundUp), step);
  }
  return b.subtract(b.minimum(end, b.index(op.getKernel()[axis])), before);
}

/// The number of image elements in the window of this iteration, as an element.
Value buildCount(MeaningBuilder &b, AvgPool2dOp op) {
  Value rows = buildTapCount(b, linalg::IndexOp::create(b, 1), op, 0);
  Value columns = buildTapCount(b, linalg::IndexOp::create(b, 2), op, 1);
  Type element = getElement(op.getInput());
  Value count = b.multiply(rows, columns);
  if (!isa<FloatType>(element))
    return arith::IndexCastOp::create(b, element, count);
  return arith::SIToFPOp::create(b, element, arith::IndexCastOp::create(b, b.getI32Type(), count));
}

} // namespace

SmallVector<Value> MaxPool2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  return {buildPool(b, *this, b.lowest(getElement(getInput())),
                    [](MeaningBuilder &inner, ValueRange elements) {
                      return inner.maximum(elements.back(), elements[0]);
                    })};
}

int64_t MaxPool2dOp::getFlops() { return getSize(getOutput()) * getKernel()[0] * getKernel()[1]; }

StringRef MaxPool2dOp::getKernelClass() { return "pool"; }

bool MaxPool2dOp::padsInput() { return isAnyNonzero(getPads()); }

SmallVector<Value> AvgPool2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getElement(getInput());
  Value sum =
      buildPool(b, *this, b.scalar(element, 0), [](MeaningBuilder &inner, ValueRange elements) {
        return inner.add(elements.back(), elements[0]);
      });
  bool isPadded = padsInput();
  Value whole = isPadded ? Value() : b.scalar(element, getKernel()[0] * getKernel()[1]);
  return {b.generic(getShape(sum), element, {{sum, b.loopRange(0, 4)}},
                    [&](MeaningBuilder &inner, ValueRange elements) {
                      return inner.divide(elements[0], isPadded ? buildCount(inner, *this) : whole);
                    })};
}

int64_t AvgPool2dOp::getFlops() {
  return getSize(getOutput()) * (getKernel()[0] * getKernel()[1] + 1);
}

StringRef AvgPool2dOp::getKernelClass() { return "pool"; }

bool AvgPool2dOp::padsInput() { return isAnyNonzero(getPads()); }

//===--- normalization ----------------------------------------------------------------------===//

SmallVector<Value> BatchNormOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getTensorType(getInput());
  Value epsilon = b.scalar(type.getElementType(), getEpsilon().convertToFloat());
  Indices channel{b.loop(type.getRank() - 1)};
  return {b.generic(type.getShape(), type.getElementType(),
                    {{getInput(), b.loopRange(0, type.getRank())},
                     {getScale(), channel},
                     {getShift(), channel},
                     {getMean(), channel},
                     {getVariance(), channel}},
                    [&](MeaningBuilder &inner, ValueRange e) {
                      Value deviation = math::SqrtOp::create(inner, inner.add(e[4], epsilon));
                      Value normal = inner.divide(inner.subtract(e[0], e[3]), deviation);
                      return inner.add(inner.multiply(normal, e[1]), e[2]);
                    })};
}

int64_t BatchNormOp::getFlops() { return 4 * getSize(getInput()); }

SmallVector<Value> LrnOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getTensorType(getInput());
  Type element = type.getElementType();
  int64_t rank = type.getRank(), size = getSize();
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  low.back() = (size - 1) / 2;
  high.back() = size / 2;
  Value zero = b.scalar(element, 0);
  Value padded = b.pad(getInput(), low, high, zero);
  Value init = b.fill(type.getShape(), zero);

  Indices all = b.loopRange(0, rank), window = all;
  window.back() = window.back() + b.loop(rank);
  Value sum = b.generic(Loops::over(rank).reducing({"c"}),
                        {{padded, window}, {b.empty({size}, element), {b.loop(rank)}}}, {init, all},
                        [](MeaningBuilder &inner, ValueRange e) {
                          return inner.add(e.back(), inner.multiply(e[0], e[0]));
                        });
  Value scale = b.scalar(element, getAlpha().convertToFloat() / static_cast<float>(size));
  Value bias = b.scalar(element, getBias().convertToFloat());
  Value beta = b.scalar(element, getBeta().convertToFloat());
  return {b.generic(type.getShape(), element, {{getInput(), all}, {sum, all}},
                    [&](MeaningBuilder &inner, ValueRange e) {
                      Value base = inner.add(bias, inner.multiply(scale, e[1]));
                      return inner.divide(e[0], math::PowFOp::create(inner, base, beta));
                    })};
}

int64_t LrnOp::getFlops() {
  return ::getSize(getInput()) * (2 * static_cast<int64_t>(getSize()) + 4);
}

StringRef LrnOp::getKernelClass() { return "lrn"; }

//===--- reductions -------------------------------------------------------------------------===//

namespace {

/// Combines `input` along `axes`, from `start` on; those dimensions disappear.
Value buildReduction(MeaningBuilder &b, Value input, ArrayRef<int64_t> axes, Value start,
                     MeaningBuilder::Body combine) {
  int64_t rank = getTensorType(input).getRank(), kept = rank - axes.size();
  SmallVector<int64_t> shape;
  Indices indices;
  int64_t reduced = kept;
  for (auto [axis, extent] : llvm::enumerate(getShape(input))) {
    bool isReduced = llvm::is_contained(axes, static_cast<int64_t>(axis));
    indices.push_back(b.loop(isReduced ? reduced++ : shape.size()));
    if (!isReduced)
      shape.push_back(extent);
  }
  Value init = b.fill(shape, start);
  return b.generic(Loops::over(kept).reducing(axes.size()), {{input, indices}},
                   {init, b.loopRange(0, kept)}, combine);
}

Value addElements(MeaningBuilder &b, ValueRange e) { return b.add(e[1], e[0]); }
Value multiplyElements(MeaningBuilder &b, ValueRange e) { return b.multiply(e[1], e[0]); }
Value maximizeElements(MeaningBuilder &b, ValueRange e) { return b.maximum(e[1], e[0]); }
Value minimizeElements(MeaningBuilder &b, ValueRange e) { return b.minimum(e[1], e[0]); }

Value buildKind(MeaningBuilder &b, Reduction kind, Value input, ArrayRef<int64_t> axes) {
  Type element = getElement(input);
  switch (kind) {
  case Reduction::Sum:
  case Reduction::Mean:
    return buildReduction(b, input, axes, b.scalar(element, 0), addElements);
  case Reduction::Max:
    return buildReduction(b, input, axes, b.lowest(element), maximizeElements);
  case Reduction::Min:
    return buildReduction(b, input, axes, b.highest(element), minimizeElements);
  case Reduction::Product:
    return buildReduction(b, input, axes, b.scalar(element, 1), multiplyElements);
  }
  llvm_unreachable("no such reduction");
}

} // namespace

SmallVector<Value> SoftmaxOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getTensorType(getInput());
  int64_t axis = getAxis();
  Indices all = b.loopRange(0, type.getRank()), others = all;
  others.erase(others.begin() + axis);
  Value maximum = buildKind(b, Reduction::Max, getInput(), axis);
  Value powers =
      b.generic(type.getShape(), type.getElementType(), {{getInput(), all}, {maximum, others}},
                [](MeaningBuilder &inner, ValueRange e) {
                  return Value(math::ExpOp::create(inner, inner.subtract(e[0], e[1])));
                });
  Value sum = buildKind(b, Reduction::Sum, powers, axis);
  return {b.generic(type.getShape(), type.getElementType(), {{powers, all}, {sum, others}},
                    [](MeaningBuilder &inner, ValueRange e) { return inner.divide(e[0], e[1]); })};
}

int64_t SoftmaxOp::getFlops() { return 5 * getSize(getInput()); }

StringRef SoftmaxOp::getKernelClass() { return "softmax"; }

SmallVector<Value> ReduceOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Value reduced = buildKind(b, getKind(), getInput(), getAxes());
  if (getKind() != Reduction::Mean)
    return {reduced};
  RankedTensorType type = getTensorType(reduced);
  int64_t combined = 1;
  for (int64_t axis : getAxes())
    combined *= getShape(getInput())[axis];
  Value count = b.scalar(type.getElementType(), static_cast<double>(combined));
  return {
      b.generic(type.getShape(), type.getElementType(), {{reduced, b.loopRange(0, type.getRank())}},
                [&](MeaningBuilder &inner, ValueRange e) { return inner.divide(e[0], count); })};
}

int64_t ReduceOp::getFlops() { return getSize(getInput()); }

StringRef ReduceOp::getKernelClass() { return "reduce"; }
