// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/RowReduction.h"

#include "dialects/nnc/MeaningBuilder.h"
#include "lowering/schedule/Parallel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {
namespace {

/// Rows of fewer vectors are not worth a start and an end.
constexpr int64_t kFewestVectors = 2;

/// The operation that combines two elements, if the body does nothing else.
Operation *getCombiner(linalg::GenericOp reduction) {
  Block &body = reduction.getRegion().front();
  Operation *op = &body.front();
  bool isCombiner = isa<arith::AddFOp, arith::MaximumFOp, arith::MinimumFOp>(op) &&
                    op->getNextNode() == body.getTerminator() &&
                    body.getTerminator()->getOperand(0) == op->getResult(0) &&
                    llvm::all_of(op->getOperands(), llvm::IsaPred<BlockArgument>) &&
                    op->getOperand(0) != op->getOperand(1);
  return isCombiner ? op : nullptr;
}

/// The number that every row starts from, or null.
Value getStart(linalg::GenericOp reduction) {
  auto init = reduction.getDpsInits().front().getDefiningOp<linalg::GenericOp>();
  if (!init || init.getNumDpsInputs() != 0 || init.getNumReductionLoops() != 0)
    return {};
  Value start = init.getRegion().front().getTerminator()->getOperand(0);
  return start.getDefiningOp<arith::ConstantOp>() ? start : Value();
}

/// Whether combining the start several times is combining it once.
bool isNeutral(Operation *combiner, Value start) {
  auto number = dyn_cast<FloatAttr>(start.getDefiningOp<arith::ConstantOp>().getValue());
  return number && (!isa<arith::AddFOp>(combiner) || number.getValue().isZero());
}

/// Whether one input is read along its last dimension by the only reduction loop, the last one.
bool readsRows(linalg::GenericOp reduction) {
  if (reduction.getNumReductionLoops() != 1 || reduction.getNumDpsInputs() != 1 ||
      reduction.getNumLoops() < 2 ||
      reduction.getIteratorTypesArray().back() != utils::IteratorType::reduction)
    return false;
  AffineMap input = reduction.getIndexingMapsArray().front();
  unsigned last = reduction.getNumLoops() - 1;
  auto type = cast<RankedTensorType>(reduction.getResult(0).getType());
  return type.getElementType().isF32() && input.getNumResults() > 0 &&
         input.getResults().back() == getAffineDimExpr(last, reduction.getContext()) &&
         llvm::none_of(input.getResults().drop_back(),
                       [&](AffineExpr index) { return index.isFunctionOfDim(last); }) &&
         reduction.getIndexingMapsArray().back() ==
             AffineMap::getMultiDimIdentityMap(last + 1, reduction.getContext())
                 .getMajorSubMap(last);
}

} // namespace

std::optional<RowReduction> splitIntoLanes(KernelScheduler &scheduler,
                                           linalg::GenericOp reduction) {
  if (!readsRows(reduction))
    return std::nullopt;
  Operation *combiner = getCombiner(reduction);
  Value start = getStart(reduction), sum = reduction.getResult(0);
  int64_t lanes = scheduler.getLanes(sum), extent = reduction.getStaticLoopRanges().back();
  if (!combiner || !start || !isNeutral(combiner, start) || extent < kFewestVectors * lanes)
    return std::nullopt;

  OpBuilder builder(reduction);
  MeaningBuilder b(builder, reduction.getLoc());
  ArrayRef<int64_t> shape = cast<RankedTensorType>(sum.getType()).getShape();
  int64_t rank = static_cast<int64_t>(shape.size());
  Type element = b.getF32Type();
  auto combine = [&](MeaningBuilder &inner, ValueRange e) {
    IRMapping mapping;
    mapping.map(reduction.getRegion().front().getArguments(), ValueRange{e.front(), e.back()});
    return inner.clone(*combiner, mapping)->getResult(0);
  };
  auto readAt = [&](AffineExpr index) {
    SmallVector<AffineExpr> indices(reduction.getIndexingMapsArray().front().getResults());
    indices.back() = index;
    return Access{reduction.getDpsInputs().front(), indices};
  };
  SmallVector<int64_t> laneShape(shape);
  laneShape.push_back(lanes);
  Loops rows = Loops::over(rank);
  RowReduction result;
  Loops withLanes = rows;
  withLanes.names.push_back("lane");
  result.lanes = b.generic(withLanes.reducing({"step"}),
                           {readAt(b.loop(rank + 1) * lanes + b.loop(rank)),
                            {b.empty({extent / lanes}, element), {b.loop(rank + 1)}}},
                           {b.fill(laneShape, start), b.loopRange(0, rank + 1)}, combine);
  result.joined = b.generic(rows.reducing({"lane"}), {{result.lanes, b.loopRange(0, rank + 1)}},
                            {b.fill(shape, start), b.loopRange(0, rank)}, combine);
  if (int64_t left = extent % lanes; left != 0)
    result.tail = b.generic(
        rows.reducing({"left"}),
        {readAt(b.loop(rank) + (extent - left)), {b.empty({left}, element), {b.loop(rank)}}},
        {b.fill(shape, start), b.loopRange(0, rank)}, combine);
  SmallVector<Access> parts{{result.joined, b.loopRange(0, rank)}};
  if (result.tail)
    parts.push_back({result.tail, b.loopRange(0, rank)});
  result.result = b.generic(shape, element, parts, [&](MeaningBuilder &inner, ValueRange e) {
    return result.tail ? combine(inner, {e[0], e[1]}) : e[0];
  });
  sum.replaceAllUsesWith(result.result);
  reduction.erase();
  return result;
}

void scheduleRowReduction(KernelScheduler &scheduler, const RowReduction &reduction) {
  std::string row = KernelScheduler::getLoops(reduction.result).back();
  if (reduction.result != scheduler.getOutput())
    scheduler.computeRoot(reduction.result);
  parallelizeAround(scheduler, {reduction.result, std::nullopt}, row);
  for (Value part : {reduction.lanes, reduction.joined, reduction.tail}) {
    if (!part)
      continue;
    scheduler.computeAt(part, reduction.result, row);
    scheduler.storeInRegisters(part);
  }
  scheduler.reorder({reduction.lanes, 0}, {"lane", "step"});
  for (Stage stage : {Stage{reduction.lanes, std::nullopt}, Stage{reduction.lanes, 0}})
    scheduler.vectorize(stage, "lane");
  scheduler.unroll({reduction.joined, 0}, "lane");
}

} // namespace nnc
