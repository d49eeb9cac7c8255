// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace nnc {
#define GEN_PASS_DEF_SELECTTREES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Rows that fill a vector. A walk has L steps, of three reads at addresses that wait for each
/// other, where choices have 2^L that are independent and compare a whole vector: up to this depth
/// they are faster (`benchmarks/run.py trees`).
constexpr int64_t kFewestRows = 16, kMostLevels = 7;

struct SelectRows : OpRewritePattern<TreesOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreesOp op, PatternRewriter &rewriter) const override {
    int64_t rows = cast<RankedTensorType>(op.getInput().getType()).getDimSize(0);
    int64_t leaves = cast<RankedTensorType>(op.getLeaves().getType()).getDimSize(1);
    if (rows < kFewestRows || leaves > int64_t(1) << kMostLevels)
      return failure();
    Value columns = TransposeOp::create(rewriter, op.getLoc(), op.getInput(), ArrayRef<int64_t>{1, 0});
    rewriter.replaceOpWithNewOp<TreeSelectsOp>(op, op.getType(), columns, op.getColumns(), op.getThresholds(), op.getLeaves());
    return success();
  }
};

struct SelectTrees : nnc::impl::SelectTreesBase<SelectTrees> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SelectRows>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
