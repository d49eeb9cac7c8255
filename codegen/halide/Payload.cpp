// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/Payload.h"

#include "codegen/halide/Algorithm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/CallInterfaces.h"

using namespace mlir;
using Halide::Expr;

namespace nnc::codegen {
namespace {

using Operands = llvm::ArrayRef<Expr>;
using Translate = Expr (*)(Operation *, Operands);

/// Maximum and minimum as arith defines them: a NaN on either side gives NaN.
Expr maximum(Expr a, Expr b) { return Halide::max(a, b); }
Expr minimum(Expr a, Expr b) { return Halide::min(a, b); }

Expr toResultType(Operation *op, Expr value) {
  return Halide::cast(*getHalideType(op, op->getResult(0).getType()), value);
}

Expr asUnsigned(Expr value) {
  return Halide::cast(value.type().with_code(halide_type_uint), value);
}

/// Whether exactly one of two conditions holds.
Expr exactlyOne(Expr a, Expr b) { return (a && !b) || (!a && b); }

Expr likeFirst(Expr value, Operands x) { return Halide::cast(x[0].type(), value); }

Expr compareFloats(Operation *op, Operands x) {
  using Predicate = arith::CmpFPredicate;
  // Halide takes x == x for true.
  Expr ordered = !(Halide::is_nan(x[0]) || Halide::is_nan(x[1]));
  switch (cast<arith::CmpFOp>(op).getPredicate()) {
  case Predicate::OEQ:
    return x[0] == x[1];
  case Predicate::OGT:
    return x[0] > x[1];
  case Predicate::OGE:
    return x[0] >= x[1];
  case Predicate::OLT:
    return x[0] < x[1];
  case Predicate::OLE:
    return x[0] <= x[1];
  case Predicate::ONE:
    return x[0] != x[1] && ordered;
  case Predicate::ORD:
    return ordered;
  case Predicate::UEQ:
    return !(x[0] < x[1] || x[0] > x[1]);
  case Predicate::UGT:
    return !(x[0] <= x[1]);
  case Predicate::UGE:
    return !(x[0] < x[1]);
  case Predicate::ULT:
    return !(x[0] >= x[1]);
  case Predicate::ULE:
    return !(x[0] > x[1]);
  case Predicate::UNE:
    return x[0] != x[1];
  case Predicate::UNO:
    return !ordered;
  case Predicate::AlwaysTrue:
    return Halide::Internal::const_true();
  case Predicate::AlwaysFalse:
    return Halide::Internal::const_false();
  }
  return {};
}

Expr compareIntegers(Operation *op, Operands x) {
  using Predicate = arith::CmpIPredicate;
  Predicate predicate = cast<arith::CmpIOp>(op).getPredicate();
  bool isUnsigned = predicate >= Predicate::ult;
  Expr a = isUnsigned ? asUnsigned(x[0]) : x[0], b = isUnsigned ? asUnsigned(x[1]) : x[1];
  switch (predicate) {
  case Predicate::eq:
    return a.type().is_bool() ? !exactlyOne(a, b) : a == b;
  case Predicate::ne:
    return a.type().is_bool() ? exactlyOne(a, b) : a != b;
  case Predicate::slt:
  case Predicate::ult:
    return a < b;
  case Predicate::sle:
  case Predicate::ule:
    return a <= b;
  case Predicate::sgt:
  case Predicate::ugt:
    return a > b;
  case Predicate::sge:
  case Predicate::uge:
    return a >= b;
  }
  return {};
}

/// Quotient rounded toward zero, which C and arith mean by division; Halide's `/` rounds down.
Expr divideTowardZero(Operation *, Operands x) {
  Expr quotient = Halide::abs(x[0]) / Halide::max(Halide::abs(x[1]), 1);
  Expr value = Halide::cast(x[0].type(), quotient);
  return Halide::select(exactlyOne(x[0] < 0, x[1] < 0), -value, value);
}

Expr remainderTowardZero(Operation *op, Operands x) {
  return x[0] - divideTowardZero(op, x) * x[1];
}

/// Integer power by repeated squaring; a negative exponent gives the integer part of the
/// reciprocal.
Expr integerPower(Operation *, Operands x) {
  Halide::Type type = x[0].type();
  Expr one = Halide::Internal::make_one(type), zero = Halide::Internal::make_zero(type);
  Expr power = one, base = x[0], exponent = Halide::cast(type, x[1]);
  for (int bit = 0; bit < 6; ++bit) {
    power = Halide::select((exponent & (one << bit)) != 0, power * base, power);
    base = base * base;
  }
  Expr sign = Halide::select((exponent & one) != 0, x[0], one);
  Expr reciprocal = Halide::select(x[0] == 1 || x[0] == -1, sign, zero);
  return Halide::select(exponent < 0, reciprocal, power);
}

/// An operation on the same bits read as unsigned, with the result in the signless type.
template <typename Operator> Expr onUnsigned(Operands x, Operator apply) {
  return likeFirst(apply(asUnsigned(x[0]), asUnsigned(x[1])), x);
}

/// Division by zero gives the value itself rather than a trap.
Expr nonZero(Expr value) { return Halide::max(value, Halide::Internal::make_one(value.type())); }

Expr constant(Operation *op, Operands) {
  auto value = cast<arith::ConstantOp>(op).getValue();
  Halide::Type type = *getHalideType(op, value.getType());
  if (auto number = dyn_cast<FloatAttr>(value))
    return Halide::Internal::make_const(type, number.getValueAsDouble());
  auto number = cast<IntegerAttr>(value);
  return Halide::Internal::make_const(type, type.is_bool()
                                                ? int64_t(number.getValue().getZExtValue())
                                                : number.getValue().getSExtValue());
}

using Table = llvm::StringMap<Translate>;

/// Floating-point arithmetic.
const Table &getFloats() {
  static const Table table = {
      {"arith.cmpf", compareFloats},
      {"arith.addf", [](Operation *, Operands x) { return x[0] + x[1]; }},
      {"arith.subf", [](Operation *, Operands x) { return x[0] - x[1]; }},
      {"arith.mulf", [](Operation *, Operands x) { return x[0] * x[1]; }},
      {"arith.divf", [](Operation *, Operands x) { return x[0] / x[1]; }},
      {"arith.negf", [](Operation *, Operands x) { return -x[0]; }},
      {"arith.remf",
       [](Operation *, Operands x) { return x[0] - Halide::trunc(x[0] / x[1]) * x[1]; }},
      {"arith.maximumf", [](Operation *, Operands x) { return maximum(x[0], x[1]); }},
      {"arith.minimumf", [](Operation *, Operands x) { return minimum(x[0], x[1]); }},
      {"arith.maxnumf", [](Operation *, Operands x) { return maximum(x[0], x[1]); }},
      {"arith.minnumf", [](Operation *, Operands x) { return minimum(x[0], x[1]); }},
  };
  return table;
}

/// Integer arithmetic; integers are signless, operations know signs.
const Table &getIntegers() {
  static const Table table = {
      {"arith.cmpi", compareIntegers},
      {"arith.divsi", divideTowardZero},
      {"arith.remsi", remainderTowardZero},
      {"arith.addi", [](Operation *, Operands x) { return x[0] + x[1]; }},
      {"arith.subi", [](Operation *, Operands x) { return x[0] - x[1]; }},
      {"arith.muli", [](Operation *, Operands x) { return x[0] * x[1]; }},
      {"arith.floordivsi", [](Operation *, Operands x) { return x[0] / x[1]; }},
      {"arith.maxsi", [](Operation *, Operands x) { return Halide::max(x[0], x[1]); }},
      {"arith.minsi", [](Operation *, Operands x) { return Halide::min(x[0], x[1]); }},
      {"arith.maxui",
       [](Operation *, Operands x) {
         return onUnsigned(x, [](Expr a, Expr b) { return Halide::max(a, b); });
       }},
      {"arith.minui",
       [](Operation *, Operands x) {
         return onUnsigned(x, [](Expr a, Expr b) { return Halide::min(a, b); });
       }},
      {"arith.divui",
       [](Operation *, Operands x) {
         return onUnsigned(x, [](Expr a, Expr b) { return a / nonZero(b); });
       }},
      {"arith.remui",
       [](Operation *, Operands x) {
         return onUnsigned(x, [](Expr a, Expr b) { return a % nonZero(b); });
       }},
      {"arith.andi",
       [](Operation *, Operands x) { return x[0].type().is_bool() ? x[0] && x[1] : x[0] & x[1]; }},
      {"arith.ori",
       [](Operation *, Operands x) { return x[0].type().is_bool() ? x[0] || x[1] : x[0] | x[1]; }},
      {"arith.xori",
       [](Operation *, Operands x) {
         return x[0].type().is_bool() ? exactlyOne(x[0], x[1]) : x[0] ^ x[1];
       }},
      {"arith.shli", [](Operation *, Operands x) { return x[0] << x[1]; }},
      {"arith.shrsi", [](Operation *, Operands x) { return x[0] >> x[1]; }},
      {"arith.shrui",
       [](Operation *, Operands x) { return likeFirst(asUnsigned(x[0]) >> x[1], x); }},
  };
  return table;
}

/// Constants, choices and changes of type.
const Table &getConversions() {
  static const Table table = {
      {"arith.constant", constant},
      {"arith.fptoui",
       [](Operation *op, Operands x) {
         Halide::Type type =
             getHalideType(op, op->getResult(0).getType())->with_code(halide_type_uint);
         return toResultType(op, Halide::cast(type, x[0]));
       }},
      {"arith.select", [](Operation *, Operands x) { return Halide::select(x[0], x[1], x[2]); }},
      {"arith.index_cast", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
      {"arith.index_castui",
       [](Operation *op, Operands x) { return toResultType(op, asUnsigned(x[0])); }},
      {"arith.extsi", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
      {"arith.extui", [](Operation *op, Operands x) { return toResultType(op, asUnsigned(x[0])); }},
      {"arith.trunci", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
      {"arith.sitofp", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
      {"arith.uitofp",
       [](Operation *op, Operands x) { return toResultType(op, asUnsigned(x[0])); }},
      {"arith.fptosi", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
      {"arith.extf", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
      {"arith.truncf", [](Operation *op, Operands x) { return toResultType(op, x[0]); }},
  };
  return table;
}

/// Mathematical functions.
const Table &getFunctions() {
  static const Table table = {
      {"math.ipowi", integerPower},
      {"math.log1p", [](Operation *, Operands x) { return Halide::log(x[0] + 1.0f); }},
      {"math.log2", [](Operation *, Operands x) { return Halide::log(x[0]) * 1.44269504f; }},
      {"math.exp2", [](Operation *, Operands x) { return Halide::exp(x[0] * 0.693147181f); }},
      {"math.absf", [](Operation *, Operands x) { return Halide::abs(x[0]); }},
      {"math.absi", [](Operation *, Operands x) { return likeFirst(Halide::abs(x[0]), x); }},
      {"math.exp", [](Operation *, Operands x) { return Halide::exp(x[0]); }},
      {"math.log", [](Operation *, Operands x) { return Halide::log(x[0]); }},
      {"math.sqrt", [](Operation *, Operands x) { return Halide::sqrt(x[0]); }},
      {"math.rsqrt", [](Operation *, Operands x) { return 1.0f / Halide::sqrt(x[0]); }},
      {"math.tanh", [](Operation *, Operands x) { return Halide::tanh(x[0]); }},
      {"math.erf", [](Operation *, Operands x) { return Halide::erf(x[0]); }},
      {"math.powf", [](Operation *, Operands x) { return Halide::pow(x[0], x[1]); }},
      {"math.sin", [](Operation *, Operands x) { return Halide::sin(x[0]); }},
      {"math.cos", [](Operation *, Operands x) { return Halide::cos(x[0]); }},
      {"math.tan", [](Operation *, Operands x) { return Halide::tan(x[0]); }},
      {"math.asin", [](Operation *, Operands x) { return Halide::asin(x[0]); }},
      {"math.acos", [](Operation *, Operands x) { return Halide::acos(x[0]); }},
      {"math.atan", [](Operation *, Operands x) { return Halide::atan(x[0]); }},
      {"math.sinh", [](Operation *, Operands x) { return Halide::sinh(x[0]); }},
      {"math.cosh", [](Operation *, Operands x) { return Halide::cosh(x[0]); }},
      {"math.asinh", [](Operation *, Operands x) { return Halide::asinh(x[0]); }},
      {"math.acosh", [](Operation *, Operands x) { return Halide::acosh(x[0]); }},
      {"math.atanh", [](Operation *, Operands x) { return Halide::atanh(x[0]); }},
      {"math.floor", [](Operation *, Operands x) { return Halide::floor(x[0]); }},
      {"math.ceil", [](Operation *, Operands x) { return Halide::ceil(x[0]); }},
      {"math.trunc", [](Operation *, Operands x) { return Halide::trunc(x[0]); }},
      {"math.roundeven", [](Operation *, Operands x) { return Halide::round(x[0]); }},
      {"math.isnan", [](Operation *, Operands x) { return Halide::is_nan(x[0]); }},
      {"math.isinf", [](Operation *, Operands x) { return Halide::is_inf(x[0]); }},
      {"math.copysign",
       [](Operation *, Operands x) {
         return Halide::select(x[1] < 0, -Halide::abs(x[0]), Halide::abs(x[0]));
       }},
  };
  return table;
}

/// The translation of an operation by its name, or null: what is in no table is refused with the
/// operation's location.
Translate findTranslation(llvm::StringRef name) {
  for (const Table *table : {&getFloats(), &getIntegers(), &getConversions(), &getFunctions()})
    if (Translate translate = table->lookup(name))
      return translate;
  return nullptr;
}

/// Translates one body, statement by statement.
class BodyTranslator {
public:
  BodyTranslator(Operands loops, const ReadElement &read) : loops(loops), read(read) {}

  void bind(Value value, Expr expr) { values[value] = std::move(expr); }

  LogicalResult translate(Operation *op) {
    if (auto choice = dyn_cast<scf::IndexSwitchOp>(op))
      return translateChoice(choice);
    std::vector<Expr> operands;
    auto extract = dyn_cast<tensor::ExtractOp>(op);
    for (Value operand :
         extract ? ValueRange(extract.getIndices()) : ValueRange(op->getOperands())) {
      FailureOr<Expr> expr = lookUp(op, operand);
      if (failed(expr))
        return failure();
      operands.push_back(*expr);
    }
    return extract ? translateExtract(extract, operands) : translateScalar(op, operands);
  }

  FailureOr<Expr> lookUp(Operation *user, Value value) {
    auto it = values.find(value);
    if (it != values.end())
      return it->second;
    // Scalar constants may stand outside the body.
    Operation *definition = value.getDefiningOp();
    if (definition && isa<arith::ConstantOp>(definition) && succeeded(translate(definition)))
      return values[value];
    return user->emitOpError("reads a value from outside the kernel's body");
  }

  /// \returns what the block yields.
  FailureOr<std::vector<Expr>> translateBlock(Block &block) {
    for (Operation &op : block.without_terminator())
      if (failed(translate(&op)))
        return failure();
    std::vector<Expr> yielded;
    for (Value value : block.getTerminator()->getOperands()) {
      FailureOr<Expr> expr = lookUp(block.getTerminator(), value);
      if (failed(expr))
        return failure();
      yielded.push_back(*expr);
    }
    return yielded;
  }

private:
  LogicalResult translateExtract(tensor::ExtractOp op, std::vector<Expr> indices) {
    for (auto [index, extent] : llvm::zip(indices, op.getTensor().getType().getShape()))
      index = Halide::unsafe_promise_clamped(Halide::cast<int32_t>(index), 0,
                                             static_cast<int32_t>(extent - 1));
    FailureOr<Expr> element = read(op.getTensor(), indices);
    if (failed(element))
      return failure();
    bind(op.getResult(), *element);
    return success();
  }

  /// One value for each of the indices 0, 1, ..., and the last one for all others.
  LogicalResult translateChoice(scf::IndexSwitchOp op) {
    FailureOr<Expr> index = lookUp(op, op.getArg());
    if (failed(index))
      return failure();
    if (op.getNumResults() != 1 ||
        !llvm::equal(op.getCases(), llvm::seq<int64_t>(0, op.getNumCases())))
      return op.emitOpError("is not a choice of one value by 0, 1, 2 ...");
    SmallVector<Block *> blocks;
    for (Region &region : op.getCaseRegions())
      blocks.push_back(&region.front());
    blocks.push_back(&op.getDefaultRegion().front());
    std::vector<Expr> chosen;
    for (Block *block : blocks) {
      FailureOr<std::vector<Expr>> yielded = translateBlock(*block);
      if (failed(yielded))
        return failure();
      chosen.push_back(yielded->front());
    }
    bind(op.getResult(0), Halide::mux(*index, chosen));
    return success();
  }

  LogicalResult translateScalar(Operation *op, Operands operands) {
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      bind(index.getResult(), loops[index.getDim()]);
      return success();
    }
    Translate translate = findTranslation(op->getName().getStringRef());
    if (!translate || op->getNumResults() != 1)
      return op->emitOpError("has no translation to Halide");
    if (failed(getHalideType(op, op->getResult(0).getType())))
      return failure();
    bind(op->getResult(0), translate(op, operands));
    return success();
  }

  Operands loops;
  const ReadElement &read;
  llvm::DenseMap<Value, Expr> values;
};

} // namespace

Expr translateAffine(AffineExpr expression, Operands loops) {
  if (auto dim = dyn_cast<AffineDimExpr>(expression))
    return loops[dim.getPosition()];
  if (auto number = dyn_cast<AffineConstantExpr>(expression))
    return Expr(static_cast<int32_t>(number.getValue()));
  auto binary = cast<AffineBinaryOpExpr>(expression);
  Expr lhs = translateAffine(binary.getLHS(), loops), rhs = translateAffine(binary.getRHS(), loops);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::FloorDiv:
    return lhs / rhs;
  case AffineExprKind::CeilDiv:
    return (lhs + rhs - 1) / rhs;
  default:
    return lhs % rhs;
  }
}

FailureOr<Expr> translateConstant(Operation *op) {
  if (!isa<arith::ConstantOp>(op) || failed(getHalideType(op, op->getResult(0).getType())))
    return op->emitOpError("is not a number");
  return constant(op, {});
}

FailureOr<std::vector<Expr>> translateBody(Block &body, Operands arguments, Operands loops,
                                           const ReadElement &read) {
  BodyTranslator translator(loops, read);
  for (auto [argument, expr] : llvm::zip_equal(body.getArguments(), arguments))
    translator.bind(argument, expr);
  return translator.translateBlock(body);
}

} // namespace nnc::codegen
