// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/TreeTables.h"
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

bool hasManyRows(TreesOp op) {
  int64_t rows = cast<RankedTensorType>(op.getInput().getType()).getDimSize(0);
  int64_t leaves = cast<RankedTensorType>(op.getLeaves().getType()).getDimSize(1);
  return rows >= kFewestRows && leaves <= int64_t(1) << kMostLevels;
}

struct SelectRows : OpRewritePattern<TreesOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreesOp op, PatternRewriter &rewriter) const override {
    if (!hasManyRows(op))
      return failure();
    Value columns =
        TransposeOp::create(rewriter, op.getLoc(), op.getInput(), ArrayRef<int64_t>{1, 0});
    rewriter.replaceOpWithNewOp<TreeSelectsOp>(op, op.getType(), columns, op.getColumns(),
                                               op.getThresholds(), op.getLeaves());
    return success();
  }
};

/// Trees with all levels as lists of nodes, without those below which all leaves are the same.
class Pruning {
public:
  Pruning(DenseElementsAttr columns, DenseElementsAttr thresholds, DenseElementsAttr leaves)
      : columns(columns.getValues<int32_t>()), thresholds(thresholds.getValues<APFloat>()),
        leaves(leaves.getValues<APFloat>()), inner(columns.getType().getShape()[1]) {
    for (int64_t tree = 0; tree < columns.getType().getShape()[0]; ++tree)
      roots.push_back(add(tree, 0));
  }

  std::vector<TreeNode> nodes;
  SmallVector<int64_t> roots;

private:
  int64_t add(int64_t tree, int64_t place) {
    TreeNode node;
    if (place >= inner) {
      node.values.push_back(
          (*(leaves.begin() + (tree * (inner + 1) + place - inner))).convertToDouble());
    } else {
      node.left = add(tree, 2 * place + 1);
      node.right = add(tree, 2 * place + 2);
      const TreeNode &left = nodes[static_cast<size_t>(node.left)],
                     &right = nodes[static_cast<size_t>(node.right)];
      if (left.isLeaf() && right.isLeaf() && left.values == right.values)
        return node.left;
      node.column = *(columns.begin() + (tree * inner + place));
      node.threshold = (*(thresholds.begin() + (tree * inner + place))).convertToDouble();
    }
    nodes.push_back(std::move(node));
    return static_cast<int64_t>(nodes.size()) - 1;
  }

  DenseElementsAttr::iterator_range<int32_t> columns;
  DenseElementsAttr::iterator_range<APFloat> thresholds, leaves;
  int64_t inner;
};

struct WalkRows : OpRewritePattern<TreesOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreesOp op, PatternRewriter &rewriter) const override {
    auto columns = getConstant(op.getColumns()), thresholds = getConstant(op.getThresholds()),
         leaves = getConstant(op.getLeaves());
    auto denseColumns = dyn_cast_or_null<DenseElementsAttr>(columns),
         denseThresholds = dyn_cast_or_null<DenseElementsAttr>(thresholds),
         denseLeaves = dyn_cast_or_null<DenseElementsAttr>(leaves);
    if (hasManyRows(op) || !denseColumns || !denseThresholds || !denseLeaves)
      return failure();
    Pruning pruning(denseColumns, denseThresholds, denseLeaves);
    rewriter.replaceOp(
        op, createTreeWalk(rewriter, op.getLoc(), op.getInput(), pruning.nodes, pruning.roots, 1));
    return success();
  }
};

struct SelectTrees : nnc::impl::SelectTreesBase<SelectTrees> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SelectRows, WalkRows>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
