// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Halide expressions as C++ expressions.

#ifndef NNC_CODEGEN_CPP_EXPRESSIONPRINTER_H
#define NNC_CODEGEN_CPP_EXPRESSIONPRINTER_H

#include "codegen/cpp/Context.h"
#include "llvm/ADT/ArrayRef.h"
#include <Halide.h>
#include <string>

namespace nnc::cpp {

/// How tightly an expression binds, loosest first.
enum class Level {
  Conditional,
  LogicalOr,
  LogicalAnd,
  Bitwise,
  Comparison,
  Shift,
  Additive,
  Multiplicative,
  Unary,
  Primary
};

/// A C++ expression and its outermost operator.
struct Code {
  std::string text;
  Level level = Level::Primary;
};

/// Prints one expression at a time. What an expression needs before it (lets, named loads) is
/// written to the context as statements.
///
/// Scalar int32 is an Index; narrower integers are cast back after each operation; a vector of bool
/// is a mask.
class ExpressionPrinter : private Halide::Internal::IRVisitor {
public:
  explicit ExpressionPrinter(Context &context) : context(context) {}

  /// The expression, in parentheses if it binds less tightly than `level`.
  std::string print(const Halide::Expr &expr, Level level = Level::Conditional);

  /// What a store statement assigns: cast where the memory's type is narrower than the value's.
  std::string printForMemory(const Halide::Expr &expr);

  /// `&buffer[index]`, or the name alone for index 0.
  std::string printAddress(const std::string &buffer, const Halide::Expr &index);

  /// The variable that holds a scalar or vector element range; `slot` is whole or a lane of it.
  static Code printSlot(const Slot &slot, int64_t begin, int lanes);

  /// The range of values, from what is known of the variables.
  Halide::Internal::ConstantInterval boundsOf(const Halide::Expr &expr);

private:
  Code printCode(const Halide::Expr &expr);
  void set(std::string text, Level level = Level::Primary) { result = {std::move(text), level}; }
  void call(const llvm::Twine &function, llvm::ArrayRef<Halide::Expr> arguments);
  void fail(const llvm::Twine &reason);

  /// Sets `a op b`, cast back to `type` if C++ would promote it.
  void binary(const char *op, Level level, Halide::Type type, const Halide::Expr &a,
              const Halide::Expr &b);
  void comparison(const char *op, const Halide::Expr &a, const Halide::Expr &b);
  void logical(const char *op, const char *maskFunction, Level level, Halide::Type type,
               const Halide::Expr &a, const Halide::Expr &b);
  void minMax(const char *function, Halide::Type type, const Halide::Expr &a,
              const Halide::Expr &b);
  void division(const char *op, const char *function, Halide::Type type, const Halide::Expr &a,
                const Halide::Expr &b);
  void narrow(Halide::Type type);

  bool printIntrinsic(const Halide::Internal::Call *call);
  bool printBitwise(const Halide::Internal::Call *call);
  bool printStrictFloat(const Halide::Internal::Call *call);
  void printShift(const Halide::Internal::Call *call, bool left);
  void printNamedFunction(const Halide::Internal::Call *call);
  void printVectorLoad(const Halide::Internal::Load *load, const Storage &storage);
  void printLoad(const Halide::Internal::Load *load);
  Code printConcat(llvm::ArrayRef<Halide::Expr> vectors);
  void printTwoVectorShuffle(const Halide::Internal::Shuffle *shuffle);

  void visit(const Halide::Internal::IntImm *op) override;
  void visit(const Halide::Internal::UIntImm *op) override;
  void visit(const Halide::Internal::FloatImm *op) override;
  void visit(const Halide::Internal::StringImm *op) override;
  void visit(const Halide::Internal::Cast *op) override;
  void visit(const Halide::Internal::Reinterpret *op) override;
  void visit(const Halide::Internal::Variable *op) override;
  void visit(const Halide::Internal::Add *op) override;
  void visit(const Halide::Internal::Sub *op) override;
  void visit(const Halide::Internal::Mul *op) override;
  void visit(const Halide::Internal::Div *op) override;
  void visit(const Halide::Internal::Mod *op) override;
  void visit(const Halide::Internal::Min *op) override;
  void visit(const Halide::Internal::Max *op) override;
  void visit(const Halide::Internal::EQ *op) override;
  void visit(const Halide::Internal::NE *op) override;
  void visit(const Halide::Internal::LT *op) override;
  void visit(const Halide::Internal::LE *op) override;
  void visit(const Halide::Internal::GT *op) override;
  void visit(const Halide::Internal::GE *op) override;
  void visit(const Halide::Internal::And *op) override;
  void visit(const Halide::Internal::Or *op) override;
  void visit(const Halide::Internal::Not *op) override;
  void visit(const Halide::Internal::Select *op) override;
  void visit(const Halide::Internal::Load *op) override;
  void visit(const Halide::Internal::Ramp *op) override;
  void visit(const Halide::Internal::Broadcast *op) override;
  void visit(const Halide::Internal::Call *op) override;
  void visit(const Halide::Internal::Let *op) override;
  void visit(const Halide::Internal::Shuffle *op) override;
  void visit(const Halide::Internal::VectorReduce *op) override;

  Context &context;
  Code result;
};

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_EXPRESSIONPRINTER_H
