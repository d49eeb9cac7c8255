// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and meanings of surrogate models; the labels are those of Surrogate.td.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

bool haveSameCoordinates(Value input, Value points) {
  return getShape(input)[1] == getShape(points)[0] &&
         getTensorType(input).getElementType() == getTensorType(points).getElementType();
}

/// |t|^power, as a product where that is exact.
Value raise(MeaningBuilder &b, Value t, double power) {
  if (power == 2)
    return b.multiply(t, t);
  Value size = math::AbsFOp::create(b, t);
  if (power == 1)
    return size;
  if (power == 3)
    return b.multiply(size, b.multiply(t, t));
  return math::PowFOp::create(b, size, b.scalar(t.getType(), power));
}

/// power |t|^(power - 1) sign(t).
Value differentiate(MeaningBuilder &b, Value t, double power) {
  Value factor = b.scalar(t.getType(), power);
  if (power == 2)
    return b.multiply(factor, t);
  if (power == 3)
    return b.multiply(factor, b.multiply(t, math::AbsFOp::create(b, t)));
  Value zero = b.scalar(t.getType(), 0);
  Value size = math::AbsFOp::create(b, t);
  if (power != 1)
    factor = b.multiply(
        factor, math::PowFOp::create(b, size, b.scalar(t.getType(), power - 1)).getResult());
  Value isNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, t, zero);
  Value isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, t, zero);
  Value signedFactor =
      arith::SelectOp::create(b, isNegative, arith::NegFOp::create(b, factor), factor);
  return arith::SelectOp::create(b, isZero, zero, signedFactor);
}

int64_t getDepth(Value leaves) { return llvm::Log2_64(getShape(leaves)[1]); }

bool haveSameElements(Value a, Value b) {
  return getTensorType(a).getElementType() == getTensorType(b).getElementType();
}

/// (C1) of complete trees.
template <typename Adaptor>
LogicalResult checkTrees(Adaptor &adaptor, int64_t mostLevels, std::optional<Location> location) {
  ArrayRef<int64_t> leaves = getShape(adaptor.getLeaves());
  SmallVector<int64_t> nodes{leaves[0], leaves[1] - 1};
  int64_t depth = getDepth(adaptor.getLeaves());
  if (depth < 1 || depth > mostLevels || !llvm::isPowerOf2_64(leaves[1]) ||
      getShape(adaptor.getColumns()) != ArrayRef(nodes) ||
      getShape(adaptor.getThresholds()) != ArrayRef(nodes) ||
      !haveSameElements(adaptor.getLeaves(), adaptor.getInput()) ||
      !haveSameElements(adaptor.getThresholds(), adaptor.getInput()))
    return reject(location, "(C1) leaves are ", adaptor.getLeaves().getType(), ", columns ",
                  adaptor.getColumns().getType(), " and thresholds ",
                  adaptor.getThresholds().getType(),
                  ": T x 2^L and twice T x (2^L - 1) are wanted, L at most ", mostLevels,
                  ", of the input's elements");
  return success();
}

/// An index of a table, in 0 ... extent - 1 whatever the table has.
Value lookUpWithin(MeaningBuilder &b, Value table, ValueRange at, int64_t extent) {
  Value index = lookUp(b, table, at);
  index = arith::MinSIOp::create(b, index, b.index(extent - 1));
  return arith::MaxSIOp::create(b, index, b.index(0));
}

} // namespace

//===--- distances --------------------------------------------------------------------------===//

LogicalResult DistancesOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value input = adaptor.getInput(), points = adaptor.getPoints();
  if (!haveSameCoordinates(input, points))
    return reject(location, "(C1) the input is ", input.getType(), ", but points are ",
                  points.getType(), ": D x N is wanted, of the same elements");
  if (!(adaptor.getPower().convertToDouble() > 0))
    return reject(location, "(C2) power is ", adaptor.getPower().convertToDouble(),
                  ", but must be more than 0");
  types.push_back(getTensorType(input).clone({getShape(input)[0], getShape(points)[1]}));
  return success();
}

