// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recurrent layers as linalg: one step, and the loop over all of them.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc;

namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The loop over the steps of a recurrent operation.
template <typename Op> Value buildLoop(Op op, OpBuilder &builder) {
  MeaningBuilder b(builder, op.getLoc());
  return b.repeat(op.getGates(), op.getInitial(), op.isBackward(),
                  [&](MeaningBuilder &inner, Value gates, Value state) {
                    SmallVector<Value> operands(op->getOperands());
                    operands.front() = gates;
                    operands.back() = state;
                    return op.buildStep(inner, operands);
                  });
}

/// Activation `index` of the operation, of one number.
template <typename Op> Value activate(MeaningBuilder &b, Op op, unsigned index, Value x) {
  StringRef name = cast<StringAttr>(op.getActivations()[index]).getValue();
  auto number = [&](double value) { return b.scalar(x.getType(), value); };
  if (name == "tanh")
    return math::TanhOp::create(b, x);
  if (name == "hard_sigmoid") {
    Value line = b.add(b.multiply(number(op.getAlpha()[index]), x), number(op.getBeta()[index]));
    return b.maximum(number(0), b.minimum(number(1), line));
  }
  Value power = math::ExpOp::create(b, arith::NegFOp::create(b, x));
  return b.divide(number(1), b.add(number(1), power));
}

enum Gate : unsigned { Input, Output, Forget, Cell };

/// The state after a step from the gates' sums (4 x B x H, loops g, b, u), what the input adds to
/// them and the state before.
template <typename Op>
Value buildState(MeaningBuilder &b, Op op, Value sums, Value gates, Value state) {
  Type element = getElementTypeOrSelf(state);
  ArrayRef<int64_t> shape = getShape(state);
  auto constant = [&](int64_t value) { return getAffineConstantExpr(value, b.getContext()); };
  auto sum = [&](Gate gate, unsigned batch) {
    return Access{sums, {constant(gate), b.loop(batch), b.loop(batch + 1)}};
  };
  auto input = [&](Gate gate, unsigned batch) {
    return Access{gates, {b.loop(batch), constant(gate), b.loop(batch + 1)}};
  };
  Value cell =
      b.generic(Loops{{"b", "u"}},
                {sum(Input, 0),
                 input(Input, 0),
                 sum(Forget, 0),
                 input(Forget, 0),
                 sum(Cell, 0),
                 input(Cell, 0),
                 {state, {constant(1), b.loop(0), b.loop(1)}}},
                {b.empty(shape.drop_front(), element), b.loopRange(0, 2)},
                [&](MeaningBuilder &inner, ValueRange e) -> Value {
                  Value taken = activate(inner, op, 0, inner.add(e[0], e[1]));
                  Value kept = activate(inner, op, 0, inner.add(e[2], e[3]));
                  Value proposed = activate(inner, op, 1, inner.add(e[4], e[5]));
                  return inner.add(inner.multiply(kept, e[6]), inner.multiply(taken, proposed));
                });
  return b.generic(
      Loops{{"s", "b", "u"}}, {sum(Output, 1), input(Output, 1), {cell, b.loopRange(1, 2)}},
      {b.empty(shape, element), b.loopRange(0, 3)},
      [&](MeaningBuilder &inner, ValueRange e) -> Value {
        Value isHidden = arith::CmpIOp::create(inner, arith::CmpIPredicate::eq,
                                               linalg::IndexOp::create(inner, 0), inner.index(0));
        Value hidden = inner.multiply(activate(inner, op, 0, inner.add(e[0], e[1])),
                                      activate(inner, op, 2, e[2]));
        return arith::SelectOp::create(inner, isHidden, hidden, e[2]);
      });
}

/// Activations of one step: a sigmoid or tanh counts as one operation.
int64_t countElementwise(ArrayRef<int64_t> states) { return 14 * states[2] * states[3]; }

} // namespace

SmallVector<Value> LstmOp::buildMeaning(OpBuilder &builder) { return {buildLoop(*this, builder)}; }

Value LstmOp::buildStep(OpBuilder &builder, ValueRange operands) {
  MeaningBuilder b(builder, getLoc());
  Value state = operands.back();
  ArrayRef<int64_t> shape = getShape(state);
  Type element = getElementTypeOrSelf(state);
  AffineExpr zero = getAffineConstantExpr(0, b.getContext());
  Value sums = b.generic(
      Loops{{"g", "b", "u"}}.reducing({"k"}),
      {{state, {zero, b.loop(1), b.loop(3)}}, {operands[1], {b.loop(3), b.loop(0), b.loop(2)}}},
      {b.fill({4, shape[1], shape[2]}, b.scalar(element, 0)), b.loopRange(0, 3)},
      [](MeaningBuilder &inner, ValueRange e) {
        return inner.add(e[2], inner.multiply(e[0], e[1]));
      });
  return buildState(b, *this, sums, operands[0], state);
}

bool LstmOp::isBackward() { return getReverse(); }

int64_t LstmOp::getFlops() {
  ArrayRef<int64_t> states = getShape(getStates());
  return states[0] * (8 * states[2] * states[3] * states[3] + countElementwise(states));
}

StringRef LstmOp::getKernelClass() { return "lstm"; }

SmallVector<Value> SparseLstmOp::buildMeaning(OpBuilder &builder) {
  return {buildLoop(*this, builder)};
}

Value SparseLstmOp::buildStep(OpBuilder &builder, ValueRange operands) {
  MeaningBuilder b(builder, getLoc());
  Value state = operands.back(), positions = operands[4];
  ArrayRef<int64_t> shape = getShape(state);
  SparseLists lists{operands[1], operands[2], operands[3], static_cast<int64_t>(getLongest())};
  Value sums = lists.buildSums(b, shape[1], [&](MeaningBuilder &inner, Value row, Value column) {
    return lookUp(inner, state, {inner.index(0), row, column});
  });
  Value ordered =
      b.generic(Loops{{"g", "b", "u"}}, {{positions, {b.loop(0) * shape[2] + b.loop(2)}}},
                {b.empty({4, shape[1], shape[2]}, getElementTypeOrSelf(state)), b.loopRange(0, 3)},
                [&](MeaningBuilder &inner, ValueRange e) {
                  return lists.lookUpSum(inner, sums, linalg::IndexOp::create(inner, 1), e[0]);
                });
  return buildState(b, *this, ordered, operands[0], state);
}

bool SparseLstmOp::isBackward() { return getReverse(); }

int64_t SparseLstmOp::getFlops() {
  ArrayRef<int64_t> states = getShape(getStates());
  int64_t listed = cast<RankedTensorType>(getValues().getType()).getNumElements();
  return states[0] * (2 * states[2] * listed + countElementwise(states));
}

StringRef SparseLstmOp::getKernelClass() { return "sparse_lstm"; }
