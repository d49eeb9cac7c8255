// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activation functions, composed from arithmetic.
#include "frontend/onnx/Operators.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Arithmetic on the input and on numbers of its type.
struct Formula {
  Node &node;
  Emitter &emit;
  Value x;

  explicit Formula(Node &node) : node(node), emit(node.emit()), x(node.getInput(0)) {
    if (!isFloat(x))
      x = emit.reject("input of type ", x.getType(), " is not floating-point");
  }

  Value number(double value) { return emit.splatLike(x, value); }
  Value scale(Value value, double factor) { return emit.mul(value, number(factor)); }
  Value positivePart() { return emit.max(x, number(0)); }
  Value negativePart() { return emit.min(x, number(0)); }
  Value isPositive() {
    return emit.compare(arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt, x, number(0));
  }
  Value clamp(Value value, double low, double high) {
    return emit.min(emit.max(value, number(low)), number(high));
  }
  Value sigmoid(Value value) {
    Value power = emit.exp(emit.negate(value));
    return emit.div(number(1), emit.add(number(1), power));
  }
  /// exp(value) - 1 for values of at most 0.
  Value expMinusOne(Value value) { return emit.sub(emit.exp(value), number(1)); }
  /// log(1 + exp(x)), without overflow.
  Value softplus() {
    Value power = emit.exp(emit.negate(emit.abs(x)));
    return emit.add(positivePart(), emit.unary<math::Log1pOp>(power));
  }
};

Value importRelu(Node &node) {
  Value input = node.getInput(0);
  return node.emit().max(input, node.emit().splatLike(input, 0));
}

Value importLeakyRelu(Node &node) {
  Formula f(node);
  return f.emit.select(f.isPositive(), f.x, f.scale(f.x, node.getFloat("alpha", 0.01f)));
}

Value importPRelu(Node &node) {
  Formula f(node);
  Value slope = node.getInput(1);
  int64_t rank = getRank(node.getInput(0));
  if (node.getOpset() < 7 && rank > 1 && getRank(slope) == 1 && getShape(slope)[0] != 1) {
    SmallVector<int64_t> shape(rank - 1, 1);
    shape[0] = getShape(slope)[0];
    slope = f.emit.reshape(slope, shape);
  }
  return f.emit.select(f.isPositive(), f.x, f.emit.mul(f.x, slope));
}

Value importElu(Node &node) {
  Formula f(node);
  Value negative = f.scale(f.expMinusOne(f.negativePart()), node.getFloat("alpha", 1));
  return f.emit.select(f.isPositive(), f.x, negative);
}

Value importSelu(Node &node) {
  Formula f(node);
  float alpha = node.getFloat("alpha", 1.67326319217681884765625f);
  float gamma = node.getFloat("gamma", 1.05070102214813232421875f);
  Value negative = f.scale(f.expMinusOne(f.negativePart()), alpha);
  return f.scale(f.emit.select(f.isPositive(), f.x, negative), gamma);
}

Value importCelu(Node &node) {
  Formula f(node);
  float alpha = node.getFloat("alpha", 1);
  Value scaled = f.emit.div(f.negativePart(), f.number(alpha));
  return f.emit.add(f.positivePart(), f.scale(f.expMinusOne(scaled), alpha));
}

Value importSigmoid(Node &node) {
  Formula f(node);
  return f.sigmoid(f.x);
}

Value importHardSigmoid(Node &node) {
  Formula f(node);
  Value line =
      f.emit.add(f.scale(f.x, node.getFloat("alpha", 0.2f)), f.number(node.getFloat("beta", 0.5f)));
  return f.clamp(line, 0, 1);
}

Value importHardSwish(Node &node) {
  Formula f(node);
  Value line = f.emit.add(f.scale(f.x, 1.0 / 6), f.number(0.5));
  return f.emit.mul(f.x, f.clamp(line, 0, 1));
}

Value importSwish(Node &node) {
  Formula f(node);
  float alpha = node.getFloat("alpha", 1);
  return f.emit.mul(f.x, f.sigmoid(alpha == 1 ? f.x : f.scale(f.x, alpha)));
}

/// 0.5 x (1 + erf(x / sqrt 2)), or its approximation by tanh.
Value importGelu(Node &node) {
  Formula f(node);
  Value inner;
  if (node.getChoice("approximate", {"none", "tanh"}) == "none") {
    inner = f.emit.unary<math::ErfOp>(f.scale(f.x, 0.70710678118654752440));
  } else {
    Value cubic = f.scale(f.emit.mul(f.emit.mul(f.x, f.x), f.x), 0.044715);
    inner = f.emit.unary<math::TanhOp>(f.scale(f.emit.add(f.x, cubic), 0.79788456080286535588));
  }
  return f.emit.mul(f.scale(f.x, 0.5), f.emit.add(inner, f.number(1)));
}

Value importSoftplus(Node &node) { return Formula(node).softplus(); }

Value importSoftsign(Node &node) {
  Formula f(node);
  return f.emit.div(f.x, f.emit.add(f.number(1), f.emit.abs(f.x)));
}

Value importMish(Node &node) {
  Formula f(node);
  return f.emit.mul(f.x, f.emit.unary<math::TanhOp>(f.softplus()));
}

Value importThresholdedRelu(Node &node) {
  Formula f(node);
  Value above = f.emit.compare(arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt, f.x,
                               f.number(node.getFloat("alpha", 1)));
  return f.emit.select(above, f.x, f.number(0));
}

Value importShrink(Node &node) {
  Formula f(node);
  float bias = node.getFloat("bias", 0), threshold = node.getFloat("lambd", 0.5f);
  auto beyond = [&](arith::CmpFPredicate predicate, double limit) {
    return f.emit.compare(predicate, arith::CmpIPredicate::sgt, f.x, f.number(limit));
  };
  Value low = f.emit.select(beyond(arith::CmpFPredicate::OLT, -threshold),
                            f.emit.add(f.x, f.number(bias)), f.number(0));
  return f.emit.select(beyond(arith::CmpFPredicate::OGT, threshold),
                       f.emit.sub(f.x, f.number(bias)), low);
}

const Operator kOperators[] = {
    {"Celu", 12, 1, 1, importCelu},
    {"Elu", 6, 1, 1, importElu},
    {"Gelu", 20, 1, 1, importGelu},
    {"HardSigmoid", 6, 1, 1, importHardSigmoid},
    {"HardSwish", 14, 1, 1, importHardSwish},
    {"LeakyRelu", 6, 1, 1, importLeakyRelu},
    {"Mish", 18, 1, 1, importMish},
    {"PRelu", 6, 2, 2, importPRelu},
    {"Relu", 6, 1, 1, importRelu},
    {"Selu", 6, 1, 1, importSelu},
    {"Shrink", 9, 1, 1, importShrink},
    {"Sigmoid", 6, 1, 1, importSigmoid},
    {"Softplus", 1, 1, 1, importSoftplus},
    {"Softsign", 1, 1, 1, importSoftsign},
    {"Swish", 24, 1, 1, importSwish},
    {"ThresholdedRelu", 10, 1, 1, importThresholdedRelu},
};

} // namespace

ArrayRef<Operator> frontend::getActivations() { return kOperators; }
