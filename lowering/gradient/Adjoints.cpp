// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/gradient/Adjoints.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

using Values = SmallVector<Value>;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

/// Short names for arithmetic on tensors of one type.
class Arithmetic {
public:
  explicit Arithmetic(ImplicitLocOpBuilder &b) : b(b) {}

  Value number(Value like, double number) {
    RankedTensorType type = getTensorType(like);
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, b.getFloatAttr(type.getElementType(), number)));
  }
  Value multiply(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value divide(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value subtract(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value negate(Value x) { return arith::NegFOp::create(b, x); }
  Value isLess(Value x, Value y) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }

private:
  ImplicitLocOpBuilder &b;
};

Values differentiateAdd(ImplicitLocOpBuilder &, Operation *, Value g) { return {g, g}; }

Values differentiateSubtract(ImplicitLocOpBuilder &b, Operation *, Value g) {
  return {g, Arithmetic(b).negate(g)};
}

Values differentiateMultiply(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  return {a.multiply(g, op->getOperand(1)), a.multiply(g, op->getOperand(0))};
}

Values differentiateDivide(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  Value ofFirst = a.divide(g, op->getOperand(1));
  return {ofFirst, a.negate(a.multiply(ofFirst, op->getResult(0)))};
}

Values differentiateNegate(ImplicitLocOpBuilder &b, Operation *, Value g) {
  return {Arithmetic(b).negate(g)};
}

/// The adjoint goes to the operand that is the result; to the first one where both are.
template <bool isMaximum>
Values differentiateExtremum(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  Value x = op->getOperand(0), y = op->getOperand(1), zero = a.number(g, 0);
  Value isSecond = isMaximum ? a.isLess(x, y) : a.isLess(y, x);
  return {a.select(isSecond, zero, g), a.select(isSecond, g, zero)};
}

Values differentiateSelect(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  Value zero = a.number(g, 0), condition = op->getOperand(0);
  return {Value(), a.select(condition, g, zero), a.select(condition, zero, g)};
}

Values differentiateExp(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  return {Arithmetic(b).multiply(g, op->getResult(0))};
}

Values differentiateLog(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  return {Arithmetic(b).divide(g, op->getOperand(0))};
}

Values differentiateTanh(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  Value y = op->getResult(0);
  return {a.multiply(g, a.subtract(a.number(g, 1), a.multiply(y, y)))};
}

Values differentiateSqrt(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  return {a.divide(a.multiply(a.number(g, 0.5), g), op->getResult(0))};
}

Values differentiateSin(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  return {Arithmetic(b).multiply(g, math::CosOp::create(b, op->getOperand(0)))};
}

Values differentiateCos(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  return {a.negate(a.multiply(g, math::SinOp::create(b, op->getOperand(0))))};
}

Values differentiateAbs(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Arithmetic a(b);
  return {a.select(a.isLess(op->getOperand(0), a.number(g, 0)), a.negate(g), g)};
}

Values differentiateReshape(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  return {ReshapeOp::create(b, op->getOperand(0).getType(), g)};
}

Values differentiateTranspose(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  ArrayRef<int64_t> permutation = cast<TransposeOp>(op).getPermutation();
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [to, from] : llvm::enumerate(permutation))
    inverse[from] = static_cast<int64_t>(to);
  return {TransposeOp::create(b, g, inverse)};
}

/// Sums along what was repeated.
Values differentiateBroadcast(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Value input = op->getOperand(0);
  ArrayRef<int64_t> from = getShape(input), to = getShape(g);
  auto added = static_cast<int64_t>(to.size() - from.size());
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < static_cast<int64_t>(to.size()); ++axis)
    if (axis < added || from[axis - added] != to[axis])
      axes.push_back(axis);
  Value sum = axes.empty() ? g : ReduceOp::create(b, Reduction::Sum, g, axes).getResult();
  return {b.createOrFold<ReshapeOp>(input.getType(), sum)};
}

/// What was reduced along some axes, repeated along them again.
Value repeatAlong(ImplicitLocOpBuilder &b, RankedTensorType type, ArrayRef<int64_t> axes,
                  Value reduced) {
  SmallVector<int64_t> kept(type.getShape());
  for (int64_t axis : axes)
    kept[static_cast<size_t>(axis)] = 1;
  return BroadcastOp::create(b, type, ReshapeOp::create(b, type.clone(kept), reduced).getResult());
}

Values differentiateReduce(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  auto reduce = cast<ReduceOp>(op);
  Arithmetic a(b);
  RankedTensorType type = getTensorType(reduce.getInput());
  double share = 1;
  for (int64_t axis : reduce.getAxes())
    share /= static_cast<double>(type.getDimSize(static_cast<unsigned>(axis)));
  Value all = repeatAlong(b, type, reduce.getAxes(), g);
  return {reduce.getKind() == Reduction::Mean ? a.multiply(all, a.number(all, share)) : all};
}

