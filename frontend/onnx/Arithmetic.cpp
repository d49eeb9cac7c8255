// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The emitter's arithmetic.
#include "frontend/onnx/Emitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

//------------------------------------------------------------------------------===//

bool Emitter::align(Value &a, Value &b) {
  if (!a || !b)
    return false;
  Type ofA = getTensorType(a).getElementType(), ofB = getTensorType(b).getElementType();
  if (ofA != ofB) {
    reject("operands have element types ", ofA, " and ", ofB);
    return false;
  }
  std::optional<SmallVector<int64_t>> common = broadcastShapes(getShape(a), getShape(b));
  if (!common) {
    reject("shapes ", formatShape(getShape(a)), " and ", formatShape(getShape(b)),
           " do not broadcast");
    return false;
  }
  a = broadcast(a, *common);
  b = broadcast(b, *common);
  return a && b;
}

Value Emitter::add(Value a, Value b) { return binary<arith::AddFOp, arith::AddIOp>(a, b); }
Value Emitter::sub(Value a, Value b) { return binary<arith::SubFOp, arith::SubIOp>(a, b); }
Value Emitter::mul(Value a, Value b) { return binary<arith::MulFOp, arith::MulIOp>(a, b); }
Value Emitter::div(Value a, Value b, bool isUnsigned) {
  return isUnsigned ? binary<arith::DivFOp, arith::DivUIOp>(a, b)
                    : binary<arith::DivFOp, arith::DivSIOp>(a, b);
}
Value Emitter::rem(Value a, Value b, bool isUnsigned) {
  return isUnsigned ? binary<arith::RemFOp, arith::RemUIOp>(a, b)
                    : binary<arith::RemFOp, arith::RemSIOp>(a, b);
}
Value Emitter::max(Value a, Value b, bool isUnsigned) {
  return isUnsigned ? binary<arith::MaximumFOp, arith::MaxUIOp>(a, b)
                    : binary<arith::MaximumFOp, arith::MaxSIOp>(a, b);
}
Value Emitter::min(Value a, Value b, bool isUnsigned) {
  return isUnsigned ? binary<arith::MinimumFOp, arith::MinUIOp>(a, b)
                    : binary<arith::MinimumFOp, arith::MinSIOp>(a, b);
}

Value Emitter::compare(arith::CmpFPredicate ofFloats, arith::CmpIPredicate ofIntegers, Value a,
                       Value b) {
  if (!align(a, b))
    return {};
  if (isFloat(a))
    return finish(arith::CmpFOp::create(builder, location, ofFloats, a, b));
  return finish(arith::CmpIOp::create(builder, location, ofIntegers, a, b));
}

Value Emitter::select(Value condition, Value a, Value b) {
  if (!condition || !align(a, b))
    return {};
  std::optional<SmallVector<int64_t>> common = broadcastShapes(getShape(condition), getShape(a));
  if (!common || !isBoolean(condition))
    return reject("a condition of type ", condition.getType(),
                  " cannot choose between tensors of shape ", formatShape(getShape(a)));
  condition = broadcast(condition, *common);
  a = broadcast(a, *common);
  b = broadcast(b, *common);
  if (!condition || !a || !b)
    return {};
  return finish(arith::SelectOp::create(builder, location, condition, a, b));
}

Value Emitter::exp(Value input) { return unary<math::ExpOp>(input); }
Value Emitter::log(Value input) { return unary<math::LogOp>(input); }
Value Emitter::sqrt(Value input) { return unary<math::SqrtOp>(input); }

Value Emitter::negate(Value input) {
  if (!input || isFloat(input))
    return unary<arith::NegFOp>(input);
  return sub(splatLike(input, 0), input);
}

Value Emitter::abs(Value input) {
  if (!input || isFloat(input))
    return unary<math::AbsFOp>(input);
  return unary<math::AbsIOp>(input);
}

Value Emitter::cast(Value input, Type elementType, bool fromUnsigned, bool toUnsigned) {
  if (!input || getTensorType(input).getElementType() == elementType)
    return input;
  if (elementType.isInteger(1))
    return compare(arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne, input, splatLike(input, 0));
  fromUnsigned |= isBoolean(input);
  if (isa<FloatType>(elementType))
    return toFloat(input, elementType, fromUnsigned);
  return toInteger(input, elementType, fromUnsigned, toUnsigned);
}

Value Emitter::toFloat(Value input, Type elementType, bool fromUnsigned) {
  Type type = getTensorType(input).clone(elementType);
  if (!isFloat(input)) {
    if (fromUnsigned)
      return finish(arith::UIToFPOp::create(builder, location, type, input));
    return finish(arith::SIToFPOp::create(builder, location, type, input));
  }
  unsigned from = getTensorType(input).getElementTypeBitWidth();
  unsigned to = elementType.getIntOrFloatBitWidth();
  if (from == to)
    return toFloat(toFloat(input, builder.getF32Type(), false), elementType, false);
  if (from < to)
    return finish(arith::ExtFOp::create(builder, location, type, input));
  return finish(arith::TruncFOp::create(builder, location, type, input));
}

Value Emitter::toInteger(Value input, Type elementType, bool fromUnsigned, bool toUnsigned) {
  Type type = getTensorType(input).clone(elementType);
  if (isFloat(input)) {
    if (toUnsigned)
      return finish(arith::FPToUIOp::create(builder, location, type, input));
    return finish(arith::FPToSIOp::create(builder, location, type, input));
  }
  unsigned from = getTensorType(input).getElementTypeBitWidth();
  if (from > elementType.getIntOrFloatBitWidth())
    return finish(arith::TruncIOp::create(builder, location, type, input));
  if (fromUnsigned)
    return finish(arith::ExtUIOp::create(builder, location, type, input));
  return finish(arith::ExtSIOp::create(builder, location, type, input));
}

Value Emitter::reduce(Reduction kind, Value input, ArrayRef<int64_t> axes, bool keepDims) {
  if (!input || axes.empty())
    return input;
  SmallVector<int64_t> kept(getShape(input)), rest;
  for (int64_t axis : axes)
    kept[axis] = 1;
  for (auto [axis, extent] : llvm::enumerate(kept))
    if (keepDims || !llvm::is_contained(axes, static_cast<int64_t>(axis)))
      rest.push_back(extent);
  // One element alone is its own sum, product, mean and extremum.
  if (getShape(input) == ArrayRef<int64_t>(kept))
    return reshape(input, rest);
  Value result = checked<ReduceOp>(
      {input}, {builder.getNamedAttr("kind", ReductionAttr::get(builder.getContext(), kind)),
                attribute("axes", axes)});
  return reshape(result, rest);
}
