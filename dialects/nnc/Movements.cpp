// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types, constraints, folds and canonical forms of the movements of data.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// A splat keeps its value under every movement; other constants are folded by running their
/// meaning.
OpFoldResult foldSplat(Attribute input, Type resultType) {
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(input))
    return splat.resizeSplat(cast<ShapedType>(resultType));
  return {};
}

} // namespace

//===--- transpose --------------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  RankedTensorType input = getTensorType(adaptor.getInput());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (static_cast<int64_t>(permutation.size()) != input.getRank() ||
      !isPermutationVector(permutation))
    return reject(location, "(C1) [", permutation, "] is not a permutation of ", input.getRank(),
                  " dimensions");
  types.push_back(RankedTensorType::get(applyPermutation(input.getShape(), permutation),
                                        input.getElementType()));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (isIdentityPermutation(getPermutation()))
    return getInput();
  return foldSplat(adaptor.getInput(), getType());
}

namespace {

/// transpose(transpose(x)) is one transpose.
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<TransposeOp>();
    if (!first)
      return failure();
    SmallVector<int64_t> merged = applyPermutation(first.getPermutation(), op.getPermutation());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), first.getInput(), merged);
    return success();
  }
};

/// A transpose that only moves dimensions of extent 1 keeps the order of elements: it is a reshape.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    SmallVector<int64_t> moved;
    for (int64_t axis : op.getPermutation())
      if (getTensorType(op.getInput()).getDimSize(axis) != 1)
        moved.push_back(axis);
    if (!llvm::is_sorted(moved))
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

/// reshape(reshape(x)) is one reshape.
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<ReshapeOp>();
    if (!first)
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), first.getInput());
    return success();
  }
};

} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeTransposes, TransposeToReshape>(context);
}

//===--- reshape ----------------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = getTensorType(getInput()), output = getTensorType(getOutput());
  if (input.getNumElements() != output.getNumElements())
    return emitOpError("(C1) input has ")
           << input.getNumElements() << " elements, but output has " << output.getNumElements();
  if (input.getElementType() != output.getElementType())
    return emitOpError("(C1) element types are ")
           << input.getElementType() << " and " << output.getElementType();
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(adaptor.getInput()))
    return dense.reshape(cast<ShapedType>(getType()));
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(adaptor.getInput()))
    return DenseResourceElementsAttr::get(cast<ShapedType>(getType()), resource.getRawHandle());
  return {};
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

//===--- broadcast --------------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  RankedTensorType input = getTensorType(getInput()), output = getTensorType(getOutput());
  int64_t added = output.getRank() - input.getRank();
  if (added < 0)
    return emitOpError("(C1) input has rank ")
           << input.getRank() << ", but output only " << output.getRank();
  for (auto [axis, extent] : llvm::enumerate(input.getShape()))
    if (extent != 1 && extent != output.getDimSize(added + axis))
      return emitOpError("(C2) input dimension ")
             << axis << " is " << extent << ", but the output has "
             << output.getDimSize(added + axis);
  if (input.getElementType() != output.getElementType())
    return emitOpError("(C3) element types are ")
           << input.getElementType() << " and " << output.getElementType();
  return success();
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return foldSplat(adaptor.getInput(), getType());
}

//===--- gather -----------------------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  RankedTensorType input = getTensorType(adaptor.getInput());
  RankedTensorType indices = getTensorType(adaptor.getIndices());
  int64_t axis = adaptor.getAxis();
  if (axis < 0 || axis >= input.getRank())
    return reject(location, "(C1) axis is ", axis, ", but the rank is ", input.getRank());
  SmallVector<int64_t> shape(input.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, input.getShape().drop_front(axis + 1));
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}
