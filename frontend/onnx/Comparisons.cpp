// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparisons, logic and choice.
#include "frontend/onnx/Operators.h"

#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using FloatPredicate = arith::CmpFPredicate;
using IntegerPredicate = arith::CmpIPredicate;

namespace {

template <FloatPredicate ofFloats, IntegerPredicate ofSigned, IntegerPredicate ofUnsigned>
Value importComparison(Node &node) {
  bool isUnsigned = node.isUnsigned(0) || isBoolean(node.getInput(0));
  return node.emit().compare(ofFloats, isUnsigned ? ofUnsigned : ofSigned, node.getInput(0),
                             node.getInput(1));
}

/// Bit-wise operations are the logical ones on booleans.
template <typename OpTy, bool ofBooleans> Value importLogic(Node &node) {
  Value a = node.getInput(0), b = node.getInput(1);
  if (isFloat(a) || isBoolean(a) != ofBooleans)
    return node.emit().reject("input of type ", a.getType(), " is not ",
                              ofBooleans ? "boolean" : "an integer");
  return node.emit().binary<arith::AddFOp, OpTy>(a, b);
}

template <bool ofBooleans> Value importNot(Node &node) {
  Value input = node.getInput(0);
  if (isFloat(input) || isBoolean(input) != ofBooleans)
    return node.emit().reject("input of type ", input.getType(), " is not ",
                              ofBooleans ? "boolean" : "an integer");
  Value ones = node.emit().splatLike(input, -1);
  return node.emit().binary<arith::AddFOp, arith::XOrIOp>(input, ones);
}

/// Shifts by as many bits as there are, or more, leave what the sign's extension makes.
Value importBitShift(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0), amount = node.getInput(1);
  if (isFloat(input) || !emit.align(input, amount))
    return emit.reject("operands must be integers");
  int64_t bits = getTensorType(input).getElementTypeBitWidth();
  Value fits = emit.compare(FloatPredicate::OLT, IntegerPredicate::ult, amount,
                            emit.splatLike(amount, bits));
  Value zero = emit.splatLike(input, 0);
  if (node.getChoice("direction", {"RIGHT", "LEFT"}) == "LEFT")
    return emit.select(
        fits, emit.binary<arith::AddFOp, arith::ShLIOp>(input, emit.select(fits, amount, zero)),
        zero);
  Value limited = emit.select(fits, amount, emit.splatLike(amount, bits - 1));
  if (node.isUnsigned(0))
    return emit.select(fits, emit.binary<arith::AddFOp, arith::ShRUIOp>(input, limited), zero);
  return emit.binary<arith::AddFOp, arith::ShRSIOp>(input, limited);
}

Value importWhere(Node &node) {
  return node.emit().select(node.getInput(0), node.getInput(1), node.getInput(2));
}

Value importIsNaN(Node &node) {
  Value input = node.getInput(0);
  return node.emit().compare(FloatPredicate::UNO, IntegerPredicate::ne, input, input);
}

Value importIsInf(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  if (!isFloat(input))
    return emit.reject("input of type ", input.getType(), " is not floating-point");
  bool negative = node.getFlag("detect_negative", true);
  bool positive = node.getFlag("detect_positive", true);
  auto equals = [&](double value) {
    return emit.compare(FloatPredicate::OEQ, IntegerPredicate::eq, input,
                        emit.splatLike(input, value));
  };
  double infinity = std::numeric_limits<double>::infinity();
  Value never = emit.splat(getShape(input), emit.getBuilder().getI1Type(), 0);
  Value isNegative = negative ? equals(-infinity) : never;
  Value isPositive = positive ? equals(infinity) : never;
  return emit.binary<arith::AddFOp, arith::OrIOp>(isNegative, isPositive);
}

const Operator kOperators[] = {
    {"And", 7, 2, 2, importLogic<arith::AndIOp, true>},
    {"BitShift", 11, 2, 2, importBitShift},
    {"BitwiseAnd", 18, 2, 2, importLogic<arith::AndIOp, false>},
    {"BitwiseNot", 18, 1, 1, importNot<false>},
    {"BitwiseOr", 18, 2, 2, importLogic<arith::OrIOp, false>},
    {"BitwiseXor", 18, 2, 2, importLogic<arith::XOrIOp, false>},
    {"Equal", 7, 2, 2,
     importComparison<FloatPredicate::OEQ, IntegerPredicate::eq, IntegerPredicate::eq>},
    {"Greater", 7, 2, 2,
     importComparison<FloatPredicate::OGT, IntegerPredicate::sgt, IntegerPredicate::ugt>},
    {"GreaterOrEqual", 12, 2, 2,
     importComparison<FloatPredicate::OGE, IntegerPredicate::sge, IntegerPredicate::uge>},
    {"IsInf", 10, 1, 1, importIsInf},
    {"IsNaN", 9, 1, 1, importIsNaN},
    {"Less", 7, 2, 2,
     importComparison<FloatPredicate::OLT, IntegerPredicate::slt, IntegerPredicate::ult>},
    {"LessOrEqual", 12, 2, 2,
     importComparison<FloatPredicate::OLE, IntegerPredicate::sle, IntegerPredicate::ule>},
    {"Not", 1, 1, 1, importNot<true>},
    {"Or", 7, 2, 2, importLogic<arith::OrIOp, true>},
    {"Where", 9, 3, 3, importWhere},
    {"Xor", 7, 2, 2, importLogic<arith::XOrIOp, true>},
};

} // namespace

ArrayRef<Operator> frontend::getComparisons() { return kOperators; }
