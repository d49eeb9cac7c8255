// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and meanings of surrogate models; the labels are those of Surrogate.td.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

bool haveSameCoordinates(Value input, Value points) {
  return getShape(input)[1] == getShape(points)[0] &&
         getTensorType(input).getElementType() == getTensorType(points).getElementType();
}

/// |t|^power, as a product where that is exact.
Value raise(MeaningBuilder &b, Value t, double power) {
  if (power == 2)
    return b.multiply(t, t);
  Value size = math::AbsFOp::create(b, t);
  if (power == 1)
    return size;
  if (power == 3)
    return b.multiply(size, b.multiply(t, t));
  return math::PowFOp::create(b, size, b.scalar(t.getType(), power));
}

/// power |t|^(power - 1) sign(t).
Value differentiate(MeaningBuilder &b, Value t, double power) {
  Value factor = b.scalar(t.getType(), power);
  if (power == 2)
    return b.multiply(factor, t);
  if (power == 3)
    return b.multiply(factor, b.multiply(t, math::AbsFOp::create(b, t)));
  Value zero = b.scalar(t.getType(), 0);
  Value size = math::AbsFOp::create(b, t);
  if (power != 1)
    factor = b.multiply(
        factor, math::PowFOp::create(b, size, b.scalar(t.getType(), power - 1)).getResult());
  Value isNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, t, zero);
  Value isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, t, zero);
  Value signedFactor =
      arith::SelectOp::create(b, isNegative, arith::NegFOp::create(b, factor), factor);
  return arith::SelectOp::create(b, isZero, zero, signedFactor);
}

int64_t getDepth(Value leaves) { return llvm::Log2_64(getShape(leaves)[1]); }

} // namespace

//===--- distances --------------------------------------------------------------------------===//

LogicalResult DistancesOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value input = adaptor.getInput(), points = adaptor.getPoints();
  if (!haveSameCoordinates(input, points))
    return reject(location, "(C1) the input is ", input.getType(), ", but points are ",
                  points.getType(), ": D x N is wanted, of the same elements");
  if (!(adaptor.getPower().convertToDouble() > 0))
    return reject(location, "(C2) power is ", adaptor.getPower().convertToDouble(),
                  ", but must be more than 0");
  types.push_back(getTensorType(input).clone({getShape(input)[0], getShape(points)[1]}));
  return success();
}

SmallVector<Value> DistancesOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  ArrayRef<int64_t> shape = getShape(getOutput());
  Type element = getTensorType(getOutput()).getElementType();
  double power = getPower().convertToDouble();
  Value zeros = b.fill(shape, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"c"}),
                    {{getInput(), {b.loop(0), b.loop(2)}}, {getPoints(), {b.loop(2), b.loop(1)}}},
                    {zeros, {b.loop(0), b.loop(1)}},
                    [&](MeaningBuilder &inner, ValueRange e) -> Value {
                      Value t = inner.subtract(e[0], e[1]);
                      return inner.add(e[2], raise(inner, t, power));
                    })};
}

int64_t DistancesOp::getFlops() {
  return 3 * getShape(getInput())[1] * getTensorType(getOutput()).getNumElements();
}
StringRef DistancesOp::getKernelClass() { return "distances"; }

//===--- distances_gradient -----------------------------------------------------------------===//

LogicalResult DistancesGradientOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                    Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value input = adaptor.getInput(), points = adaptor.getPoints(), weights = adaptor.getWeights();
  auto wanted = getTensorType(input).clone({getShape(input)[0], getShape(points)[1]});
  if (!haveSameCoordinates(input, points) || weights.getType() != wanted)
    return reject(location, "(C1) the input is ", input.getType(), ", points are ",
                  points.getType(), " and weights ", weights.getType(),
                  ": M x D, D x N and M x N are wanted, of the same elements");
  if (!(adaptor.getPower().convertToDouble() >= 1))
    return reject(location, "(C2) power is ", adaptor.getPower().convertToDouble(),
                  ", but must be at least 1");
  types.push_back(input.getType());
  return success();
}