SmallVector<Value> DistancesOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  ArrayRef<int64_t> shape = getShape(getOutput());
  Type element = getTensorType(getOutput()).getElementType();
  double power = getPower().convertToDouble();
  Value zeros = b.fill(shape, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"c"}),
                    {{getInput(), {b.loop(0), b.loop(2)}}, {getPoints(), {b.loop(2), b.loop(1)}}},
                    {zeros, {b.loop(0), b.loop(1)}},
                    [&](MeaningBuilder &inner, ValueRange e) -> Value {
                      Value t = inner.subtract(e[0], e[1]);
                      return inner.add(e[2], raise(inner, t, power));
                    })};
}

int64_t DistancesOp::getFlops() {
  return 3 * getShape(getInput())[1] * getTensorType(getOutput()).getNumElements();
}
StringRef DistancesOp::getKernelClass() { return "distances"; }

//===--- distances_gradient -----------------------------------------------------------------===//

LogicalResult DistancesGradientOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                    Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value input = adaptor.getInput(), points = adaptor.getPoints(), weights = adaptor.getWeights();
  auto wanted = getTensorType(input).clone({getShape(input)[0], getShape(points)[1]});
  if (!haveSameCoordinates(input, points) || weights.getType() != wanted)
    return reject(location, "(C1) the input is ", input.getType(), ", points are ",
                  points.getType(), " and weights ", weights.getType(),
                  ": M x D, D x N and M x N are wanted, of the same elements");
  if (!(adaptor.getPower().convertToDouble() >= 1))
    return reject(location, "(C2) power is ", adaptor.getPower().convertToDouble(),
                  ", but must be at least 1");
  types.push_back(input.getType());
  return success();
}

SmallVector<Value> DistancesGradientOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getTensorType(getOutput()).getElementType();
  double power = getPower().convertToDouble();
  Value zeros = b.fill(getShape(getOutput()), b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"c"}),
                    {{getWeights(), {b.loop(0), b.loop(2)}},
                     {getInput(), {b.loop(0), b.loop(1)}},
                     {getPoints(), {b.loop(1), b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}},
                    [&](MeaningBuilder &inner, ValueRange e) -> Value {
                      Value t = inner.subtract(e[1], e[2]);
                      return inner.add(e[3], inner.multiply(e[0], differentiate(inner, t, power)));
                    })};
}

int64_t DistancesGradientOp::getFlops() {
  return 4 * getShape(getInput())[1] * getTensorType(getWeights()).getNumElements();
}
StringRef DistancesGradientOp::getKernelClass() { return "distances_gradient"; }

//===--- trees ------------------------------------------------------------------------------===//

LogicalResult TreesOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                        Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkTrees(adaptor, 16, location)))
    return failure();
  types.push_back(getTensorType(adaptor.getInput()).clone({getShape(adaptor.getInput())[0], 1}));
  return success();
}

SmallVector<Value> TreesOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getTensorType(getOutput()).getElementType();
  int64_t rows = getShape(getInput())[0], count = getShape(getLeaves())[0];
  int64_t depth = getDepth(getLeaves());
  // The leaf of each tree, then their sums.
  Value leaves = b.generic({rows, count}, element, {}, [&](MeaningBuilder &inner, ValueRange) {
    Value row = linalg::IndexOp::create(inner, 0), tree = linalg::IndexOp::create(inner, 1);
    Value node = inner.index(0), two = inner.index(2);
    for (int64_t level = 0; level < depth; ++level) {
      Value column = lookUpWithin(inner, getColumns(), {tree, node}, getShape(getInput())[1]);
      Value value = tensor::ExtractOp::create(inner, getInput(), ValueRange{row, column});
      Value threshold = tensor::ExtractOp::create(inner, getThresholds(), ValueRange{tree, node});
      Value isLeft = arith::CmpFOp::create(inner, arith::CmpFPredicate::OLT, value, threshold);
      Value step = arith::SelectOp::create(inner, isLeft, inner.index(1), two);
      node = arith::AddIOp::create(inner, arith::MulIOp::create(inner, node, two), step);
    }
    Value leaf = arith::SubIOp::create(inner, node, inner.index(getShape(getLeaves())[1] - 1));
    return tensor::ExtractOp::create(inner, getLeaves(), ValueRange{tree, leaf}).getResult();
  });
  Value zeros = b.fill({rows, 1}, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"c"}), {{leaves, {b.loop(0), b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}},
                    [](MeaningBuilder &inner, ValueRange e) { return inner.add(e[1], e[0]); })};
}

