// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Posteriors and lists of non-zeros as linalg. A list's loop is as long as the longest one; beyond
// the end of its own list a sum stays as it is, and kernels leave the loop there.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace nnc;

namespace {

constexpr double kClip = 8;    // log alpha stays within -8 and 8
constexpr double kTiny = 1e-8; // so that the logarithm of a mean of zero is finite

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

} // namespace

SmallVector<Value> VariationalDropoutOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  Type element = type.getElementType();
  SmallVector<AffineExpr> indices = b.loopRange(0, type.getRank());
  return {b.generic(
      type.getShape(), element, {{getMean(), indices}, {getLogSigma2(), indices}},
      [&](MeaningBuilder &inner, ValueRange elements) -> Value {
        Value square =
            inner.add(inner.multiply(elements[0], elements[0]), inner.scalar(element, kTiny));
        Value logAlpha = inner.subtract(elements[1], math::LogOp::create(inner, square));
        logAlpha = inner.maximum(inner.scalar(element, -kClip),
                                 inner.minimum(inner.scalar(element, kClip), logAlpha));
        Value isKept =
            arith::CmpFOp::create(inner, arith::CmpFPredicate::OLT, logAlpha,
                                  inner.scalar(element, getThreshold().convertToDouble()));
        return arith::SelectOp::create(inner, isKept, elements[0], inner.scalar(element, 0));
      })};
}

SmallVector<Value> LognormalNoiseOp::buildMeaning(OpBuilder &builder) {
  Value scales = createScales(builder);
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  SmallVector<AffineExpr> indices = b.loopRange(0, type.getRank());
  return {b.generic(type.getShape(), type.getElementType(),
                    {{getInput(), indices}, {scales, {indices.back()}}},
                    [](MeaningBuilder &inner, ValueRange elements) {
                      return inner.multiply(elements[0], elements[1]);
                    })};
}

int64_t LognormalNoiseOp::getFlops() { return getOutput().getType().getNumElements(); }

SmallVector<Value> SparseLinearOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  SparseLists lists{getValues(), getColumns(), getStarts(), static_cast<int64_t>(getLongest())};
  Value sums = lists.buildSums(b, getInput().getType().getDimSize(0),
                               [&](MeaningBuilder &inner, Value row, Value column) {
                                 return lookUp(inner, getInput(), {row, column});
                               });
  SmallVector<Access> inputs{{getPositions(), {b.loop(1)}}};
  if (getBias())
    inputs.push_back({getBias(), {b.loop(1)}});
  return {b.generic(getShape(getOutput()), getInput().getType().getElementType(), inputs,
                    [&](MeaningBuilder &inner, ValueRange elements) -> Value {
                      Value sum = lists.lookUpSum(inner, sums, linalg::IndexOp::create(inner, 0),
                                                  elements[0]);
                      return getBias() ? inner.add(sum, elements[1]) : sum;
                    })};
}

int64_t SparseLinearOp::getFlops() {
  return 2 * getInput().getType().getDimSize(0) * getValues().getType().getNumElements();
}

StringRef SparseLinearOp::getKernelClass() { return "sparse_linear"; }

/// The sum of products of output `n` for a row.
static Value buildUnrolledSum(MeaningBuilder &b, UnrolledLinearOp op, Value row, size_t n) {
  Type element = op.getInput().getType().getElementType();
  Value sum;
  for (int32_t i = op.getStarts()[n]; i < op.getStarts()[n + 1]; ++i) {
    Value product = b.multiply(lookUp(b, op.getInput(), {row, b.index(op.getColumns()[i])}),
                               b.scalar(element, op.getValues()[i]));
    sum = sum ? b.add(sum, product) : product;
  }
  return sum ? sum : b.scalar(element, 0);
}

SmallVector<Value> UnrolledLinearOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getInput().getType().getElementType();
  SmallVector<Access> inputs;
  if (getBias())
    inputs.push_back({getBias(), {b.loop(1)}});
  size_t last = getStarts().size() - 2;
  return {b.generic(
      getShape(getOutput()), element, inputs,
      [&](MeaningBuilder &inner, ValueRange elements) -> Value {
        Value row = linalg::IndexOp::create(inner, 0), output = linalg::IndexOp::create(inner, 1);
        auto outputs = llvm::to_vector(llvm::seq<int64_t>(0, static_cast<int64_t>(last)));
        auto choice = scf::IndexSwitchOp::create(inner, element, output, outputs, outputs.size());
        for (auto [n, region] : llvm::enumerate(choice->getRegions())) {
          // The first region is the one for what is not in `outputs`: the last output.
          OpBuilder::InsertionGuard guard(inner);
          inner.setInsertionPointToStart(&region.emplaceBlock());
          scf::YieldOp::create(inner, buildUnrolledSum(inner, *this, row, n == 0 ? last : n - 1));
        }
        return getBias() ? inner.add(choice.getResult(0), elements[0]) : choice.getResult(0);
      })};
}