SmallVector<Value> DistancesGradientOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getTensorType(getOutput()).getElementType();
  double power = getPower().convertToDouble();
  Value zeros = b.fill(getShape(getOutput()), b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"c"}),
                    {{getWeights(), {b.loop(0), b.loop(2)}},
                     {getInput(), {b.loop(0), b.loop(1)}},
                     {getPoints(), {b.loop(1), b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}},
                    [&](MeaningBuilder &inner, ValueRange e) -> Value {
                      Value t = inner.subtract(e[1], e[2]);
                      return inner.add(e[3], inner.multiply(e[0], differentiate(inner, t, power)));
                    })};
}

int64_t DistancesGradientOp::getFlops() {
  return 4 * getShape(getInput())[1] * getTensorType(getWeights()).getNumElements();
}
StringRef DistancesGradientOp::getKernelClass() { return "distances_gradient"; }

//===--- trees ------------------------------------------------------------------------------===//

LogicalResult TreesOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                        Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> leaves = getShape(adaptor.getLeaves());
  SmallVector<int64_t> nodes{leaves[0], leaves[1] - 1};
  auto isOfInput = [&](Value value) {
    return getTensorType(value).getElementType() ==
           getTensorType(adaptor.getInput()).getElementType();
  };
  int64_t depth = getDepth(adaptor.getLeaves());
  if (depth < 1 || depth > 16 || !llvm::isPowerOf2_64(leaves[1]) ||
      getShape(adaptor.getColumns()) != ArrayRef(nodes) ||
      getShape(adaptor.getThresholds()) != ArrayRef(nodes) || !isOfInput(adaptor.getLeaves()) ||
      !isOfInput(adaptor.getThresholds()))
    return reject(location, "(C1) leaves are ", adaptor.getLeaves().getType(), ", columns ",
                  adaptor.getColumns().getType(), " and thresholds ",
                  adaptor.getThresholds().getType(),
                  ": T x 2^L and twice T x (2^L - 1) are wanted, of the input's elements");
  types.push_back(getTensorType(adaptor.getInput()).clone({getShape(adaptor.getInput())[0], 1}));
  return success();
}

SmallVector<Value> TreesOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getTensorType(getOutput()).getElementType();
  int64_t rows = getShape(getInput())[0], count = getShape(getLeaves())[0];
  int64_t depth = getDepth(getLeaves());
  // The leaf of each tree, then their sums.
  Value leaves = b.generic({rows, count}, element, {}, [&](MeaningBuilder &inner, ValueRange) {
    Value row = linalg::IndexOp::create(inner, 0), tree = linalg::IndexOp::create(inner, 1);
    Value node = inner.index(0), two = inner.index(2);
    for (int64_t level = 0; level < depth; ++level) {
      Value column = lookUp(inner, getColumns(), {tree, node});
      column = arith::MinSIOp::create(inner, column, inner.index(getShape(getInput())[1] - 1));
      column = arith::MaxSIOp::create(inner, column, inner.index(0));
      Value value = tensor::ExtractOp::create(inner, getInput(), ValueRange{row, column});
      Value threshold = tensor::ExtractOp::create(inner, getThresholds(), ValueRange{tree, node});
      Value isRight = arith::CmpFOp::create(inner, arith::CmpFPredicate::OGT, value, threshold);
      Value step = arith::SelectOp::create(inner, isRight, two, inner.index(1));
      node = arith::AddIOp::create(inner, arith::MulIOp::create(inner, node, two), step);
    }
    Value leaf = arith::SubIOp::create(inner, node, inner.index(getShape(getLeaves())[1] - 1));
    return tensor::ExtractOp::create(inner, getLeaves(), ValueRange{tree, leaf}).getResult();
  });
  Value zeros = b.fill({rows, 1}, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"c"}), {{leaves, {b.loop(0), b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}},
                    [](MeaningBuilder &inner, ValueRange e) { return inner.add(e[1], e[0]); })};
}

int64_t TreesOp::getFlops() {
  return getShape(getInput())[0] * getShape(getLeaves())[0] * (getDepth(getLeaves()) + 1);
}
StringRef TreesOp::getKernelClass() { return "trees"; }
