// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic and mathematical functions, element by element.
#include "dialects/nnc/Constants.h"
#include "frontend/onnx/Operators.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Before version 7, the second operand broadcasts only on request, and its dimensions may align
/// with the first's from `axis` on.
Value getSecondOperand(Node &node) {
  Value a = node.getInput(0), b = node.getInput(1);
  if (node.getOpset() >= 7)
    return b;
  bool broadcasts = node.getFlag("broadcast", false);
  int64_t axis = node.getInteger("axis", getRank(a) - getRank(b));
  if (!broadcasts && getShape(a) != getShape(b))
    return node.emit().reject("operands of shapes ", formatShape(getShape(a)), " and ",
                              formatShape(getShape(b)), " need attribute 'broadcast'");
  int64_t behind = getRank(a) - getRank(b) - axis;
  if (axis < 0 || behind < 0)
    return node.emit().reject("axis ", axis, " is out of range");
  SmallVector<int64_t> shape(getShape(b));
  shape.append(behind, 1);
  return node.emit().reshape(b, shape);
}

Value importAdd(Node &node) { return node.emit().add(node.getInput(0), getSecondOperand(node)); }
Value importSub(Node &node) { return node.emit().sub(node.getInput(0), getSecondOperand(node)); }
Value importMul(Node &node) { return node.emit().mul(node.getInput(0), getSecondOperand(node)); }
Value importDiv(Node &node) {
  return node.emit().div(node.getInput(0), getSecondOperand(node), node.isUnsigned(0));
}

/// The remainder with the divisor's sign.
Value emitFloorMod(Node &node, Value a, Value b) {
  Emitter &emit = node.emit();
  Value remainder = emit.rem(a, b, node.isUnsigned(0));
  if (node.isUnsigned(0) || !remainder)
    return remainder;
  Value zero = emit.splatLike(remainder, 0);
  auto differs = [&](Value x, Value y) {
    return emit.compare(arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne, x, y);
  };
  auto isNegative = [&](Value x) {
    return emit.compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt, x, zero);
  };
  Value signsDiffer = differs(isNegative(remainder), isNegative(b));
  Value wrong = emit.mul(signsDiffer, differs(remainder, zero));
  return emit.select(wrong, emit.add(remainder, b), remainder);
}

Value importMod(Node &node) {
  bool truncates = node.getFlag("fmod", false);
  Value a = node.getInput(0), b = node.getInput(1);
  if (!truncates && isFloat(a) && node.getOpset() < 28)
    return node.emit().reject("attribute 'fmod' must be 1 for floats");
  if (truncates)
    return node.emit().rem(a, b, node.isUnsigned(0));
  return emitFloorMod(node, a, b);
}

/// x * x * ... instead of a power, where the exponent is a small constant.
Value emitSmallPower(Emitter &emit, Value base, double exponent) {
  if (exponent == 1)
    return base;
  if (exponent == 2)
    return emit.mul(base, base);
  if (exponent == 3)
    return emit.mul(emit.mul(base, base), base);
  return {};
}

Value importPow(Node &node) {
  Emitter &emit = node.emit();
  Value base = node.getInput(0), exponent = getSecondOperand(node);
  if (!exponent)
    return {};
  std::optional<double> number = getSplatNumber(exponent);
  bool growsBase = broadcastShapes(getShape(base), getShape(exponent)) !=
                   std::optional(SmallVector<int64_t>(getShape(base)));
  if (number && !growsBase)
    if (Value power = emitSmallPower(emit, base, *number))
      return power;
  Type type = getTensorType(base).getElementType(), common = type;
  if (!isFloat(base))
    common = isFloat(exponent) ? getTensorType(exponent).getElementType()
                               : emit.getBuilder().getF64Type();
  base = emit.cast(base, common, node.isUnsigned(0), false);
  exponent = emit.cast(exponent, common, node.isUnsigned(1), false);
  if (!emit.align(base, exponent))
    return {};
  Value power = emit.binary<math::PowFOp, math::IPowIOp>(base, exponent);
  return emit.cast(power, type, false, node.isUnsigned(0));
}

/// Functions of any number of operands.
template <typename Combine> Value combineInputs(Node &node, Combine combine) {
  SmallVector<Value> inputs = node.getInputs();
  Value result = inputs.front();
  for (Value next : llvm::drop_begin(inputs))
    result = combine(result, next);
  return result;
}

Value importSum(Node &node) {
  return combineInputs(node, [&](Value a, Value b) { return node.emit().add(a, b); });
}
Value importMax(Node &node) {
  return combineInputs(node,
                       [&](Value a, Value b) { return node.emit().max(a, b, node.isUnsigned(0)); });
}
Value importMin(Node &node) {
  return combineInputs(node,
                       [&](Value a, Value b) { return node.emit().min(a, b, node.isUnsigned(0)); });
}
Value importMean(Node &node) {
  Value sum = importSum(node);
  return node.emit().div(sum, node.emit().splatLike(sum, node.getNumInputs()));
}

Value requireFloat(Node &node) {
  Value input = node.getInput(0);
  if (isFloat(input))
    return input;
  return node.emit().reject("input of type ", input.getType(), " is not floating-point");
}

