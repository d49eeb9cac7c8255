// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of ExpressionPrinter about calls: intrinsics and functions of runtime/math.h.

#include "codegen/cpp/ExpressionPrinter.h"
#include "codegen/cpp/MathFunctions.h"
#include "codegen/cpp/Types.h"

using namespace Halide::Internal;
using Halide::Expr;
using Halide::Type;

namespace nnc::cpp {

/// The intrinsic in terms of arithmetic that has a C++ form; undefined if there is none.
static Expr lowerToArithmetic(const Call *op) {
  if (op->is_intrinsic(Call::mux))
    return lower_mux(op);
  if (op->is_intrinsic(Call::absd)) {
    Expr a = Cast::make(op->type, op->args[0]), b = Cast::make(op->type, op->args[1]);
    return Select::make(op->args[0] < op->args[1], b - a, a - b);
  }
  try {
    return lower_intrinsic(op);
  } catch (const Halide::InternalError &) { // how it says that it knows no arithmetic for it
    return Expr();
  }
}

void ExpressionPrinter::visit(const Call *op) {
  if (!op->is_intrinsic())
    return printNamedFunction(op);
  if (printIntrinsic(op) || printBitwise(op) || printStrictFloat(op))
    return;
  if (Expr lowered = lowerToArithmetic(op); lowered.defined()) {
    result = printCode(lowered);
    return;
  }
  fail("intrinsic '" + llvm::Twine(op->name) + "' has no C++ form");
}

void ExpressionPrinter::printNamedFunction(const Call *op) {
  if (auto constant = findMathConstant(op->name))
    return set(constant->str(), constant->starts_with("-") ? Level::Unary : Level::Primary);
  const MathFunction *function = findMathFunction(op->name);
  if (!function || static_cast<size_t>(function->arity) != op->args.size())
    return fail("function '" + llvm::Twine(op->name) + "' is not in runtime/math.h");
  call(function->cppName, op->args);
}

/// Intrinsics with a form of their own. \returns false for any other.
bool ExpressionPrinter::printIntrinsic(const Call *op) {
  if (op->is_intrinsic({Call::likely, Call::likely_if_innermost, Call::promise_clamped,
                        Call::unsafe_promise_clamped}))
    return result = printCode(op->args[0]), true;
  if (op->is_intrinsic(Call::return_second))
    return result = printCode(op->args[1]), true;
  if (op->is_intrinsic(Call::undef))
    return result = printCode(make_zero(op->type)), true;
  if (op->is_intrinsic(Call::round))
    return call("math::roundEven", op->args), true;
  if (op->is_intrinsic(Call::abs))
    return call("absolute<" + valueName(op->type) + ">", op->args), true;
  if (op->is_intrinsic(Call::if_then_else) && op->args[0].type().is_scalar()) {
    Expr otherwise = op->args.size() > 2 ? op->args[2] : make_zero(op->type);
    return result = printCode(Select::make(op->args[0], op->args[1], otherwise)), true;
  }
  if (op->is_intrinsic({Call::popcount, Call::count_leading_zeros})) {
    std::string value = printForMemory(op->args[0]);
    const char *name = op->is_intrinsic(Call::popcount) ? "popCount" : "leadingZeros";
    return set("math::" + std::string(name) + "(" + value + ")"), true;
  }
  return false;
}

bool ExpressionPrinter::printBitwise(const Call *op) {
  if (op->is_intrinsic(Call::bitwise_and))
    return binary("&", Level::Bitwise, op->type, op->args[0], op->args[1]), true;
  if (op->is_intrinsic(Call::bitwise_or))
    return binary("|", Level::Bitwise, op->type, op->args[0], op->args[1]), true;
  if (op->is_intrinsic(Call::bitwise_xor))
    return binary("^", Level::Bitwise, op->type, op->args[0], op->args[1]), true;
  if (op->is_intrinsic(Call::div_round_to_zero))
    return binary("/", Level::Multiplicative, op->type, op->args[0], op->args[1]), true;
  if (op->is_intrinsic(Call::mod_round_to_zero))
    return binary("%", Level::Multiplicative, op->type, op->args[0], op->args[1]), true;
  if (op->is_intrinsic({Call::shift_left, Call::shift_right}))
    return printShift(op, op->is_intrinsic(Call::shift_left)), true;
  if (!op->is_intrinsic(Call::bitwise_not))
    return false;
  set("~" + print(op->args[0], Level::Unary), Level::Unary);
  narrow(op->type);
  return true;
}

/// A shift by a negative amount goes the other way, unless the amount is known.
void ExpressionPrinter::printShift(const Call *op, bool left) {
  Expr value = op->args[0], amount = op->args[1];
  ConstantInterval range = boundsOf(amount);
  if (amount.type().is_int() && !(range.min_defined && range.min >= 0)) {
    result = printCode(left ? lower_signed_shift_left(value, amount)
                            : lower_signed_shift_right(value, amount));
    return;
  }
  if (amount.type() != value.type())
    amount = simplify(Cast::make(value.type(), amount));
  binary(left ? "<<" : ">>", Level::Shift, op->type, value, amount);
}

bool ExpressionPrinter::printStrictFloat(const Call *op) {
  if (!op->is_strict_float_intrinsic())
    return false;
  const Expr &a = op->args[0], &b = op->args[1];
  if (op->is_intrinsic(Call::strict_add))
    binary("+", Level::Additive, op->type, a, b);
  else if (op->is_intrinsic(Call::strict_sub))
    binary("-", Level::Additive, op->type, a, b);
  else if (op->is_intrinsic(Call::strict_mul))
    binary("*", Level::Multiplicative, op->type, a, b);
  else if (op->is_intrinsic(Call::strict_div))
    binary("/", Level::Multiplicative, op->type, a, b);
  else if (op->is_intrinsic(Call::strict_min))
    minMax("min", op->type, a, b);
  else if (op->is_intrinsic(Call::strict_max))
    minMax("max", op->type, a, b);
  else if (op->is_intrinsic(Call::strict_lt))
    comparison("<", a, b);
  else if (op->is_intrinsic(Call::strict_le))
    comparison("<=", a, b);
  else
    comparison("==", a, b);
  return true;
}

} // namespace nnc::cpp
