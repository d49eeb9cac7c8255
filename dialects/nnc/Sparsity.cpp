// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types, constraints and folds of learned sparsity; the labels are those of Sparsity.td.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/LogNormal.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

#include <cstring>

using namespace mlir;
using namespace nnc;

namespace {

/// The elements of an f32 attribute of one dimension, or std::nullopt.
std::optional<SmallVector<float, 0>> readVector(ElementsAttr attribute) {
  auto type = dyn_cast<RankedTensorType>(attribute.getType());
  if (!type || type.getRank() != 1 || !type.getElementType().isF32())
    return std::nullopt;
  std::optional<SmallVector<char, 0>> bytes = getConstantBytes(attribute);
  if (!bytes)
    return std::nullopt;
  SmallVector<float, 0> floats(type.getNumElements());
  std::memcpy(floats.data(), bytes->data(), bytes->size());
  return floats;
}

LogicalResult checkVector(std::optional<Location> location, StringRef name, ElementsAttr attribute,
                          int64_t channels) {
  std::optional<SmallVector<float, 0>> elements = readVector(attribute);
  if (!elements)
    return reject(location, "(C1) ", name, " must be a vector of f32, but is ",
                  attribute.getType());
  if (static_cast<int64_t>(elements->size()) != channels)
    return reject(location, "(C1) ", name, " has ", elements->size(), " elements, but there are ",
                  channels, " channels");
  return success();
}

/// A multiplication by known factors, which the layer before can take.
struct FoldLognormalNoise : OpRewritePattern<LognormalNoiseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LognormalNoiseOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<arith::MulFOp>(
        op, op.getInput(),
        BroadcastOp::create(rewriter, op.getLoc(), op.getType(), op.createScales(rewriter)));
    return success();
  }
};

} // namespace

LogicalResult VariationalDropoutOp::inferReturnTypes(MLIRContext *,
                                                     std::optional<Location> location,
                                                     Adaptor adaptor,
                                                     SmallVectorImpl<Type> &types) {
  auto mean = cast<RankedTensorType>(adaptor.getMean().getType());
  Type logSigma2 = adaptor.getLogSigma2().getType();
  if (!mean.getElementType().isF32())
    return reject(location, "(C1) mean has elements of ", mean.getElementType(),
                  ", but they must be f32");
  if (mean != logSigma2)
    return reject(location, "(C1) mean is ", mean, ", but log_sigma2 is ", logSigma2);
  if (adaptor.getThreshold().isNaN())
    return reject(location, "(C2) threshold must be a number");
  types.push_back(mean);
  return success();
}

LogicalResult LognormalNoiseOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (input.getRank() == 0 || !input.getElementType().isF32())
    return reject(location, "(C1) the input must have channels of f32, but is ", input);
  int64_t channels = input.getShape().back();
  if (failed(checkVector(location, "mu", adaptor.getMu(), channels)) ||
      failed(checkVector(location, "log_sigma", adaptor.getLogSigma(), channels)))
    return failure();
  if (!(adaptor.getSnr().convertToFloat() >= 0))
    return reject(location, "(C2) snr must not be negative, but is ",
                  adaptor.getSnr().convertToFloat());
  types.push_back(input);
  return success();
}

Value LognormalNoiseOp::createScales(OpBuilder &builder) {
  SmallVector<float, 0> scales = computeLogNormalScales(
      *readVector(getMu()), *readVector(getLogSigma()), getSnr().convertToFloat());
  auto type =
      RankedTensorType::get({static_cast<int64_t>(scales.size())}, builder.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(scales.data()),
                       scales.size() * sizeof(float));
  return arith::ConstantOp::create(builder, getLoc(), makeConstant(type, bytes, "scales"));
}

void LognormalNoiseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                   MLIRContext *context) {
  patterns.add<FoldLognormalNoise>(context);
}