/// A function of floats that the math dialect has.
template <typename OpTy> Value importFunction(Node &node) {
  return node.emit().unary<OpTy>(requireFloat(node));
}

Value importAbs(Node &node) {
  return node.isUnsigned(0) ? node.getInput(0) : node.emit().abs(node.getInput(0));
}
Value importNeg(Node &node) { return node.emit().negate(node.getInput(0)); }
Value importReciprocal(Node &node) {
  Value input = requireFloat(node);
  return node.emit().div(node.emit().splatLike(input, 1), input);
}

Value importSign(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0), zero = emit.splatLike(input, 0);
  auto greater = node.isUnsigned(0) ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt;
  Value isPositive = emit.compare(arith::CmpFPredicate::OGT, greater, input, zero);
  Value ofPositive = emit.select(isPositive, emit.splatLike(input, 1), zero);
  if (node.isUnsigned(0))
    return ofPositive;
  Value isNegative =
      emit.compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt, input, zero);
  return emit.select(isNegative, emit.splatLike(input, -1), ofPositive);
}

Value emitCast(Node &node, FailureOr<ElementType> type) {
  if (failed(type))
    return {};
  Value result =
      node.emit().cast(node.getInput(0), type->type, node.isUnsigned(0), type->isUnsigned);
  node.setUnsigned(type->isUnsigned);
  return result;
}

void ignoreCastAttributes(Node &node) {
  if (node.getOpset() >= 19)
    node.ignoreAttribute("saturate");
  if (node.getOpset() >= 24)
    node.ignoreAttribute("round_mode");
}

Value importCast(Node &node) {
  ignoreCastAttributes(node);
  return emitCast(node, node.getElementType(node.requireInteger("to")));
}

Value importCastLike(Node &node) {
  ignoreCastAttributes(node);
  return emitCast(
      node, ElementType{getTensorType(node.getInput(1)).getElementType(), node.isUnsigned(1)});
}

Value importIdentity(Node &node) { return node.getInput(0); }

Value importClip(Node &node) {
  Emitter &emit = node.emit();
  Value result = node.getInput(0), low, high;
  if (node.getOpset() >= 11) {
    low = node.getInput(1);
    high = node.getInput(2);
  } else {
    auto toScalar = [&](StringRef name) {
      Type type = getTensorType(result).getElementType();
      return node.hasAttribute(name) ? emit.splat({}, type, node.getFloat(name, 0)) : Value();
    };
    low = toScalar("min");
    high = toScalar("max");
  }
  if (low)
    result = emit.max(result, low, node.isUnsigned(0));
  if (high)
    result = emit.min(result, high, node.isUnsigned(0));
  return result;
}

const Operator kOperators[] = {
    {"Abs", 6, 1, 1, importAbs},
    {"Acos", 7, 1, 1, importFunction<math::AcosOp>},
    {"Acosh", 9, 1, 1, importFunction<math::AcoshOp>},
    {"Add", 6, 2, 2, importAdd},
    {"Asin", 7, 1, 1, importFunction<math::AsinOp>},
    {"Asinh", 9, 1, 1, importFunction<math::AsinhOp>},
    {"Atan", 7, 1, 1, importFunction<math::AtanOp>},
    {"Atanh", 9, 1, 1, importFunction<math::AtanhOp>},
    {"Cast", 6, 1, 1, importCast},
    {"CastLike", 15, 2, 2, importCastLike},
    {"Ceil", 6, 1, 1, importFunction<math::CeilOp>},
    {"Clip", 6, 1, 3, importClip},
    {"Cos", 7, 1, 1, importFunction<math::CosOp>},
    {"Cosh", 9, 1, 1, importFunction<math::CoshOp>},
    {"Div", 6, 2, 2, importDiv},
    {"Erf", 9, 1, 1, importFunction<math::ErfOp>},
    {"Exp", 6, 1, 1, importFunction<math::ExpOp>},
    {"Floor", 6, 1, 1, importFunction<math::FloorOp>},
    {"Identity", 1, 1, 1, importIdentity},
    {"Log", 6, 1, 1, importFunction<math::LogOp>},
    {"Max", 6, 1, kAnyNumber, importMax},
    {"Mean", 6, 1, kAnyNumber, importMean},
    {"Min", 6, 1, kAnyNumber, importMin},
    {"Mod", 10, 2, 2, importMod},
    {"Mul", 6, 2, 2, importMul},
    {"Neg", 6, 1, 1, importNeg},
    {"Pow", 1, 2, 2, importPow},
    {"Reciprocal", 6, 1, 1, importReciprocal},
    {"Round", 11, 1, 1, importFunction<math::RoundEvenOp>},
    {"Sign", 9, 1, 1, importSign},
    {"Sin", 7, 1, 1, importFunction<math::SinOp>},
    {"Sinh", 9, 1, 1, importFunction<math::SinhOp>},
    {"Sqrt", 6, 1, 1, importFunction<math::SqrtOp>},
    {"Sub", 6, 2, 2, importSub},
    {"Sum", 6, 1, kAnyNumber, importSum},
    {"Tan", 7, 1, 1, importFunction<math::TanOp>},
    {"Tanh", 6, 1, 1, importFunction<math::TanhOp>},
};

} // namespace

ArrayRef<Operator> frontend::getElementwise() { return kOperators; }
