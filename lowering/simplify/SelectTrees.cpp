// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/TreeTables.h"
#include "lowering/Passes.h"
#include "lowering/simplify/MaskTables.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

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
/// Trees that one row is compared with at once: what a vector of AVX-512 holds in f32.
constexpr int64_t kTreesOfGroup = 16;

bool hasManyRows(Value input) {
  return cast<RankedTensorType>(input.getType()).getDimSize(0) >= kFewestRows;
}

bool canSelect(TreesOp op) {
  int64_t leaves = cast<RankedTensorType>(op.getLeaves().getType()).getDimSize(1);
  return hasManyRows(op.getInput()) && leaves <= int64_t(1) << kMostLevels;
}

Value transpose(OpBuilder &builder, Location location, Value input) {
  return TransposeOp::create(builder, location, input, ArrayRef<int64_t>{1, 0});
}

struct SelectRows : OpRewritePattern<TreesOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreesOp op, PatternRewriter &rewriter) const override {
    if (!canSelect(op))
      return failure();
    Value columns = transpose(rewriter, op.getLoc(), op.getInput());
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
    if (canSelect(op) || !denseColumns || !denseThresholds || !denseLeaves)
      return failure();
    Pruning pruning(denseColumns, denseThresholds, denseLeaves);
    rewriter.replaceOp(
        op, createTreeWalk(rewriter, op.getLoc(), op.getInput(), pruning.nodes, pruning.roots, 1));
    return success();
  }
};

/// The nodes of a walk whose tables are constants and lead down, and the steps of one row.
struct WalkNodes {
  std::vector<TreeNode> nodes;
  SmallVector<int64_t> roots;
  int64_t steps = 0;
};

std::optional<WalkNodes> readWalk(TreeWalkOp op) {
  auto roots = dyn_cast_or_null<DenseElementsAttr>(getConstant(op.getRoots())),
       nodes = dyn_cast_or_null<DenseElementsAttr>(getConstant(op.getNodes())),
       thresholds = dyn_cast_or_null<DenseElementsAttr>(getConstant(op.getThresholds())),
       values = dyn_cast_or_null<DenseElementsAttr>(getConstant(op.getValues()));
  if (!roots || !nodes || !thresholds || !values)
    return std::nullopt;
  WalkNodes walk;
  auto count = static_cast<int32_t>(thresholds.size()),
       columns = static_cast<int32_t>(cast<RankedTensorType>(op.getInput().getType()).getDimSize(1));
  auto isWithin = [](int32_t number, int32_t first, int32_t end) {
    return number >= first && number < end;
  };
  auto rootNumbers = roots.getValues<int32_t>(), nodeNumbers = nodes.getValues<int32_t>();
  for (int64_t tree = 0; tree < roots.getType().getShape()[0]; ++tree) {
    walk.roots.push_back(rootNumbers[static_cast<size_t>(2 * tree)]);
    walk.steps += rootNumbers[static_cast<size_t>(2 * tree + 1)];
    if (!isWithin(static_cast<int32_t>(walk.roots.back()), 0, count))
      return std::nullopt;
  }
  auto thresholdNumbers = thresholds.getValues<APFloat>(), valueNumbers = values.getValues<APFloat>();
  for (size_t index = 0; index < static_cast<size_t>(count); ++index) {
    TreeNode &node = walk.nodes.emplace_back();
    int32_t child = nodeNumbers[2 * index + 1], number = static_cast<int32_t>(index);
    if (child == number) {
      node.values.push_back(valueNumbers[index].convertToDouble());
      continue;
    }
    node.column = nodeNumbers[2 * index];
    // The last column is the zeros, for leaves.
    if (!isWithin(child, number + 1, count - 1) || !isWithin(node.column, 0, columns - 1))
      return std::nullopt;
    node.threshold = thresholdNumbers[index].convertToDouble();
    node.left = child;
    node.right = child + 1;
  }
  return walk;
}

/// The input without the column of zeros, which only leaves of a walk read.
Value dropZeros(Value input) {
  auto concat = input.getDefiningOp<tensor::ConcatOp>();
  return concat && concat.getInputs().size() == 2 && concat.getDim() == 1 ? concat.getInputs()[0]
                                                                          : input;
}

/// A comparison of a group of 16 trees, of f32, takes about as long as a step of a walk with eight.
struct MaskWalks : OpRewritePattern<TreeWalkOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreeWalkOp op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    auto walk = cast<RankedTensorType>(op.getValues().getType()).getDimSize(1) == 1
                    ? readWalk(op)
                    : std::nullopt;
    if (!walk)
      return failure();
    bool hasRows = hasManyRows(op.getInput());
    int64_t bits = type.getElementTypeBitWidth();
    auto tables = makeMaskTables(walk->nodes, walk->roots, hasRows ? 1 : kTreesOfGroup, bits);
    if (!tables)
      return failure();
    auto comparisons = static_cast<int64_t>(tables->columns.size()) * bits / 32;
    if (!hasRows && comparisons > walk->steps)
      return failure();
    Value input = dropZeros(op.getInput());
    if (hasRows)
      input = transpose(rewriter, op.getLoc(), input);
    rewriter.replaceOp(op, createTreeMasks(rewriter, op.getLoc(), input, *tables));
    return success();
  }
};

struct SelectTrees : nnc::impl::SelectTreesBase<SelectTrees> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SelectRows, WalkRows, MaskWalks>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