/// y (g - the sum of g y along the axis).
Values differentiateSoftmax(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  auto axis = static_cast<int64_t>(cast<SoftmaxOp>(op).getAxis());
  Arithmetic a(b);
  Value y = op->getResult(0);
  Value sum = ReduceOp::create(b, Reduction::Sum, a.multiply(g, y), ArrayRef<int64_t>{axis});
  return {a.multiply(y, a.subtract(g, repeatAlong(b, getTensorType(y), axis, sum)))};
}

Values differentiateLinear(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  Value transposed = TransposeOp::create(b, op->getOperand(1), ArrayRef<int64_t>{1, 0});
  Values adjoints(op->getNumOperands());
  adjoints[0] = LinearOp::create(b, g, transposed, Value());
  return adjoints;
}

Values differentiateDistances(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  auto distances = cast<DistancesOp>(op);
  return {DistancesGradientOp::create(b, g, distances.getInput(), distances.getPoints(),
                                      distances.getPowerAttr()),
          Value()};
}

/// Columns that were picked several times add up: a product with zeros and ones.
Values differentiateGather(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  auto gather = cast<GatherOp>(op);
  auto numbers = getIntegers(getConstant(gather.getIndices()));
  RankedTensorType type = getTensorType(gather.getInput());
  int64_t columns = type.getDimSize(1);
  auto matrix = RankedTensorType::get({static_cast<int64_t>(numbers->size()), columns},
                                      type.getElementType());
  SmallVector<APFloat> elements(static_cast<size_t>(matrix.getNumElements()),
                                b.getFloatAttr(type.getElementType(), 0).getValue());
  for (auto [row, column] : llvm::enumerate(*numbers))
    elements[row * static_cast<size_t>(columns) + static_cast<size_t>(column)] =
        b.getFloatAttr(type.getElementType(), 1).getValue();
  Value ones = arith::ConstantOp::create(b, DenseElementsAttr::get(matrix, elements));
  return {LinearOp::create(b, g, ones, Value()), Value()};
}

Values differentiateConcat(ImplicitLocOpBuilder &b, Operation *op, Value g) {
  auto concat = cast<tensor::ConcatOp>(op);
  Values adjoints;
  int64_t offset = 0;
  for (Value part : concat.getInputs()) {
    ArrayRef<int64_t> shape = getShape(part);
    SmallVector<OpFoldResult> offsets(shape.size(), b.getIndexAttr(0)),
        strides(shape.size(), b.getIndexAttr(1)), sizes;
    for (int64_t extent : shape)
      sizes.push_back(b.getIndexAttr(extent));
    offsets[concat.getDim()] = b.getIndexAttr(offset);
    adjoints.push_back(
        tensor::ExtractSliceOp::create(b, getTensorType(part), g, offsets, sizes, strides));
    offset += shape[concat.getDim()];
  }
  return adjoints;
}

struct Record {
  StringLiteral name;
  BuildAdjoints build;
};

constexpr Record kRecords[] = {
    {"arith.addf", differentiateAdd},
    {"arith.subf", differentiateSubtract},
    {"arith.mulf", differentiateMultiply},
    {"arith.divf", differentiateDivide},
    {"arith.negf", differentiateNegate},
    {"arith.maximumf", differentiateExtremum<true>},
    {"arith.minimumf", differentiateExtremum<false>},
    {"arith.select", differentiateSelect},
    {"math.exp", differentiateExp},
    {"math.log", differentiateLog},
    {"math.tanh", differentiateTanh},
    {"math.sqrt", differentiateSqrt},
    {"math.sin", differentiateSin},
    {"math.cos", differentiateCos},
    {"math.absf", differentiateAbs},
    {"nnc.reshape", differentiateReshape},
    {"nnc.transpose", differentiateTranspose},
    {"nnc.broadcast", differentiateBroadcast},
    {"nnc.reduce", differentiateReduce},
    {"nnc.softmax", differentiateSoftmax},
    {"nnc.linear", differentiateLinear},
    {"nnc.distances", differentiateDistances},
    {"nnc.gather", differentiateGather},
    {"tensor.concat", differentiateConcat},
};

/// What of the operands a rule takes for granted.
bool isCovered(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return getConstant(linear.getWeight()) != nullptr;
  if (auto distances = dyn_cast<DistancesOp>(op))
    return getConstant(distances.getPoints()) && distances.getPower().convertToDouble() >= 1;
  if (auto gather = dyn_cast<GatherOp>(op))
    return gather.getAxis() == 1 && getShape(gather.getInput()).size() == 2 &&
           getShape(gather.getIndices()).size() == 1 && getConstant(gather.getIndices());
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind() == Reduction::Sum || reduce.getKind() == Reduction::Mean;
  return true;
}

} // namespace

BuildAdjoints findAdjoints(Operation *op, StringRef &reason) {
  if (isa<TreesOp>(op))
    reason = "a sum of trees is constant between its steps, and its gradient is 0 or undefined";
  for (const Record &record : kRecords)
    if (op->getName().getStringRef() == record.name && op->getNumResults() == 1)
      return isCovered(op) ? record.build : nullptr;
  return nullptr;
}

} // namespace nnc
