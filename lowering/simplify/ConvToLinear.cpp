// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace nnc {
#define GEN_PASS_DEF_CONVTOLINEAR
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// A 1x1 convolution without stride and padding is a matrix product over positions.
struct RewriteConv : OpRewritePattern<Conv2dOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Conv2dOp op, PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> taps = op.getFilter().getType().getShape();
    auto all = [](ArrayRef<int64_t> values, int64_t wanted) {
      return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
    };
    if (taps[0] != 1 || taps[1] != 1 || op.getGroups() != 1 || !all(op.getStrides(), 1) ||
        !all(op.getPads(), 0))
      return failure();
    auto input = cast<RankedTensorType>(op.getInput().getType());
    Type element = input.getElementType();
    int64_t rows = input.getNumElements() / taps[2];
    Value flat = ReshapeOp::create(rewriter, op.getLoc(),
                                   RankedTensorType::get({rows, taps[2]}, element), op.getInput());
    Value weight = ReshapeOp::create(
        rewriter, op.getLoc(), RankedTensorType::get({taps[2], taps[3]}, element), op.getFilter());
    Value product =
        LinearOp::create(rewriter, op.getLoc(), RankedTensorType::get({rows, taps[3]}, element),
                         flat, weight, op.getBias());
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), product);
    return success();
  }
};

struct ConvToLinear : nnc::impl::ConvToLinearBase<ConvToLinear> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RewriteConv>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
