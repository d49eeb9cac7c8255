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

bool isInteger(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType().isInteger();
}

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool allAtLeast(ArrayRef<int64_t> values, size_t count, int64_t least) {
  return values.size() == count && llvm::all_of(values, [&](int64_t v) { return v >= least; });
}

/// The label's constraint on lists between neighbouring `starts`.
LogicalResult checkLists(std::optional<Location> location, StringRef label, Value starts,
                         int64_t longest, int64_t entries) {
  if (!isInteger(starts))
    return reject(location, label, " starts holds ", getElementTypeOrSelf(starts),
                  ", but must hold integers");
  if (longest < 1)
    return reject(location, label, " longest is ", longest, ", but must be at least 1");
  if (getShape(starts)[0] < 2)
    return reject(location, label, " starts has ", getShape(starts)[0],
                  " elements, but must have at least 2");
  ElementsAttr constant = getConstant(starts);
  std::optional<SmallVector<int64_t>> known =
      constant ? getIntegers(constant) : std::optional<SmallVector<int64_t>>();
  if (!known)
    return success();
  for (auto [start, end] : llvm::zip(ArrayRef(*known).drop_back(), ArrayRef(*known).drop_front()))
    if (start < 0 || end < start || end > entries || end - start > longest)
      return reject(location, label, " starts has a list from ", start, " to ", end,
                    ", but lists have at most ", longest, " of ", entries, " entries");
  return success();
}

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
  auto type = RankedTensorType::get({static_cast<int64_t>(scales.size())}, builder.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(scales.data()),
                       scales.size() * sizeof(float));
  return arith::ConstantOp::create(builder, getLoc(), makeConstant(type, bytes, "scales"));
}

void LognormalNoiseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                   MLIRContext *context) {
  patterns.add<FoldLognormalNoise>(context);
}

LogicalResult SparseLinearOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  Value values = adaptor.getValues(), columns = adaptor.getColumns();
  if (getShape(values)[0] != getShape(columns)[0] ||
      (getShape(columns)[1] != 1 && getShape(columns)[1] != getShape(values)[1]))
    return reject(location, "(C1) values are ", values.getType(), ", but columns are ",
                  columns.getType());
  if (!isInteger(columns) || !isInteger(adaptor.getPositions()))
    return reject(location, "(C1) columns and positions must hold integers");
  if (failed(checkLists(location, "(C2)", adaptor.getStarts(),
                        static_cast<int64_t>(adaptor.getLongest()), getShape(values)[0])))
    return failure();
  int64_t outputs = getShape(adaptor.getPositions())[0];
  if (adaptor.getBias() && getShape(adaptor.getBias())[0] != outputs)
    return reject(location, "(C3) bias has ", getShape(adaptor.getBias())[0],
                  " elements, but there are ", outputs, " positions");
  types.push_back(input.clone({input.getDimSize(0), outputs}));
  return success();
}

LogicalResult UnrolledLinearOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int32_t> columns = adaptor.getColumns(), starts = adaptor.getStarts();
  if (!input.getElementType().isF32())
    return reject(location, "(C1) the input has elements of ", input.getElementType(),
                  ", but they must be f32");
  if (adaptor.getValues().size() != columns.size())
    return reject(location, "(C2) there are ", adaptor.getValues().size(), " values, but ",
                  columns.size(), " columns");
  for (int32_t column : columns)
    if (column < 0 || column >= input.getDimSize(1))
      return reject(location, "(C2) a column is ", column, ", but there are ", input.getDimSize(1),
                    " inputs");
  if (starts.size() < 2 || starts.front() != 0 || !llvm::is_sorted(starts) ||
      starts.back() != static_cast<int64_t>(columns.size()))
    return reject(location, "(C3) starts are [", starts, "], but must rise from 0 to ",
                  columns.size(), ", the number of values");
  auto outputs = static_cast<int64_t>(starts.size()) - 1;
  if (adaptor.getBias() && getShape(adaptor.getBias())[0] != outputs)
    return reject(location, "(C4) bias has ", getShape(adaptor.getBias())[0],
                  " elements, but there are ", outputs, " outputs");
  types.push_back(input.clone({input.getDimSize(0), outputs}));
  return success();
}

LogicalResult PhasePlanesOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> strides = adaptor.getStrides(), extents = adaptor.getExtents();
  if (!allAtLeast(strides, 2, 1) || !allAtLeast(extents, 2, 1) ||
      !allAtLeast(adaptor.getLow(), 2, 0))
    return reject(location, "(C1) strides [", strides, "] and extents [", extents,
                  "] must each be two numbers of at least 1, low [", adaptor.getLow(),
                  "] two of at least 0");
  types.push_back(input.clone(
      {input.getDimSize(0), input.getDimSize(1), strides[0], strides[1], extents[0], extents[1]}));
  return success();
}

/// (C5), where offsets are known.
static LogicalResult checkOffsets(std::optional<Location> location,
                                  SparseConv2dOp::Adaptor adaptor) {
  ElementsAttr constant = getConstant(adaptor.getOffsets());
  std::optional<SmallVector<int64_t>> offsets =
      constant ? getIntegers(constant) : std::optional<SmallVector<int64_t>>();
  if (!offsets)
    return success();
  int64_t positions = SparseConv2dOp::countPositions(adaptor.getExtents()[0],
                                                     static_cast<int64_t>(adaptor.getPitch()));
  int64_t elements = getShape(adaptor.getPlanes())[1];
  for (int64_t offset : *offsets)
    if (offset < 0 || offset + positions > elements)
      return reject(location, "(C5) an offset is ", offset, ", but with ", positions,
                    " positions behind it must lie in planes of ", elements, " elements");
  return success();
}

LogicalResult SparseConv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto planes = cast<RankedTensorType>(adaptor.getPlanes().getType());
  ArrayRef<int64_t> extents = adaptor.getExtents();
  auto pitch = static_cast<int64_t>(adaptor.getPitch());
  if (!allAtLeast(extents, 2, 1) || pitch < extents[1])
    return reject(location, "(C1) extents [", extents,
                  "] must be two numbers of at least 1, and pitch ", pitch,
                  " at least the second of them");
  int64_t entries = getShape(adaptor.getValues())[0];
  if (getShape(adaptor.getOffsets())[0] != entries || !isInteger(adaptor.getOffsets()))
    return reject(location, "(C2) offsets are ", adaptor.getOffsets().getType(), ", but there are ",
                  entries, " values and offsets must be integers");
  if (failed(checkLists(location, "(C3)", adaptor.getStarts(),
                        static_cast<int64_t>(adaptor.getLongest()), entries)))
    return failure();
  int64_t lists = getShape(adaptor.getStarts())[0] - 1;
  auto blocks = static_cast<int64_t>(adaptor.getBlocks());
  if (blocks < 1 || lists % blocks != 0)
    return reject(location, "(C3) there are ", lists, " lists, which ", blocks,
                  " blocks cannot share");
  int64_t outputs = lists / blocks;
  if (adaptor.getBias() && getShape(adaptor.getBias())[0] != outputs)
    return reject(location, "(C4) bias has ", getShape(adaptor.getBias())[0],
                  " elements, but there are ", outputs, " output channels");
  if (failed(checkOffsets(location, adaptor)))
    return failure();
  types.push_back(planes.clone({planes.getDimSize(0), outputs, extents[0], extents[1]}));
  return success();
}
