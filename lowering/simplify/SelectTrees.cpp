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

/// The elements of a constant of f32 or f64, or std::nullopt.
std::optional<std::vector<double>> readNumbers(Value value) {
  ElementsAttr constant = getConstant(value);
  auto bytes = constant ? getConstantBytes(constant) : std::nullopt;
  if (!bytes)
    return std::nullopt;
  auto read = [&](auto zero) {
    SmallVector<decltype(zero), 0> elements(bytes->size() / sizeof(zero));
    std::memcpy(elements.data(), bytes->data(), bytes->size());
    return std::vector<double>(elements.begin(), elements.end());
  };
  return constant.getElementType().isF64() ? read(0.0) : read(0.0f);
}

std::optional<SmallVector<int64_t>> readIntegers(Value value) {
  ElementsAttr constant = getConstant(value);
  return constant ? getIntegers(constant) : std::nullopt;
}

/// Trees with all levels as lists of nodes, without those below which all leaves are the same.
class Pruning {
public:
  Pruning(ArrayRef<int64_t> columns, ArrayRef<double> thresholds, ArrayRef<double> leaves,
          int64_t trees)
      : columns(columns), thresholds(thresholds), leaves(leaves),
        inner(static_cast<int64_t>(columns.size()) / trees) {
    for (int64_t tree = 0; tree < trees; ++tree)
      roots.push_back(add(tree, 0));
  }

  std::vector<TreeNode> nodes;
  SmallVector<int64_t> roots;

private:
  int64_t add(int64_t tree, int64_t place) {
    TreeNode node;
    if (place >= inner) {
      node.values.push_back(leaves[static_cast<size_t>(tree * (inner + 1) + place - inner)]);
    } else {
      node.left = add(tree, 2 * place + 1);
      node.right = add(tree, 2 * place + 2);
      const TreeNode &left = nodes[static_cast<size_t>(node.left)],
                     &right = nodes[static_cast<size_t>(node.right)];
      if (left.isLeaf() && right.isLeaf() && left.values == right.values)
        return node.left;
      node.column = static_cast<int32_t>(columns[static_cast<size_t>(tree * inner + place)]);
      node.threshold = thresholds[static_cast<size_t>(tree * inner + place)];
    }
    nodes.push_back(std::move(node));
    return static_cast<int64_t>(nodes.size()) - 1;
  }

  ArrayRef<int64_t> columns;
  ArrayRef<double> thresholds, leaves;
  int64_t inner;
};

struct WalkRows : OpRewritePattern<TreesOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreesOp op, PatternRewriter &rewriter) const override {
    if (canSelect(op))
      return failure();
    auto columns = readIntegers(op.getColumns());
    auto thresholds = readNumbers(op.getThresholds()), leaves = readNumbers(op.getLeaves());
    if (!columns || !thresholds || !leaves)
      return failure();
    Pruning pruning(*columns, *thresholds, *leaves,
                    cast<RankedTensorType>(op.getLeaves().getType()).getDimSize(0));
    rewriter.replaceOp(
        op, createTreeWalk(rewriter, op.getLoc(), op.getInput(), pruning.nodes, pruning.roots, 1));
    return success();
  }
};

/// The nodes of a walk whose tables are constants and lead down to leaves, and the steps of one
/// row.
struct WalkNodes {
  std::vector<TreeNode> nodes;
  SmallVector<int64_t> roots;
  int64_t steps = 0;
};

std::optional<WalkNodes> readWalk(TreeWalkOp op) {
  auto roots = readIntegers(op.getRoots()), nodes = readIntegers(op.getNodes());
  auto thresholds = readNumbers(op.getThresholds()), values = readNumbers(op.getValues());
  if (!roots || !nodes || !thresholds || !values)
    return std::nullopt;
  WalkNodes walk;
  auto count = static_cast<int64_t>(thresholds->size()),
       columns = cast<RankedTensorType>(op.getInput().getType()).getDimSize(1);
  auto isWithin = [](int64_t number, int64_t first, int64_t end) {
    return number >= first && number < end;
  };
  for (size_t at = 0; at < roots->size(); at += 2) {
    walk.roots.push_back((*roots)[at]);
    walk.steps += (*roots)[at + 1];
    if (!isWithin(walk.roots.back(), 0, count))
      return std::nullopt;
  }
  for (int64_t number = 0; number < count; ++number) {
    auto index = static_cast<size_t>(number);
    TreeNode &node = walk.nodes.emplace_back();
    int64_t column = (*nodes)[2 * index], child = (*nodes)[2 * index + 1];
    // The last column is the zeros, for leaves, which stay where they are.
    if (child == number && column == columns - 1 && (*thresholds)[index] > 0) {
      node.values.push_back((*values)[index]);
      continue;
    }
    if (!isWithin(child, number + 1, count - 1) || !isWithin(column, 0, columns - 1))
      return std::nullopt;
    node.column = static_cast<int32_t>(column);
    node.threshold = (*thresholds)[index];
    node.left = child;
    node.right = child + 1;
  }
  std::vector<uint64_t> levels(walk.nodes.size(), 0); // below each node; children are behind it
  for (size_t index = walk.nodes.size(); index-- > 0;)
    if (const TreeNode &node = walk.nodes[index]; !node.isLeaf())
      levels[index] = 1 + std::max(levels[static_cast<size_t>(node.left)],
                                   levels[static_cast<size_t>(node.right)]);
  auto isTooDeep = [&](int64_t root) { return levels[static_cast<size_t>(root)] > op.getDepth(); };
  if (llvm::any_of(walk.roots, isTooDeep))
    return std::nullopt;
  return walk;
}

/// The input without the column of zeros, which only leaves of a walk read; null where there is
/// none.
Value dropZeros(Value input) {
  auto concat = input.getDefiningOp<tensor::ConcatOp>();
  if (!concat || concat.getInputs().size() != 2 || concat.getDim() != 1)
    return {};
  Value zeros = concat.getInputs()[1];
  bool isOne = cast<RankedTensorType>(zeros.getType()).getDimSize(1) == 1;
  return isOne && getSplatNumber(zeros) == 0.0 ? concat.getInputs()[0] : Value();
}

/// A comparison of a group of 16 trees, of f32, takes about as long as a step of a walk with eight.
struct MaskWalks : OpRewritePattern<TreeWalkOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TreeWalkOp op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    bool hasOneTarget = cast<RankedTensorType>(op.getValues().getType()).getDimSize(1) == 1;
    Value input = dropZeros(op.getInput());
    auto walk = input && hasOneTarget ? readWalk(op) : std::nullopt;
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