int64_t TreesOp::getFlops() {
  return getShape(getInput())[0] * getShape(getLeaves())[0] * (getDepth(getLeaves()) + 1);
}
StringRef TreesOp::getKernelClass() { return "trees"; }

//===--- tree_selects -----------------------------------------------------------------------===//

LogicalResult TreeSelectsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkTrees(adaptor, 8, location)))
    return failure();
  types.push_back(getTensorType(adaptor.getInput()).clone({getShape(adaptor.getInput())[1], 1}));
  return success();
}

SmallVector<Value> TreeSelectsOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  int64_t rows = getShape(getInput())[1], count = getShape(getLeaves())[0];
  int64_t nodes = getShape(getColumns())[1];
  Type element = getTensorType(getOutput()).getElementType();
  auto choose = [&](MeaningBuilder &inner, Value row, Value tree) {
    // From the last node to the first: what is chosen below each.
    SmallVector<Value> chosen(2 * nodes + 1);
    for (int64_t leaf = 0; leaf <= nodes; ++leaf)
      chosen[nodes + leaf] =
          tensor::ExtractOp::create(inner, getLeaves(), ValueRange{tree, inner.index(leaf)});
    for (int64_t node = nodes; node-- > 0;) {
      Value at = inner.index(node);
      Value column = lookUpWithin(inner, getColumns(), {tree, at}, getShape(getInput())[0]);
      Value value = tensor::ExtractOp::create(inner, getInput(), ValueRange{column, row});
      Value threshold = tensor::ExtractOp::create(inner, getThresholds(), ValueRange{tree, at});
      Value isLeft = arith::CmpFOp::create(inner, arith::CmpFPredicate::OLT, value, threshold);
      chosen[node] =
          arith::SelectOp::create(inner, isLeft, chosen[2 * node + 1], chosen[2 * node + 2]);
    }
    return chosen[0];
  };
  Value zeros = b.fill({rows, 1}, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"tree"}), {{b.empty({count}, element), {b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}}, [&](MeaningBuilder &inner, ValueRange e) {
                      Value row = linalg::IndexOp::create(inner, 0),
                            tree = linalg::IndexOp::create(inner, 2);
                      return inner.add(e[1], choose(inner, row, tree));
                    })};
}

int64_t TreeSelectsOp::getFlops() {
  return getShape(getOutput())[0] * 2 * getTensorType(getThresholds()).getNumElements();
}
StringRef TreeSelectsOp::getKernelClass() { return "tree_selects"; }

//===--- tree_walk --------------------------------------------------------------------------===//

LogicalResult TreeWalkOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  int64_t nodes = getShape(adaptor.getValues())[0];
  if (getShape(adaptor.getRoots())[1] != 2 ||
      getShape(adaptor.getNodes()) != ArrayRef<int64_t>({nodes, 2}) ||
      getShape(adaptor.getThresholds()) != ArrayRef(nodes) ||
      !haveSameElements(adaptor.getThresholds(), adaptor.getInput()) ||
      !haveSameElements(adaptor.getValues(), adaptor.getInput()))
    return reject(location, "(C1) roots are ", adaptor.getRoots().getType(), ", nodes ",
                  adaptor.getNodes().getType(), ", thresholds ", adaptor.getThresholds().getType(),
                  " and values ", adaptor.getValues().getType(),
                  ": T x 2, N x 2, N and N x K are wanted, of the input's elements");
  if (adaptor.getDepth() < 1 || adaptor.getDepth() > 100)
    return reject(location, "(C2) depth is ", adaptor.getDepth(), ", but must be from 1 to 100");
  types.push_back(getTensorType(adaptor.getInput())
                      .clone({getShape(adaptor.getInput())[0], getShape(adaptor.getValues())[1]}));
  return success();
}

