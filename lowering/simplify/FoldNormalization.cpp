// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds normalization and per-channel arithmetic into the layer before it. What is built here on
// constants is evaluated by nnc-fold-constants.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/simplify/Known.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace nnc {
#define GEN_PASS_DEF_FOLDNORMALIZATION
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

Value repeat(PatternRewriter &rewriter, Location location, Value value, Type type) {
  return rewriter.createOrFold<BroadcastOp>(location, type, value);
}

/// A batch normalization is x * factor + offset per channel.
struct DecomposeBatchNorm : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormOp op, PatternRewriter &rewriter) const override {
    Location at = op.getLoc();
    RankedTensorType vector = getTensorType(op.getScale());
    auto epsilon = DenseElementsAttr::get(
        vector,
        FloatAttr::get(vector.getElementType(), op.getEpsilon().convertToDouble()).getValue());
    Value variance = arith::AddFOp::create(rewriter, at, op.getVariance(),
                                           arith::ConstantOp::create(rewriter, at, epsilon));
    Value deviation = math::SqrtOp::create(rewriter, at, variance);
    Value factor = arith::DivFOp::create(rewriter, at, op.getScale(), deviation);
    Value offset = arith::SubFOp::create(rewriter, at, op.getShift(),
                                         arith::MulFOp::create(rewriter, at, op.getMean(), factor));
    Type type = op.getType();
    Value scaled = arith::MulFOp::create(rewriter, at, op.getInput(),
                                         BroadcastOp::create(rewriter, at, type, factor));
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, scaled,
                                               BroadcastOp::create(rewriter, at, type, offset));
    return success();
  }
};

/// The known vector, one number a channel, that `value` repeats over all positions, or null.
Value getChannelVector(PatternRewriter &rewriter, Value value) {
  RankedTensorType type = getTensorType(value);
  if (type.getRank() == 0)
    return {};
  auto vector = RankedTensorType::get({type.getShape().back()}, type.getElementType());
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(getConstant(value)))
    return arith::ConstantOp::create(rewriter, value.getLoc(), splat.resizeSplat(vector));
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast || !isKnown(broadcast.getInput()))
    return {};
  RankedTensorType small = getTensorType(broadcast.getInput());
  if (small.getNumElements() == 1) {
    auto scalar = RankedTensorType::get({1}, type.getElementType());
    Value one = rewriter.createOrFold<ReshapeOp>(value.getLoc(), scalar, broadcast.getInput());
    return repeat(rewriter, value.getLoc(), one, vector);
  }
  if (small.getNumElements() != small.getShape().back() ||
      small.getShape().back() != type.getShape().back())
    return {};
  return rewriter.createOrFold<ReshapeOp>(value.getLoc(), vector, broadcast.getInput());
}

Value getWeight(Conv2dOp op) { return op.getFilter(); }
Value getWeight(ConvTranspose2dOp op) { return op.getFilter(); }
Value getWeight(LinearOp op) { return op.getWeight(); }

/// Whether the weight's last dimension is the output channel.
template <typename LayerOp> bool hasOutputsLast(LayerOp) { return true; }
bool hasOutputsLast(ConvTranspose2dOp op) { return op.getGroups() == 1; }

/// The layer that defines `value`, if nothing else reads it and its weight is known.
template <typename LayerOp> LayerOp getOnlyLayer(Value value) {
  auto layer = value.getDefiningOp<LayerOp>();
  if (!layer || !layer->hasOneUse() || !hasOutputsLast(layer) || !isKnown(getWeight(layer)) ||
      (layer.getBias() && !isKnown(layer.getBias())))
    return {};
  return layer;
}

/// A copy of the layer with another weight and bias; its name is the layer's.
template <typename LayerOp>
void replaceLayer(PatternRewriter &rewriter, Operation *replaced, LayerOp layer, Value weight,
                  Value bias) {
  SmallVector<Value> operands{layer.getInput(), weight};
  if (bias)
    operands.push_back(bias);
  Location both = rewriter.getFusedLoc({layer.getLoc(), replaced->getLoc()});
  rewriter.replaceOp(replaced, LayerOp::create(rewriter, both, layer->getResultTypes(), operands,
                                               layer->getAttrs())
                                   ->getResults());
}

/// layer(x) * vector: the vector scales the weight's columns and the bias.
template <typename LayerOp> struct FoldScale : OpRewritePattern<arith::MulFOp> {
  using OpRewritePattern<arith::MulFOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::MulFOp op, PatternRewriter &rewriter) const override {
    for (auto [value, other] :
         {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
      auto layer = getOnlyLayer<LayerOp>(value);
      Value factor = layer ? getChannelVector(rewriter, other) : Value();
      if (!factor)
        continue;
      Value weight = getWeight(layer), bias = layer.getBias();
      weight = arith::MulFOp::create(rewriter, op.getLoc(), weight,
                                     repeat(rewriter, op.getLoc(), factor, weight.getType()));
      if (bias)
        bias = arith::MulFOp::create(rewriter, op.getLoc(), bias, factor);
      replaceLayer(rewriter, op, layer, weight, bias);
      return success();
    }
    return failure();
  }
};

/// layer(x) + vector: the vector joins the bias.
template <typename LayerOp> struct FoldShift : OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern<arith::AddFOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::AddFOp op, PatternRewriter &rewriter) const override {
    for (auto [value, other] :
         {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
      auto layer = getOnlyLayer<LayerOp>(value);
      Value shift = layer ? getChannelVector(rewriter, other) : Value();
      if (!shift)
        continue;
      Value bias = layer.getBias();
      bias = bias ? arith::AddFOp::create(rewriter, op.getLoc(), bias, shift).getResult() : shift;
      replaceLayer(rewriter, op, layer, getWeight(layer), bias);
      return success();
    }
    return failure();
  }
};

struct FoldNormalization : nnc::impl::FoldNormalizationBase<FoldNormalization> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeBatchNorm, FoldScale<Conv2dOp>, FoldShift<Conv2dOp>,
                 FoldScale<ConvTranspose2dOp>, FoldShift<ConvTranspose2dOp>, FoldScale<LinearOp>,
                 FoldShift<LinearOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
