// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves transposes and reshapes below the operations that do not care about them, until they meet
// their inverse or the end of the model. After it, a network that came as NCHW computes in NHWC
// throughout.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/perforate/SinkPerforation.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace nnc {
#define GEN_PASS_DEF_SINKMOVEMENTS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

RankedTensorType withShape(Type like, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, cast<RankedTensorType>(like).getElementType());
}

bool isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

/// Whether moving this value costs nothing when the program runs: it is known, or it is small and
/// repeated.
bool isFreeToMove(Value value) {
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    return getConstant(broadcast.getInput()) != nullptr;
  return getConstant(value) != nullptr;
}

/// Whether a transpose by `permutation` leaves the order of elements as it is: only dimensions of
/// one element change places.
bool keepsOrder(ArrayRef<int64_t> shape, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> moved;
  for (int64_t dimension : permutation)
    if (shape[dimension] != 1)
      moved.push_back(dimension);
  return llvm::is_sorted(moved);
}

/// Whether `value` can be had as it was before a transpose by `permutation`, for nothing: also what
/// is repeated along channels, as masks and scores of positions are.
bool isFreeToUndo(Value value, ArrayRef<int64_t> permutation) {
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast || isFreeToMove(value))
    return isFreeToMove(value);
  RankedTensorType small = getTensorType(broadcast.getInput());
  SmallVector<int64_t> shape(permutation.size() - small.getRank(), 1);
  llvm::append_range(shape, small.getShape());
  return keepsOrder(shape, invertPermutationVector(permutation));
}

/// `value` with dimensions in the order they had before a transpose by `permutation`.
Value undoTranspose(PatternRewriter &rewriter, Value value, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse = invertPermutationVector(permutation);
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return rewriter.createOrFold<TransposeOp>(value.getLoc(), value, inverse);
  // A broadcast constant: give it full rank, transpose the small tensor, and repeat that.
  RankedTensorType small = getTensorType(broadcast.getInput()), full = getTensorType(value);
  SmallVector<int64_t> shape(full.getRank() - small.getRank(), 1);
  llvm::append_range(shape, small.getShape());
  Value input = rewriter.createOrFold<ReshapeOp>(value.getLoc(), withShape(small, shape),
                                                 broadcast.getInput());
  input = rewriter.createOrFold<TransposeOp>(value.getLoc(), input, inverse);
  return rewriter.createOrFold<BroadcastOp>(
      value.getLoc(), withShape(full, applyPermutation(full.getShape(), inverse)), input);
}

/// The same operation on other operands, of another shape.
Value cloneWith(PatternRewriter &rewriter, Operation *op, ValueRange operands,
                ArrayRef<int64_t> shape) {
  Type type = withShape(op->getResult(0).getType(), shape);
  return cloneWithoutRegions(rewriter, op, type, operands)->getResult(0);
}

/// f(transpose(x), ...) = transpose(f(x, ...)) for element-wise f, where every other operand is
/// transposed alike or free to move.
struct SinkTransposeBelowElementwise : RewritePattern {
  SinkTransposeBelowElementwise(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op) || op->getNumRegions() != 0)
      return failure();
    TransposeOp first;
    // A transposed constant alone moves nothing: its own move makes another one.
    for (Value operand : op->getOperands())
      if (auto transpose = operand.getDefiningOp<TransposeOp>();
          transpose && !isFreeToMove(transpose.getInput()))
        first = first ? first : transpose;
    if (!first)
      return failure();
    ArrayRef<int64_t> permutation = first.getPermutation();
    for (Value operand : op->getOperands()) {
      auto transpose = operand.getDefiningOp<TransposeOp>();
      bool alike = transpose && transpose.getPermutation() == permutation;
      if (!isa<RankedTensorType>(operand.getType()) ||
          (!alike && !isFreeToUndo(operand, permutation)))
        return failure();
    }
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto transpose = operand.getDefiningOp<TransposeOp>();
      operands.push_back(transpose ? transpose.getInput()
                                   : undoTranspose(rewriter, operand, permutation));
    }
    Value result = cloneWith(rewriter, op, operands, getTensorType(operands.front()).getShape());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, result, permutation);
    return success();
  }
};

