// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/SplitVectors.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace Halide::Internal;
using Halide::Expr;
using Halide::Type;

namespace nnc::cpp {

namespace {

/// Rewrites a vector expression to `lanes` of its lanes, from `begin` on.
class LaneSlicer : public IRMutator {
public:
  LaneSlicer(int begin, int lanes) : begin(begin), lanes(lanes) {}

  Expr mutate(const Expr &expr) override {
    return expr.type().is_scalar() ? expr : IRMutator::mutate(expr);
  }
  using IRMutator::mutate;

private:
  using IRMutator::visit;

  Expr slice(const Expr &expr) const { return Shuffle::make_slice(expr, begin, 1, lanes); }

  Expr visit(const Broadcast *op) override {
    return op->value.type().is_scalar() ? Broadcast::make(op->value, lanes) : slice(op);
  }
  Expr visit(const Ramp *op) override {
    if (op->base.type().is_vector())
      return slice(op);
    return Ramp::make(simplify(op->base + op->stride * begin), op->stride, lanes);
  }
  Expr visit(const Load *op) override {
    return Load::make(op->type.with_lanes(lanes), op->name, mutate(op->index), op->image, op->param,
                      mutate(op->predicate), ModulusRemainder());
  }
  Expr visit(const Cast *op) override {
    return Cast::make(op->type.with_lanes(lanes), mutate(op->value));
  }
  Expr visit(const Reinterpret *op) override {
    bool isLanewise = op->type.lanes() == op->value.type().lanes();
    return isLanewise ? Reinterpret::make(op->type.with_lanes(lanes), mutate(op->value))
                      : slice(op);
  }
  Expr visit(const Call *op) override {
    std::vector<Expr> arguments;
    for (const Expr &argument : op->args)
      arguments.push_back(mutate(argument));
    return Call::make(op->type.with_lanes(lanes), op->name, arguments, op->call_type);
  }
  Expr visit(const Let *op) override { return Let::make(op->name, op->value, mutate(op->body)); }
  Expr visit(const Variable *op) override { return slice(op); }
  Expr visit(const Shuffle *op) override { return slice(op); }
  Expr visit(const VectorReduce *op) override { return slice(op); }

  int begin, lanes;
};

/// What a store needs to know of its value: the widest vector, and whether lanes are independent.
class StoreFacts : public IRGraphVisitor {
public:
  explicit StoreFacts(const Store *store) : store(store) {}

  int widest = 0;
  bool isLanewise = true;

  void include(const Expr &expr) override {
    Type type = expr.type();
    if (!type.is_bool() && !type.is_handle() && type.is_vector())
      widest = std::max(widest, type.bytes() * type.lanes());
    IRGraphVisitor::include(expr);
  }

private:
  using IRGraphVisitor::include;
  using IRGraphVisitor::visit;

  // A lane must not read what another lane has just written.
  void visit(const Load *load) override {
    isLanewise &= load->name != store->name || equal(load->index, store->index);
    IRGraphVisitor::visit(load);
  }

  const Store *store;
};

class Splitter : public IRMutator {
public:
  explicit Splitter(int registerBytes) : registerBytes(registerBytes) {}

private:
  using IRMutator::visit;

  bool isWide(Type type) const {
    return type.is_vector() && !type.is_bool() && type.bytes() * type.lanes() > registerBytes;
  }

  // A let of a wide vector would keep it whole: the C++ compiler finds the common part again.
  Stmt visit(const LetStmt *op) override {
    if (isWide(op->value.type()) || (op->value.type().is_bool() && op->value.type().is_vector()))
      return mutate(substitute(op->name, op->value, op->body));
    return IRMutator::visit(op);
  }

  Stmt visit(const Store *op) override {
    int lanes = op->value.type().lanes();
    StoreFacts facts(op);
    facts.include(op->value);
    facts.include(op->predicate);
    if (facts.widest <= registerBytes || !facts.isLanewise || !llvm::isPowerOf2_32(lanes))
      return op;
    int pieces =
        static_cast<int>(llvm::PowerOf2Ceil(llvm::divideCeil(facts.widest, registerBytes)));
    int lanesEach = std::max(lanes / pieces, 2);
    std::vector<Stmt> stores;
    for (int begin = 0; begin < lanes; begin += lanesEach) {
      LaneSlicer slicer(begin, lanesEach);
      Expr predicate = simplify(slicer.mutate(op->predicate));
      if (!is_const_zero(predicate))
        stores.push_back(Store::make(op->name, slicer.mutate(op->value), slicer.mutate(op->index),
                                     op->param, predicate, ModulusRemainder()));
    }
    return stores.empty() ? Evaluate::make(0) : Block::make(stores);
  }

  int registerBytes;
};

} // namespace

Stmt splitWideVectors(const Stmt &statement, int registerBytes) {
  return Splitter(registerBytes).mutate(statement);
}

} // namespace nnc::cpp