SmallVector<Value> TreeWalkOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getTensorType(getOutput()).getElementType();
  int64_t rows = getShape(getInput())[0], count = getShape(getRoots())[0];
  int64_t nodes = getShape(getValues())[0], targets = getShape(getValues())[1];
  // The node where each tree ends, then sums of their values.
  Value ends =
      b.generic({rows, count}, builder.getI32Type(), {}, [&](MeaningBuilder &inner, ValueRange) {
        Value row = linalg::IndexOp::create(inner, 0), tree = linalg::IndexOp::create(inner, 1);
        Value zero = inner.index(0), one = inner.index(1);
        Value node = lookUpWithin(inner, getRoots(), {tree, zero}, nodes);
        for (int64_t level = 0; level < static_cast<int64_t>(getDepth()); ++level) {
          Value column = lookUpWithin(inner, getNodes(), {node, zero}, getShape(getInput())[1]);
          Value value = tensor::ExtractOp::create(inner, getInput(), ValueRange{row, column});
          Value threshold = tensor::ExtractOp::create(inner, getThresholds(), ValueRange{node});
          Value isLeft = arith::CmpFOp::create(inner, arith::CmpFPredicate::OLT, value, threshold);
          Value lower = lookUpWithin(inner, getNodes(), {node, one}, nodes);
          node = arith::AddIOp::create(inner, lower,
                                       arith::SelectOp::create(inner, isLeft, zero, one));
        }
        return arith::IndexCastOp::create(inner, inner.getI32Type(), node).getResult();
      });
  Value zeros = b.fill({rows, targets}, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"tree"}), {{ends, {b.loop(0), b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}}, [&](MeaningBuilder &inner, ValueRange e) {
                      Value node = arith::IndexCastOp::create(inner, inner.getIndexType(), e[0]);
                      Value target = linalg::IndexOp::create(inner, 1);
                      return inner.add(e[1], tensor::ExtractOp::create(inner, getValues(),
                                                                       ValueRange{node, target}));
                    })};
}

int64_t TreeWalkOp::getFlops() {
  return getShape(getInput())[0] * getShape(getRoots())[0] *
         (static_cast<int64_t>(getDepth()) + getShape(getValues())[1]);
}
StringRef TreeWalkOp::getKernelClass() { return "tree_walk"; }

//===--- tree_masks -------------------------------------------------------------------------===//

LogicalResult TreeMasksOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> thresholds = getShape(adaptor.getThresholds()),
                    values = getShape(adaptor.getValues());
  RankedTensorType masks = getTensorType(adaptor.getMasks());
  int64_t bits = masks.getElementType().getIntOrFloatBitWidth();
  if (masks.getShape() != thresholds ||
      getShape(adaptor.getColumns()) != ArrayRef(thresholds.front()) ||
      getShape(adaptor.getStarts())[0] - 1 != llvm::divideCeilSigned(values[0], thresholds[1]) ||
      !haveSameElements(adaptor.getThresholds(), adaptor.getInput()) ||
      !haveSameElements(adaptor.getValues(), adaptor.getInput()) || values[1] > bits ||
      bits != getTensorType(adaptor.getInput()).getElementType().getIntOrFloatBitWidth())
    return reject(location, "(C1) starts are ", adaptor.getStarts().getType(), ", columns ",
                  adaptor.getColumns().getType(), ", thresholds ",
                  adaptor.getThresholds().getType(), ", masks ", masks, " and values ",
                  adaptor.getValues().getType(),
                  ": G + 1, P, twice P x W and T x L for T trees in G groups of W are wanted, of "
                  "the input's elements, and masks of as many bits, which are at least L");
  if (adaptor.getLongest() < 1 || static_cast<int64_t>(adaptor.getLongest()) > thresholds[0])
    return reject(location, "(C2) longest is ", adaptor.getLongest(), ", but must be from 1 to ",
                  thresholds[0]);
  int64_t rows = getShape(adaptor.getInput())[thresholds[1] == 1 ? 1 : 0];
  types.push_back(getTensorType(adaptor.getInput()).clone({rows, 1}));
  return success();
}