/// `broadcast` to a shape with other leading dimensions, if its input varies only along the last
/// dimension, or along all others.
Value rebroadcast(PatternRewriter &rewriter, Value value, ArrayRef<int64_t> shape) {
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast || getTensorType(value).getShape().back() != shape.back())
    return {};
  RankedTensorType small = getTensorType(broadcast.getInput());
  if (small.getRank() == 0)
    return rewriter.createOrFold<BroadcastOp>(value.getLoc(), withShape(small, shape),
                                              broadcast.getInput());
  ArrayRef<int64_t> leading = getTensorType(value).getShape().drop_back();
  if (small.getShape().back() == 1 && small.getShape().drop_back() == leading) {
    SmallVector<int64_t> column(shape.drop_back());
    column.push_back(1);
    Value rows = rewriter.createOrFold<ReshapeOp>(value.getLoc(), withShape(small, column),
                                                  broadcast.getInput());
    return rewriter.createOrFold<BroadcastOp>(value.getLoc(), withShape(small, shape), rows);
  }
  if (small.getNumElements() != small.getShape().back())
    return {};
  Value row = rewriter.createOrFold<ReshapeOp>(
      value.getLoc(), withShape(small, {small.getNumElements()}), broadcast.getInput());
  return rewriter.createOrFold<BroadcastOp>(value.getLoc(), withShape(small, shape), row);
}

/// f(reshape(x), ...) = reshape(f(x, ...)) for element-wise f: reshapes of other operands cost
/// nothing. Only reshapes that keep the last dimension are moved, so that channels stay the inner
/// loop, and the others (flattening) stay where they are.
struct SinkReshapeBelowElementwise : RewritePattern {
  SinkReshapeBelowElementwise(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op) || op->getNumRegions() != 0)
      return failure();
    ReshapeOp first;
    for (Value operand : op->getOperands())
      if (auto reshape = operand.getDefiningOp<ReshapeOp>(); reshape && isRowReshape(reshape))
        first = first ? first : reshape;
    if (!first)
      return failure();
    ArrayRef<int64_t> shape = getTensorType(first.getInput()).getShape();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!isa<RankedTensorType>(operand.getType()))
        return failure();
      Value moved = rebroadcast(rewriter, operand, shape);
      operands.push_back(moved
                             ? moved
                             : rewriter.createOrFold<ReshapeOp>(
                                   operand.getLoc(), withShape(operand.getType(), shape), operand));
    }
    Value result = cloneWith(rewriter, op, operands, shape);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op->getResult(0).getType(), result);
    return success();
  }

  /// Only the rows (all dimensions but the last) of a layer's result are regrouped.
  static bool isRowReshape(ReshapeOp reshape) {
    RankedTensorType from = getTensorType(reshape.getInput()), to = getTensorType(reshape);
    return reshape.getInput().getDefiningOp() && from.getRank() == 2 && to.getRank() > 2 &&
           from.getShape().back() == to.getShape().back();
  }
};

/// concat(transpose(x), transpose(y)) = transpose(concat(x, y)).
struct SinkTransposeBelowConcat : OpRewritePattern<tensor::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ConcatOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInputs().front().getDefiningOp<TransposeOp>();
    if (!first)
      return failure();
    ArrayRef<int64_t> permutation = first.getPermutation();
    SmallVector<Value> inputs;
    for (Value input : op.getInputs()) {
      auto transpose = input.getDefiningOp<TransposeOp>();
      if (!transpose || transpose.getPermutation() != permutation)
        return failure();
      inputs.push_back(transpose.getInput());
    }
    Value joined =
        tensor::ConcatOp::create(rewriter, op.getLoc(), permutation[op.getDim()], inputs);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, joined, permutation);
    return success();
  }
};

/// slice(transpose(x)) = transpose(slice(x)), for slices that keep the rank.
struct SinkTransposeBelowSlice : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getSource().getDefiningOp<TransposeOp>();
    if (!transpose || op.getDroppedDims().any() || !op.getOffsets().empty())
      return failure();
    SmallVector<int64_t> inverse = invertPermutationVector(transpose.getPermutation());
    auto move = [&](SmallVector<OpFoldResult> numbers) {
      return applyPermutation(numbers, inverse);
    };
    Value slice = tensor::ExtractSliceOp::create(
        rewriter, op.getLoc(), transpose.getInput(), move(op.getMixedOffsets()),
        move(op.getMixedSizes()), move(op.getMixedStrides()));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, slice, transpose.getPermutation());
    return success();
  }
};

