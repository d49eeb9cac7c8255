// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types, constraints and folds of perforation; the labels are those of Perforation.td.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

/// The numbers of a table, or std::nullopt where it is no constant.
std::optional<SmallVector<int64_t>> readTable(Value table) {
  ElementsAttr constant = getConstant(table);
  return constant ? getIntegers(constant) : std::nullopt;
}

/// Numbers of a table that is a constant are at least 0 and below `end`.
LogicalResult checkTable(std::optional<Location> location, StringRef name, Value table,
                         int64_t end) {
  std::optional<SmallVector<int64_t>> numbers = readTable(table);
  if (numbers)
    for (int64_t number : *numbers)
      if (number < 0 || number >= end)
        return reject(location, "(C1) ", name, " has a ", number,
                      ", but its numbers must be between 0 and ", end - 1);
  return success();
}

LogicalResult checkTaps(std::optional<Location> location, Value taps, int64_t count,
                        int64_t pixels) {
  ArrayRef<int64_t> shape = getShape(taps);
  if (shape.size() != 2 || (count != 0 && shape[1] != count))
    return reject(location, "(C1) taps are ", taps.getType(), ", but must be a matrix",
                  count != 0 ? " with a column for each of " + std::to_string(count) + " taps"
                             : "");
  return checkTable(location, "taps", taps, pixels);
}

Type getListType(Value input, Value taps, int64_t channels) {
  return getTensorType(input).clone({getShape(input)[0], getShape(taps)[0], channels});
}

} // namespace

//===--- perforate --------------------------------------------------------------------------===//

LogicalResult PerforateOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> image = getShape(adaptor.getInput()).slice(1, 2);
  if (getShape(adaptor.getFill()) != image)
    return reject(location, "(C1) fill is ", adaptor.getFill().getType(), ", but must be ",
                  image[0], " x ", image[1], " numbers");
  if (failed(checkTable(location, "fill", adaptor.getFill(), image[0] * image[1])))
    return failure();
  if (std::optional<SmallVector<int64_t>> fill = readTable(adaptor.getFill()))
    for (int64_t kept : *fill)
      if ((*fill)[kept] != kept)
        return reject(location, "(C2) position ", kept,
                      " is copied to another, but is itself a copy of ", (*fill)[kept]);
  types.push_back(adaptor.getInput().getType());
  return success();
}

OpFoldResult PerforateOp::fold(FoldAdaptor) {
  std::optional<SmallVector<int64_t>> fill = readTable(getFill());
  bool isWhole = fill && llvm::equal(*fill, llvm::seq<int64_t>(0, fill->size()));
  return isWhole ? getInput() : Value();
}

namespace {

/// What is perforated twice alike was so after the first time.
struct MergePerforations : OpRewritePattern<PerforateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PerforateOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<PerforateOp>();
    if (!first || !readTable(op.getFill()) || readTable(first.getFill()) != readTable(op.getFill()))
      return failure();
    rewriter.replaceOp(op, first);
    return success();
  }
};

} // namespace

void PerforateOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergePerforations>(context);
}

//===--- layers on lists of pixels ----------------------------------------------------------===//

LogicalResult PerforatedConv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> input = getShape(adaptor.getInput()), filter = getShape(adaptor.getFilter());
  if (failed(checkTaps(location, adaptor.getTaps(), filter[0] * filter[1],
                       input[1] + (adaptor.getZeroRow() ? 1 : 0))))
    return failure();
  bool fits =
      adaptor.getDepthwise() ? filter[2] == 1 && filter[3] == input[2] : filter[2] == input[2];
  if (!fits)
    return reject(location, "(C2) the filter is ", adaptor.getFilter().getType(),
                  ", but the input has ", input[2], " channels");
  if (adaptor.getBias() && getShape(adaptor.getBias())[0] != filter[3])
    return reject(location, "(C3) bias has ", getShape(adaptor.getBias())[0],
                  " elements, but there are ", filter[3], " output channels");
  types.push_back(getListType(adaptor.getInput(), adaptor.getTaps(), filter[3]));
  return success();
}

LogicalResult PerforatedMaxPool2dOp::inferReturnTypes(MLIRContext *,
                                                      std::optional<Location> location,
                                                      Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> input = getShape(adaptor.getInput());
  if (failed(checkTaps(location, adaptor.getTaps(), 0, input[1])))
    return failure();
  types.push_back(getListType(adaptor.getInput(), adaptor.getTaps(), input[2]));
  return success();
}

LogicalResult PerforatedAvgPool2dOp::inferReturnTypes(MLIRContext *,
                                                      std::optional<Location> location,
                                                      Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> input = getShape(adaptor.getInput());
  if (failed(checkTaps(location, adaptor.getTaps(), getShape(adaptor.getWeights())[1], input[1])))
    return failure();
  if (getShape(adaptor.getWeights()) != getShape(adaptor.getTaps()))
    return reject(location, "(C1) weights are ", adaptor.getWeights().getType(), ", but taps are ",
                  adaptor.getTaps().getType());
  types.push_back(getListType(adaptor.getInput(), adaptor.getTaps(), input[2]));
  return success();
}