SmallVector<Value> TreeMasksOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  Type element = getTensorType(getOutput()).getElementType(),
       bits = getTensorType(getMasks()).getElementType();
  int64_t rows = getShape(getOutput())[0], trees = getShape(getValues())[0];
  int64_t comparisons = getShape(getMasks())[0], width = getShape(getMasks())[1];
  unsigned ofColumns = width == 1 ? 0 : 1;
  Value all = arith::ConstantOp::create(b, builder.getIntegerAttr(bits, -1));
  Value window = b.empty({static_cast<int64_t>(getLongest())}, element);
  // What is left of each mask, then the values of their lowest bits.
  Value left = b.generic(
      Loops::over(2).reducing({"p"}), {{window, {b.loop(2)}}},
      {b.fill({rows, trees}, all), {b.loop(0), b.loop(1)}},
      [&](MeaningBuilder &inner, ValueRange e) -> Value {
        Value row = linalg::IndexOp::create(inner, 0), tree = linalg::IndexOp::create(inner, 1),
              step = linalg::IndexOp::create(inner, 2);
        Value group = arith::DivSIOp::create(inner, tree, inner.index(width));
        Value lane = arith::RemSIOp::create(inner, tree, inner.index(width));
        ListEntry entry = getListEntry(inner, getStarts(), group, step, comparisons);
        SmallVector<Value> place{row, row};
        place[ofColumns] =
            lookUpWithin(inner, getColumns(), entry.position, getShape(getInput())[ofColumns]);
        Value value = tensor::ExtractOp::create(inner, getInput(), place);
        SmallVector<Value> at{entry.position, lane};
        Value threshold = tensor::ExtractOp::create(inner, getThresholds(), at);
        Value mask = tensor::ExtractOp::create(inner, getMasks(), at);
        Value isLess = arith::CmpFOp::create(inner, arith::CmpFPredicate::OLT, value, threshold);
        Value kept = arith::SelectOp::create(inner, isLess, all, mask);
        return arith::SelectOp::create(inner, entry.isListed,
                                       arith::AndIOp::create(inner, e.back(), kept), e.back());
      });
  Value zeros = b.fill({rows, 1}, b.scalar(element, 0));
  return {b.generic(Loops::over(2).reducing({"tree"}), {{left, {b.loop(0), b.loop(2)}}},
                    {zeros, {b.loop(0), b.loop(1)}}, [&](MeaningBuilder &inner, ValueRange e) {
                      Value tree = linalg::IndexOp::create(inner, 2);
                      Value lowest = math::CountTrailingZerosOp::create(inner, e[0]);
                      Value leaf = arith::IndexCastOp::create(inner, inner.getIndexType(), lowest);
                      leaf = arith::MinSIOp::create(inner, leaf,
                                                    inner.index(getShape(getValues())[1] - 1));
                      return inner.add(e[1], tensor::ExtractOp::create(inner, getValues(),
                                                                       ValueRange{tree, leaf}));
                    })};
}

int64_t TreeMasksOp::getFlops() {
  return getShape(getOutput())[0] *
         (getTensorType(getMasks()).getNumElements() + getShape(getValues())[0]);
}
StringRef TreeMasksOp::getKernelClass() { return "tree_masks"; }