/// gather(transpose(x)) = transpose(gather(x)), for one row of indices.
struct SinkTransposeBelowGather : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    if (!transpose || getTensorType(op.getIndices()).getRank() != 1)
      return failure();
    int64_t axis = transpose.getPermutation()[op.getAxis()];
    Value picked =
        GatherOp::create(rewriter, op.getLoc(), transpose.getInput(), op.getIndices(), axis);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, picked, transpose.getPermutation());
    return success();
  }
};

/// pad(transpose(x)) = transpose(pad(x)), for constant padding.
struct SinkTransposeBelowPad : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::PadOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getSource().getDefiningOp<TransposeOp>();
    Value padding = op.getConstantPaddingValue();
    if (!transpose || !padding)
      return failure();
    SmallVector<int64_t> inverse = invertPermutationVector(transpose.getPermutation());
    RankedTensorType type = op.getResultType();
    Value padded = tensor::PadOp::create(
        rewriter, op.getLoc(), withShape(type, applyPermutation(type.getShape(), inverse)),
        transpose.getInput(), applyPermutation(op.getMixedLowPad(), inverse),
        applyPermutation(op.getMixedHighPad(), inverse), padding);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, padded, transpose.getPermutation());
    return success();
  }
};

/// reduce(transpose(x)) = transpose'(reduce(x)).
struct SinkTransposeBelowReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    if (!transpose)
      return failure();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<int64_t> axes, kept;
    for (auto [axis, source] : llvm::enumerate(permutation)) {
      bool reduced = llvm::is_contained(op.getAxes(), static_cast<int64_t>(axis));
      (reduced ? axes : kept).push_back(source);
    }
    llvm::sort(axes);
    Value reduced =
        ReduceOp::create(rewriter, op.getLoc(), op.getKind(), transpose.getInput(), axes);
    // Dimensions that remain, renumbered without the reduced ones.
    SmallVector<int64_t> rest(kept.size());
    for (size_t i = 0; i < kept.size(); ++i)
      rest[i] = llvm::count_if(kept, [&](int64_t other) { return other < kept[i]; });
    rewriter.replaceOpWithNewOp<TransposeOp>(op, reduced, rest);
    return success();
  }
};

/// softmax(transpose(x)) = transpose(softmax(x)).
struct SinkTransposeBelowSoftmax : OpRewritePattern<SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SoftmaxOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    if (!transpose)
      return failure();
    Value input = transpose.getInput();
    int64_t axis = transpose.getPermutation()[op.getAxis()];
    Value softmax = SoftmaxOp::create(rewriter, op.getLoc(), input.getType(), input, axis);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, softmax, transpose.getPermutation());
    return success();
  }
};

/// For each input dimension, the output dimensions it is split into, if a reshape does nothing
/// else.
std::optional<SmallVector<SmallVector<int64_t>>> getSplits(ReshapeOp op) {
  ArrayRef<int64_t> from = getTensorType(op.getInput()).getShape(),
                    to = getTensorType(op).getShape();
  SmallVector<SmallVector<int64_t>> groups;
  size_t next = 0;
  for (int64_t extent : from) {
    SmallVector<int64_t> group;
    int64_t product = 1;
    while (next < to.size() && (group.empty() || product < extent)) {
      product *= to[next];
      group.push_back(next++);
    }
    if (product != extent)
      return std::nullopt;
    groups.push_back(group);
  }
  while (next < to.size() && to[next] == 1 && !groups.empty())
    groups.back().push_back(next++);
  return next == to.size() ? std::optional(groups) : std::nullopt;
}

/// A reshape that splits dimensions commutes with a transpose: reshape(transpose(x)) =
/// transpose'(reshape'(x)).
struct SinkTransposeBelowSplit : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    auto groups = transpose ? getSplits(op) : std::nullopt;
    if (!groups)
      return failure();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<int64_t> inverse = invertPermutationVector(permutation), shape;
    SmallVector<int64_t> moved(getTensorType(op).getRank());
    for (int64_t position : inverse)
      for (int64_t axis : (*groups)[position]) {
        moved[axis] = shape.size();
        shape.push_back(getTensorType(op).getDimSize(axis));
      }
    Value split = ReshapeOp::create(rewriter, op.getLoc(), withShape(op.getType(), shape),
                                    transpose.getInput());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), split, moved);
    return success();
  }
};

