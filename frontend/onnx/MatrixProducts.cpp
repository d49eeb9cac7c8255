// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrix products: fully connected layers where one side is a weight, batched products otherwise.
#include "frontend/onnx/MatrixProducts.h"

#include "frontend/onnx/Operators.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

/// More operations than this are not looked at.
static constexpr size_t kMostWeightOperations = 256;

bool frontend::isWeight(Value value) {
  SetVector<Operation *> ops;
  auto visit = [&](Value operand) {
    return operand.getDefiningOp() && (ops.insert(operand.getDefiningOp()), true);
  };
  if (!visit(value))
    return false;
  for (size_t next = 0; next < ops.size(); ++next) {
    if (ops.size() > kMostWeightOperations || !llvm::all_of(ops[next]->getOperands(), visit))
      return false;
  }
  return true;
}

Value frontend::emitMatrixProduct(Emitter &emit, Value a, Value b) {
  if (!a || !b)
    return {};
  if (isWeight(b))
    return emit.checked<LinearOp>({a, b}, {});
  int64_t m = getShape(a)[0], n = getShape(b)[1];
  Value product = emit.checked<MatmulOp>(
      {emit.reshape(a, {1, m, getShape(a)[1]}), emit.reshape(b, {1, getShape(b)[0], n})}, {});
  return emit.reshape(product, {m, n});
}

namespace {

//===--- Gemm -------------------------------------------------------------------------------===//

/// C as the bias of a linear layer of N outputs, or null where it is not the same for all rows.
Value asBias(Emitter &emit, Value c, int64_t outputs) {
  ArrayRef<int64_t> shape = getShape(c);
  bool sameForRows = shape.size() < 2 || (shape.size() == 2 && shape[0] == 1);
  if (!sameForRows || (!shape.empty() && shape.back() != 1 && shape.back() != outputs))
    return {};
  Value vector = emit.reshape(c, {shape.empty() ? 1 : shape.back()});
  return emit.broadcast(vector, {outputs});
}

Value scale(Emitter &emit, Value value, float factor) {
  return factor == 1 ? value : emit.mul(value, emit.splatLike(value, factor));
}

Value importGemm(Node &node) {
  Emitter &emit = node.emit();
  Value a = node.getInput(0), b = node.getInput(1), c = node.getInput(2);
  float alpha = node.getFloat("alpha", 1), beta = node.getFloat("beta", 1);
  bool transposeA = node.getFlag("transA", false), transposeB = node.getFlag("transB", false);
  if (node.getOpset() < 7)
    node.ignoreAttribute("broadcast");
  if (getRank(a) != 2 || getRank(b) != 2)
    return emit.reject("operands of shapes ", formatShape(getShape(a)), " and ",
                       formatShape(getShape(b)), " are not matrices");
  Type type = getTensorType(a).getElementType();
  for (Value other : {b, c ? c : b})
    if (getTensorType(other).getElementType() != type)
      return emit.reject("operands have types ", a.getType(), " and ", other.getType());
  a = transposeA ? emit.transpose(a, {1, 0}) : a;
  b = transposeB ? emit.transpose(b, {1, 0}) : b;
  if (!a || !b)
    return {};
  c = c && beta != 0 ? scale(emit, c, beta) : Value();
  Value bias = c && alpha == 1 && isWeight(b) ? asBias(emit, c, getShape(b)[1]) : Value();
  if (bias)
    return emit.checked<LinearOp>({a, b, bias}, {});
  Value result = scale(emit, emitMatrixProduct(emit, a, b), alpha);
  if (!c || !result)
    return result;
  return emit.add(result, emit.broadcast(c, getShape(result)));
}

//===--- MatMul -----------------------------------------------------------------------------===//

/// A (of any rank) times a matrix: the leading dimensions of A are rows.
Value emitRowsTimesMatrix(Emitter &emit, Value a, Value b) {
  SmallVector<int64_t> shape(getShape(a));
  int64_t depth = shape.back();
  shape.back() = getShape(b)[1];
  Value rows = emit.reshape(a, {product(ArrayRef<int64_t>(shape).drop_back()), depth});
  return emit.reshape(emitMatrixProduct(emit, rows, b), shape);
}

/// Both of rank 2 or more; leading dimensions broadcast.
Value emitBatchedProduct(Emitter &emit, Value a, Value b) {
  ArrayRef<int64_t> ofA = getShape(a), ofB = getShape(b);
  auto batch = broadcastShapes(ofA.drop_back(2), ofB.drop_back(2));
  if (!batch)
    return emit.reject("shapes ", formatShape(ofA), " and ", formatShape(ofB), " do not broadcast");
  auto toRank3 = [&](Value value) -> Value {
    ArrayRef<int64_t> matrix = getShape(value).take_back(2);
    SmallVector<int64_t> shape(*batch);
    llvm::append_range(shape, matrix);
    Value wide = emit.broadcast(value, shape);
    return wide ? emit.reshape(wide, {product(*batch), matrix[0], matrix[1]}) : Value();
  };
  SmallVector<int64_t> shape(*batch);
  shape.append({ofA[ofA.size() - 2], ofB.back()});
  return emit.reshape(emit.checked<MatmulOp>({toRank3(a), toRank3(b)}, {}), shape);
}

Value emitMatmul(Emitter &emit, Value a, Value b) {
  if (!a || !b)
    return {};
  if (getShape(a).back() != getShape(b)[getRank(b) - 2])
    return emit.reject("shapes ", formatShape(getShape(a)), " and ", formatShape(getShape(b)),
                       " do not multiply: ", getShape(a).back(), " columns, but ",
                       getShape(b)[getRank(b) - 2], " rows");
  return getRank(b) == 2 ? emitRowsTimesMatrix(emit, a, b) : emitBatchedProduct(emit, a, b);
}

Value importMatMul(Node &node) {
  Emitter &emit = node.emit();
  Value a = node.getInput(0), b = node.getInput(1);
  if (getRank(a) == 0 || getRank(b) == 0)
    return emit.reject("a scalar is not a matrix");
  if (getTensorType(a).getElementType() != getTensorType(b).getElementType())
    return emit.reject("operands have types ", a.getType(), " and ", b.getType());
  bool isRow = getRank(a) == 1, isColumn = getRank(b) == 1;
  if (isRow)
    a = emit.reshape(a, {1, getShape(a)[0]});
  if (isColumn)
    b = emit.reshape(b, {getShape(b)[0], 1});
  Value result = emitMatmul(emit, a, b);
  if (!result)
    return {};
  SmallVector<int64_t> shape(getShape(result));
  if (isColumn)
    shape.pop_back();
  if (isRow)
    shape.erase(shape.end() - (isColumn ? 1 : 2));
  return emit.reshape(result, shape);
}

const Operator kOperators[] = {
    {"Gemm", 6, 2, 3, importGemm},
    {"MatMul", 1, 2, 2, importMatMul},
};

} // namespace

ArrayRef<Operator> frontend::getMatrixProducts() { return kOperators; }
