// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Posteriors as linalg.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nnc;

namespace {

constexpr double kClip = 8;    // log alpha stays within -8 and 8
constexpr double kTiny = 1e-8; // so that the logarithm of a mean of zero is finite

} // namespace

SmallVector<Value> VariationalDropoutOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  Type element = type.getElementType();
  SmallVector<AffineExpr> indices = b.loopRange(0, type.getRank());
  return {b.generic(type.getShape(), element, {{getMean(), indices}, {getLogSigma2(), indices}},
                    [&](MeaningBuilder &inner, ValueRange elements) -> Value {
                      Value square = inner.add(inner.multiply(elements[0], elements[0]),
                                               inner.scalar(element, kTiny));
                      Value logAlpha =
                          inner.subtract(elements[1], math::LogOp::create(inner, square));
                      logAlpha = inner.maximum(inner.scalar(element, -kClip),
                                               inner.minimum(inner.scalar(element, kClip), logAlpha));
                      Value isKept = arith::CmpFOp::create(
                          inner, arith::CmpFPredicate::OLT, logAlpha,
                          inner.scalar(element, getThreshold().convertToDouble()));
                      return arith::SelectOp::create(inner, isKept, elements[0],
                                                     inner.scalar(element, 0));
                    })};
}

SmallVector<Value> LognormalNoiseOp::buildMeaning(OpBuilder &builder) {
  Value scales = createScales(builder);
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  SmallVector<AffineExpr> indices = b.loopRange(0, type.getRank());
  return {b.generic(type.getShape(), type.getElementType(),
                    {{getInput(), indices}, {scales, {indices.back()}}},
                    [](MeaningBuilder &inner, ValueRange elements) {
                      return inner.multiply(elements[0], elements[1]);
                    })};
}

int64_t LognormalNoiseOp::getFlops() { return getOutput().getType().getNumElements(); }