/// A reshape that merges dimensions which a transpose keeps together and in order commutes with it
/// as well.
struct SinkTransposeBelowMerge : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    if (!transpose)
      return failure();
    auto groups = getReassociationIndicesForCollapse(getTensorType(op.getInput()).getShape(),
                                                     getTensorType(op).getShape());
    if (!groups)
      return failure();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<std::pair<int64_t, int64_t>> order; // first source dimension, group
    for (auto [index, group] : llvm::enumerate(*groups)) {
      for (size_t i = 1; i < group.size(); ++i)
        if (permutation[group[i]] != permutation[group[i - 1]] + 1)
          return failure();
      order.emplace_back(permutation[group.front()], index);
    }
    llvm::sort(order);
    SmallVector<int64_t> shape, moved(order.size());
    for (auto [position, entry] : llvm::enumerate(order)) {
      shape.push_back(getTensorType(op).getDimSize(entry.second));
      moved[entry.second] = position;
    }
    Value merged = ReshapeOp::create(rewriter, op.getLoc(), withShape(op.getType(), shape),
                                     transpose.getInput());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), merged, moved);
    return success();
  }
};

/// Two transposes with a reshape between them that merges dimensions are one: the second moves the
/// dimensions before they are merged. A channel shuffle of an NCHW model is such a pair.
struct JoinTransposesAroundMerge : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto merge = op.getInput().getDefiningOp<ReshapeOp>();
    auto first = merge ? merge.getInput().getDefiningOp<TransposeOp>() : TransposeOp();
    if (!first)
      return failure();
    RankedTensorType type = getTensorType(first);
    auto groups =
        getReassociationIndicesForCollapse(type.getShape(), getTensorType(merge).getShape());
    if (!groups)
      return failure();
    SmallVector<int64_t> moved, shape;
    for (int64_t position : op.getPermutation())
      for (int64_t axis : (*groups)[position]) {
        moved.push_back(first.getPermutation()[axis]);
        shape.push_back(type.getDimSize(axis));
      }
    Value transposed =
        TransposeOp::create(rewriter, op.getLoc(), withShape(type, shape), first.getInput(), moved);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), transposed);
    return success();
  }
};

/// The same without dimensions of extent 1, which may have been anywhere.
struct JoinTransposesOfRows : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto merge = op.getInput().getDefiningOp<ReshapeOp>();
    auto first = merge ? merge.getInput().getDefiningOp<TransposeOp>() : TransposeOp();
    if (!first)
      return failure();
    SmallVector<int64_t> shape = squeeze(getTensorType(first.getInput()).getShape()),
                         firstOrder = squeezeOrder(first), order = squeezeOrder(op);
    SmallVector<int64_t> between = applyPermutation(shape, firstOrder);
    auto groups =
        getReassociationIndicesForCollapse(between, squeeze(getTensorType(merge).getShape()));
    if (!groups || groups->size() == between.size())
      return failure();
    SmallVector<int64_t> moved;
    for (int64_t position : order)
      for (int64_t axis : (*groups)[position])
        moved.push_back(firstOrder[axis]);
    Value rows = rewriter.createOrFold<ReshapeOp>(op.getLoc(), withShape(op.getType(), shape),
                                                  first.getInput());
    rows = rewriter.createOrFold<TransposeOp>(op.getLoc(), rows, moved);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), rows);
    return success();
  }

  static SmallVector<int64_t> squeeze(ArrayRef<int64_t> shape) {
    auto isLong = [](int64_t extent) { return extent != 1; };
    return llvm::to_vector(llvm::make_filter_range(shape, isLong));
  }

  /// The permutation among dimensions of other extents than 1.
  static SmallVector<int64_t> squeezeOrder(TransposeOp op) {
    ArrayRef<int64_t> shape = getTensorType(op.getInput()).getShape();
    SmallVector<int64_t> order;
    for (int64_t axis : op.getPermutation())
      if (shape[axis] != 1)
        order.push_back(llvm::count_if(shape.take_front(axis), [](int64_t n) { return n != 1; }));
    return order;
  }
};

struct SinkMovements : nnc::impl::SinkMovementsBase<SinkMovements> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns
        .add<SinkTransposeBelowElementwise, SinkReshapeBelowElementwise, SinkTransposeBelowConcat,
             SinkTransposeBelowSlice, SinkTransposeBelowGather, SinkTransposeBelowPad,
             SinkTransposeBelowReduce, SinkTransposeBelowSoftmax, SinkTransposeBelowSplit,
             SinkTransposeBelowMerge, JoinTransposesAroundMerge, JoinTransposesOfRows>(context);
    populateSinkPerforation(patterns);
    TransposeOp::getCanonicalizationPatterns(patterns, context);
    ReshapeOp::getCanonicalizationPatterns(patterns, context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