int64_t UnrolledLinearOp::getFlops() {
  return 2 * getInput().getType().getDimSize(0) * static_cast<int64_t>(getValues().size());
}

StringRef UnrolledLinearOp::getKernelClass() { return "unrolled_linear"; }

SmallVector<Value> PhasePlanesOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  ArrayRef<int64_t> shape = getShape(getInput()), strides = getStrides(), low = getLow();
  SmallVector<int64_t> high;
  for (int axis : {0, 1})
    high.push_back(
        std::max<int64_t>(0, getExtents()[axis] * strides[axis] - low[axis] - shape[axis + 2]));
  Type element = getInput().getType().getElementType();
  Value padded =
      b.pad(getInput(), {0, 0, low[0], low[1]}, {0, 0, high[0], high[1]}, b.scalar(element, 0));
  return {b.generic(Loops{{"n", "c", "i", "j", "y", "x"}},
                    {{padded,
                      {b.loop(0), b.loop(1), b.loop(4) * strides[0] + b.loop(2),
                       b.loop(5) * strides[1] + b.loop(3)}}},
                    {b.empty(getShape(getOutput()), element), b.loopRange(0, 6)},
                    [](MeaningBuilder &, ValueRange elements) { return elements[0]; })};
}

StringRef PhasePlanesOp::getKernelClass() { return "phase_planes"; }

bool PhasePlanesOp::padsInput() { return getLow()[0] != 0 || getLow()[1] != 0; }

/// N x B x K x positions (loops n, b, k, q, and p along a list): the sum of each list.
static Value buildListSums(MeaningBuilder &b, SparseConv2dOp op) {
  Type element = op.getPlanes().getType().getElementType();
  ArrayRef<int64_t> output = getShape(op.getOutput());
  auto blocks = static_cast<int64_t>(op.getBlocks()), channels = output[1];
  int64_t entries = getShape(op.getValues())[0],
          positions =
              SparseConv2dOp::countPositions(output[2], static_cast<int64_t>(op.getPitch()));
  Value window = b.empty({static_cast<int64_t>(op.getLongest())}, element);
  return b.generic(
      Loops{{"n", "b", "k", "q"}}.reducing({"p"}), {{window, {b.loop(4)}}},
      {b.fill({output[0], blocks, channels, positions}, b.scalar(element, 0)), b.loopRange(0, 4)},
      [&](MeaningBuilder &inner, ValueRange elements) -> Value {
        auto index = [&](unsigned loop) { return linalg::IndexOp::create(inner, loop); };
        Value list = arith::AddIOp::create(
            inner, arith::MulIOp::create(inner, index(1), inner.index(channels)), index(2));
        ListEntry entry = getListEntry(inner, op.getStarts(), list, index(4), entries);
        Value shifted =
            arith::AddIOp::create(inner, lookUp(inner, op.getOffsets(), entry.position), index(3));
        Value product = inner.multiply(lookUp(inner, op.getValues(), entry.position),
                                       lookUp(inner, op.getPlanes(), {index(0), shifted}));
        return arith::SelectOp::create(inner, entry.isListed, inner.add(elements.back(), product),
                                       elements.back());
      });
}

SmallVector<Value> SparseConv2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getPlanes().getType().getElementType();
  ArrayRef<int64_t> output = getShape(getOutput());
  auto pitch = static_cast<int64_t>(getPitch());
  Value lists = buildListSums(b, *this);
  AffineExpr position = b.loop(2) * pitch + b.loop(3);
  Access sums{lists, {b.loop(0), getAffineConstantExpr(0, getContext()), b.loop(1), position}};
  if (getBlocks() > 1) {
    Value total =
        b.generic(Loops{{"n", "k", "q"}}.reducing({"b"}),
                  {{lists, {b.loop(0), b.loop(3), b.loop(1), b.loop(2)}}},
                  {b.fill({output[0], output[1], getShape(lists)[3]}, b.scalar(element, 0)),
                   b.loopRange(0, 3)},
                  [](MeaningBuilder &inner, ValueRange elements) {
                    return inner.add(elements[0], elements[1]);
                  });
    sums = {total, {b.loop(0), b.loop(1), position}};
  }
  SmallVector<Access> inputs{sums};
  if (getBias())
    inputs.push_back({getBias(), {b.loop(1)}});
  return {b.generic(output, element, inputs, [&](MeaningBuilder &inner, ValueRange elements) {
    return getBias() ? inner.add(elements[0], elements[1]) : elements[0];
  })};
}

int64_t SparseConv2dOp::getFlops() {
  ArrayRef<int64_t> output = getShape(getOutput());
  return 2 * output[0] * output[2] * output[3] * getShape(getValues())[0];
}

StringRef SparseConv2dOp::getKernelClass() { return "sparse_conv2d"; }
