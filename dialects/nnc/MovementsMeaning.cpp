// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the movements of data compute, as linalg.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

using namespace mlir;
using namespace nnc;

namespace {

using Indices = SmallVector<AffineExpr>;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// A new tensor of type `type` whose elements are copied from `source`.
Value buildCopy(MeaningBuilder &b, RankedTensorType type, const Access &source) {
  return b.generic(type.getShape(), type.getElementType(), source,
                   [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
}

} // namespace

SmallVector<Value> TransposeOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Indices indices(getPermutation().size());
  for (auto [result, source] : llvm::enumerate(getPermutation()))
    indices[source] = b.loop(result);
  return {buildCopy(b, getTensorType(getOutput()), {getInput(), indices})};
}

StringRef TransposeOp::getKernelClass() { return "transpose"; }

SmallVector<Value> ReshapeOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Value value = getInput();
  RankedTensorType from = getTensorType(value), to = getTensorType(getOutput());
  if (from == to)
    return {value};
  auto groups = getReassociationIndicesForReshape(from, to);
  if (!groups) {
    ReassociationIndices all = llvm::to_vector<2>(llvm::seq<int64_t>(0, from.getRank()));
    from = to.clone({from.getNumElements()});
    value = tensor::CollapseShapeOp::create(b, from, value, ArrayRef<ReassociationIndices>(all));
    groups.emplace({llvm::to_vector<2>(llvm::seq<int64_t>(0, to.getRank()))});
  }
  if (from.getRank() < to.getRank())
    return {tensor::ExpandShapeOp::create(b, to, value, *groups)};
  return {tensor::CollapseShapeOp::create(b, to, value, *groups)};
}

SmallVector<Value> BroadcastOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType input = getTensorType(getInput()), output = getTensorType(getOutput());
  int64_t added = output.getRank() - input.getRank();
  Indices indices;
  for (auto [axis, extent] : llvm::enumerate(input.getShape()))
    indices.push_back(extent == output.getDimSize(added + axis) ? b.loop(added + axis)
                                                                : b.getAffineConstantExpr(0));
  return {buildCopy(b, output, {getInput(), indices})};
}

SmallVector<Value> GatherOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType input = getTensorType(getInput()), output = getTensorType(getOutput());
  int64_t axis = getAxis(), picks = getTensorType(getIndices()).getRank();
  return {b.generic(
      output.getShape(), output.getElementType(), {{getIndices(), b.loopRange(axis, picks)}},
      [&](MeaningBuilder &inner, ValueRange elements) {
        Value pick = arith::IndexCastOp::create(inner, inner.getIndexType(), elements[0]);
        Value last = inner.index(input.getDimSize(axis) - 1);
        SmallVector<Value> at;
        for (int64_t i = 0; i < axis; ++i)
          at.push_back(linalg::IndexOp::create(inner, i));
        at.push_back(inner.minimum(inner.maximum(pick, inner.index(0)), last));
        for (int64_t i = axis + picks; i < output.getRank(); ++i)
          at.push_back(linalg::IndexOp::create(inner, i));
        return Value(tensor::ExtractOp::create(inner, getInput(), at));
      })};
}

StringRef GatherOp::getKernelClass() { return "gather"; }
