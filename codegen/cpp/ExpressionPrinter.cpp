// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/ExpressionPrinter.h"
#include "codegen/cpp/Types.h"
#include "llvm/ADT/StringExtras.h"
#include <charconv>
#include <cmath>

using namespace Halide::Internal;
using Halide::Expr;
using Halide::Type;

namespace nnc::cpp {

void ExpressionPrinter::fail(const llvm::Twine &reason) {
  context.fail(reason);
  set("0");
}

Code ExpressionPrinter::printCode(const Expr &expr) {
  if (!isPrintable(expr.type())) {
    fail("type " + llvm::Twine(Halide::type_to_c_type(expr.type(), false)) + " has no C++ form");
    return result;
  }
  auto common = context.common.find(expr);
  if (common == context.common.end()) {
    expr.accept(this);
    return result;
  }
  if (common->second.empty()) {
    const Broadcast *broadcast = expr.as<Broadcast>();
    const Load *load = (broadcast ? broadcast->value : expr).as<Load>();
    expr.accept(this);
    std::string value = result.text;
    const Storage *storage = context.storages.find(load->name);
    common->second = context.names.takeNumbered(storage ? storage->name : "value");
    std::string type = isMask(expr.type()) ? "auto" : valueName(expr.type());
    context.out.line("const " + type + " " + common->second + " = " + value + ";");
  }
  return {common->second};
}

std::string ExpressionPrinter::print(const Expr &expr, Level level) {
  Code code = printCode(expr);
  return code.level < level ? "(" + code.text + ")" : code.text;
}

std::string ExpressionPrinter::printForMemory(const Expr &expr) {
  bool isExact = expr.as<IntImm>() || expr.as<Load>() || expr.as<Cast>();
  if (isIndex(expr.type()) && !isExact)
    return "static_cast<std::int32_t>(" + print(expr) + ")";
  return print(expr);
}

ConstantInterval ExpressionPrinter::boundsOf(const Expr &expr) {
  return constant_integer_bounds(expr, context.bounds);
}

void ExpressionPrinter::call(const llvm::Twine &function, llvm::ArrayRef<Expr> arguments) {
  std::string text = function.str() + "(";
  for (const Expr &argument : arguments)
    text += (text.back() == '(' ? "" : ", ") + print(argument);
  set(text + ")");
}

//===--- Constants and variables
//------------------------------------------------------------------===

void ExpressionPrinter::visit(const IntImm *op) {
  bool isWide = op->value > INT32_MAX || op->value <= INT32_MIN;
  std::string text = std::to_string(op->value);
  if (op->value == INT64_MIN)
    return set("std::numeric_limits<std::int64_t>::min()");
  if (isWide)
    return set("std::int64_t{" + text + "}");
  set(text, op->value < 0 ? Level::Unary : Level::Primary);
}

void ExpressionPrinter::visit(const UIntImm *op) {
  if (op->type.is_bool())
    return set(op->value ? "true" : "false");
  if (op->type.bits() == 64)
    return set("std::uint64_t{" + std::to_string(op->value) + "U}");
  set(std::to_string(op->value) + (op->type.bits() == 32 ? "U" : ""));
}

void ExpressionPrinter::visit(const FloatImm *op) {
  bool isSingle = op->type.bits() == 32;
  std::string type = isSingle ? "float" : "double";
  if (std::isnan(op->value))
    return set("math::nanOf<" + type + ">");
  if (std::isinf(op->value))
    return set((op->value < 0 ? "-math::infinityOf<" : "math::infinityOf<") + type + ">",
               op->value < 0 ? Level::Unary : Level::Primary);
  char buffer[40]; // the shortest text that reads back as the same number
  char *end = isSingle
                  ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(op->value)).ptr
                  : std::to_chars(buffer, buffer + sizeof buffer, op->value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  set(text + (isSingle ? "f" : ""), std::signbit(op->value) ? Level::Unary : Level::Primary);
}

void ExpressionPrinter::visit(const StringImm *) { fail("a string has no place in a kernel"); }

void ExpressionPrinter::visit(const Variable *op) {
  if (const std::string *name = context.variables.find(op->name))
    return set(*name);
  bool isShape = llvm::StringRef(op->name).contains(".stride.") ||
                 llvm::StringRef(op->name).contains(".extent.") ||
                 llvm::StringRef(op->name).contains(".min.");
  if (isShape)
    return fail("'" + llvm::Twine(op->name) +
                "' is not constant; give the buffer constant bounds and strides");
  fail("variable '" + llvm::Twine(op->name) + "' has no definition");
}

//===--- Arithmetic
//-------------------------------------------------------------------------------===

void ExpressionPrinter::narrow(Type type) {
  if (type.is_scalar() && type.is_int_or_uint() && type.bits() < 32 && !type.is_bool())
    set("static_cast<" + elementName(type) + ">(" + result.text + ")");
}

/// The loosest operand that may stand in `a op b` without parentheses and without a warning.
static Level operandLevel(Level level) {
  switch (level) {
  case Level::Additive:
  case Level::Multiplicative:
    return level;
  case Level::Comparison:
    return Level::Additive;
  case Level::LogicalAnd:
  case Level::LogicalOr:
    return Level::Comparison;
  default:
    return Level::Unary;
  }
}

void ExpressionPrinter::binary(const char *op, Level level, Type type, const Expr &a,
                               const Expr &b) {
  Level left = operandLevel(level);
  bool isArithmetic = level == Level::Additive || level == Level::Multiplicative;
  Level right = isArithmetic ? static_cast<Level>(static_cast<int>(left) + 1) : left;
  std::string text = print(a, left);
  text.append(" ").append(op).append(" ");
  text += print(b, right);
  set(text, level);
  narrow(type);
}

void ExpressionPrinter::visit(const Add *op) {
  auto constant = as_const_int(op->b);
  if (constant && *constant < 0 && *constant > INT32_MIN && op->type.is_scalar())
    return binary("-", Level::Additive, op->type, op->a, make_const(op->type, -*constant));
  binary("+", Level::Additive, op->type, op->a, op->b);
}

void ExpressionPrinter::visit(const Sub *op) {
  binary("-", Level::Additive, op->type, op->a, op->b);
}

void ExpressionPrinter::visit(const Mul *op) {
  if (op->type.is_scalar() && op->type.is_uint() && op->type.bits() == 16) {
    // Promoted to int, the product could overflow.
    std::string wide = "std::uint32_t{" + print(op->a) + "}";
    return set("static_cast<std::uint16_t>(" + wide + " * " + print(op->b, Level::Unary) + ")");
  }
  binary("*", Level::Multiplicative, op->type, op->a, op->b);
}

void ExpressionPrinter::division(const char *op, const char *function, Type type, const Expr &a,
                                 const Expr &b) {
  auto divisor = as_const_int(b);
  auto unsignedDivisor = as_const_uint(b);
  bool isPositive = (divisor && *divisor > 0) || (unsignedDivisor && *unsignedDivisor > 0);
  ConstantInterval range = boundsOf(a);
  bool isNatural = type.is_uint() || (range.min_defined && range.min >= 0);
  if (isPositive && isNatural)
    return binary(op, Level::Multiplicative, type, a, b);
  if (type.is_vector())
    return call(llvm::Twine(function) + "Lanes", {a, b});
  call(function + llvm::Twine("<") + valueName(type) + ">", {a, b});
}

void ExpressionPrinter::visit(const Div *op) {
  if (op->type.is_float())
    return binary("/", Level::Multiplicative, op->type, op->a, op->b);
  auto shift = is_const_power_of_two_integer(op->b);
  ConstantInterval range = boundsOf(op->a);
  bool mayBeNegative = op->type.is_int() && !(range.min_defined && range.min >= 0);
  if (shift && mayBeNegative)
    return binary(">>", Level::Shift, op->type, op->a, make_const(op->type, *shift));
  division("/", "divide", op->type, op->a, op->b);
}

void ExpressionPrinter::visit(const Mod *op) {
  if (op->type.is_float())
    return call("math::floorMod", {op->a, op->b});
  auto shift = is_const_power_of_two_integer(op->b);
  if (shift && *shift < 31)
    return binary("&", Level::Bitwise, op->type, op->a, make_const(op->type, (1 << *shift) - 1));
  division("%", "modulo", op->type, op->a, op->b);
}

void ExpressionPrinter::minMax(const char *function, Type type, const Expr &a, const Expr &b) {
  if (type.is_scalar() && !type.is_float())
    return call(function + llvm::Twine("<") + valueName(type) + ">", {a, b});
  call(function, {a, b});
}

void ExpressionPrinter::visit(const Min *op) { minMax("min", op->type, op->a, op->b); }
void ExpressionPrinter::visit(const Max *op) { minMax("max", op->type, op->a, op->b); }

//===--- Conditions
//-------------------------------------------------------------------------------===

void ExpressionPrinter::comparison(const char *op, const Expr &a, const Expr &b) {
  if (isMask(a.type()))
    return fail("a comparison of masks has no C++ form");
  binary(op, Level::Comparison, Halide::Bool(), a, b);
}

void ExpressionPrinter::visit(const EQ *op) { comparison("==", op->a, op->b); }
void ExpressionPrinter::visit(const NE *op) { comparison("!=", op->a, op->b); }
void ExpressionPrinter::visit(const LT *op) { comparison("<", op->a, op->b); }
void ExpressionPrinter::visit(const LE *op) { comparison("<=", op->a, op->b); }
void ExpressionPrinter::visit(const GT *op) { comparison(">", op->a, op->b); }
void ExpressionPrinter::visit(const GE *op) { comparison(">=", op->a, op->b); }

void ExpressionPrinter::logical(const char *op, const char *maskFunction, Level level, Type type,
                                const Expr &a, const Expr &b) {
  if (type.is_vector())
    return call(maskFunction, {a, b});
  binary(op, level, type, a, b);
}

void ExpressionPrinter::visit(const And *op) {
  logical("&&", "maskAnd", Level::LogicalAnd, op->type, op->a, op->b);
}
void ExpressionPrinter::visit(const Or *op) {
  logical("||", "maskOr", Level::LogicalOr, op->type, op->a, op->b);
}
void ExpressionPrinter::visit(const Not *op) {
  set((op->type.is_vector() ? "~" : "!") + print(op->a, Level::Unary), Level::Unary);
}

void ExpressionPrinter::visit(const Select *op) {
  if (op->condition.type().is_vector())
    return call("select", {op->condition, op->true_value, op->false_value});
  std::string text = print(op->condition, Level::LogicalOr);
  text += " ? " + print(op->true_value, Level::LogicalOr);
  text += " : " + print(op->false_value, Level::LogicalOr);
  set(text, Level::Conditional);
  narrow(op->type);
}

//===--- Conversions
//------------------------------------------------------------------------------===

void ExpressionPrinter::visit(const Cast *op) {
  Type from = op->value.type(), to = op->type;
  if (to.is_bool()) {
    Code zero = printCode(Halide::Internal::make_zero(from));
    return set(print(op->value, Level::Additive) + " != " + zero.text, Level::Comparison);
  }
  if (to.is_scalar())
    return set("static_cast<" + elementName(to) + ">(" + print(op->value) + ")");
  std::string type = valueName(to);
  if (isMask(from))
    return set("select(" + print(op->value) + ", splat<" + type + ">(1), splat<" + type + ">(0))");
  call("convert<" + type + ">", {op->value});
}

void ExpressionPrinter::visit(const Reinterpret *op) {
  Type from = op->value.type(), to = op->type;
  bool isSame = paddedLanes(from.lanes()) * from.bits() == paddedLanes(to.lanes()) * to.bits();
  if (!isSame || from.is_bool() || to.is_bool())
    return fail("a reinterpretation of bits between these types has no C++ form");
  std::string target = to.is_scalar() ? elementName(to) : valueName(to);
  std::string value = print(op->value);
  if (isIndex(from))
    value = "static_cast<std::int32_t>(" + value + ")";
  set("bitCast<" + target + ">(" + value + ")");
}

void ExpressionPrinter::visit(const Let *op) {
  std::string type = isMask(op->value.type()) ? "auto" : valueName(op->value.type());
  std::string value = print(op->value);
  std::string name = context.names.takeBuffer(op->name);
  if (expr_uses_var(op->body, op->name))
    context.out.line("const " + type + " " + name + " = " + value + ";");
  ScopedBinding<std::string> variable(context.variables, op->name, name);
  ScopedBinding<ConstantInterval> bounds(context.bounds, op->name, boundsOf(op->value));
  result = printCode(op->body);
}

} // namespace nnc::cpp
