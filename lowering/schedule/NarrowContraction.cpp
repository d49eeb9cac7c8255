// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/NarrowContraction.h"

#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/schedule/Parallel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace nnc {
namespace {

/// Lanes that are added up one by one.
constexpr int64_t kFewLanes = 4;

/// A sum of products whose last operation adds to the output's element.
bool isSumOfProducts(linalg::GenericOp contraction) {
  Block &body = contraction.getRegion().front();
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  Value before = body.getArguments().back();
  return sum && before.hasOneUse() && (sum.getLhs() == before || sum.getRhs() == before);
}

bool isNarrow(KernelScheduler &scheduler, linalg::GenericOp contraction) {
  auto type = cast<RankedTensorType>(contraction.getResult(0).getType());
  if (contraction.getNumReductionLoops() == 0 || type.getRank() < 2 ||
      type.getShape().back() != 1 || !type.getElementType().isF32() ||
      !isSumOfProducts(contraction))
    return false;
  unsigned rank = contraction.getNumLoops() - contraction.getNumReductionLoops();
  int64_t channels = contraction.getStaticLoopRanges().back();
  int64_t lanes = scheduler.getLanes(contraction.getResult(0));
  return channels % lanes == 0 && lanes % kFewLanes == 0 &&
         contraction.getIndexingMapsArray().back() ==
             AffineMap::getMultiDimIdentityMap(contraction.getNumLoops(), contraction.getContext())
                 .getMajorSubMap(rank);
}

/// The contraction in lanes: lane l has the sum over channels l, l + L, l + 2 L, ...
class Lanes {
public:
  Lanes(linalg::GenericOp contraction, int64_t lanes)
      : contraction(contraction), lanes(lanes),
        rank(contraction.getNumLoops() - contraction.getNumReductionLoops()) {}

  Value build(MeaningBuilder &b) {
    auto type = cast<RankedTensorType>(contraction.getResult(0).getType());
    unsigned last = contraction.getNumLoops() - 1;
    // Loops: the output's, the lane, the reductions without the last, the step.
    for (unsigned loop = 0; loop < last; ++loop)
      moved.push_back(b.loop(loop < rank ? loop : loop + 1));
    moved.push_back(b.loop(last + 1) * lanes + b.loop(rank));
    SmallVector<Access> inputs;
    for (auto [input, map] :
         llvm::zip(contraction.getDpsInputs(), contraction.getIndexingMapsArray()))
      inputs.push_back({input, move(map)});
    int64_t steps = contraction.getStaticLoopRanges().back() / lanes;
    inputs.push_back({b.empty({steps}, b.getF32Type()), {b.loop(last + 1)}});
    SmallVector<int64_t> shape(type.getShape());
    shape.push_back(lanes);
    Value start = b.fill(shape, b.scalar(b.getF32Type(), 0));
    return b.generic(
        getLoops(), inputs, {start, b.loopRange(0, rank + 1)},
        [&](MeaningBuilder &inner, ValueRange elements) { return cloneBody(inner, elements); });
  }

private:
  Loops getLoops() {
    Loops loops;
    auto names = contraction->getAttrOfType<ArrayAttr>(kIteratorsAttr);
    for (Attribute name : names)
      loops.names.push_back(cast<StringAttr>(name).str());
    loops.names.back() = "step";
    loops.names.insert(loops.names.begin() + rank, "lane");
    loops.reductions = contraction.getNumReductionLoops();
    return loops;
  }

  SmallVector<AffineExpr> move(AffineMap map) const {
    SmallVector<AffineExpr> indices;
    for (AffineExpr index : map.getResults())
      indices.push_back(index.replaceDims(moved));
    return indices;
  }

  /// The body, whose indices are the new loops'.
  Value cloneBody(MeaningBuilder &b, ValueRange elements) {
    Block &body = contraction.getRegion().front();
    IRMapping mapping;
    mapping.map(body.getArguments().drop_back(), elements.take_front(body.getNumArguments() - 1));
    mapping.map(body.getArguments().back(), elements.back());
    for (Operation &op : body.without_terminator()) {
      auto index = dyn_cast<linalg::IndexOp>(op);
      if (index)
        mapping.map(index.getResult(), buildIndex(b, index.getDim()));
      else
        b.clone(op, mapping);
    }
    return mapping.lookup(body.getTerminator()->getOperand(0));
  }

  Value buildIndex(MeaningBuilder &b, unsigned loop) {
    unsigned last = contraction.getNumLoops() - 1;
    if (loop < last)
      return linalg::IndexOp::create(b, loop < rank ? loop : loop + 1);
    Value step = linalg::IndexOp::create(b, last + 1), lane = linalg::IndexOp::create(b, rank);
    return arith::AddIOp::create(b, arith::MulIOp::create(b, step, b.index(lanes)), lane);
  }

  linalg::GenericOp contraction;
  int64_t lanes;
  unsigned rank;
  SmallVector<AffineExpr> moved;
};

} // namespace

bool scheduleNarrowContraction(KernelScheduler &scheduler, linalg::GenericOp contraction) {
  if (!isNarrow(scheduler, contraction))
    return false;
  Value sums = contraction.getResult(0);
  auto type = cast<RankedTensorType>(sums.getType());
  SmallVector<std::string> loops = KernelScheduler::getLoops(sums);
  unsigned rank = type.getRank();
  std::string position = loops[rank - 2];
  OpBuilder builder(contraction);
  MeaningBuilder b(builder, contraction.getLoc());
  Value lanes = Lanes(contraction, scheduler.getLanes(sums)).build(b);
  // A few lanes first, by whole vectors, and then these one by one.
  int64_t width = scheduler.getLanes(sums);
  Loops joining{{loops.begin(), loops.begin() + rank}}, withLanes = joining;
  withLanes.names.push_back("few");
  SmallVector<AffineExpr> some = b.loopRange(0, rank);
  some.push_back(b.loop(rank + 1) * kFewLanes + b.loop(rank));
  SmallVector<int64_t> fewShape(type.getShape());
  fewShape.push_back(kFewLanes);
  auto add = [](MeaningBuilder &inner, ValueRange elements) {
    return inner.add(elements.back(), elements.front());
  };
  Value few =
      b.generic(withLanes.reducing({"part"}),
                {{lanes, some}, {b.empty({width / kFewLanes}, b.getF32Type()), {b.loop(rank + 1)}}},
                {b.fill(fewShape, b.scalar(b.getF32Type(), 0)), b.loopRange(0, rank + 1)}, add);
  Value joined = b.generic(joining.reducing({"few"}), {{few, b.loopRange(0, rank + 1)}},
                           {contraction.getDpsInits().front(), b.loopRange(0, rank)}, add);
  Value result = b.generic(joining, {{joined, b.loopRange(0, rank)}},
                           {b.empty(type.getShape(), type.getElementType()), b.loopRange(0, rank)},
                           [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
  sums.replaceAllUsesWith(result);
  contraction.erase();
  scheduler.getKernel()->setAttr(halide::kRewrittenAttr, builder.getUnitAttr());

  Value output = scheduler.getOutput();
  if (result != output) {
    scheduler.computeRoot(result);
    scheduler.vectorizeInnermost({output, std::nullopt},
                                 KernelScheduler::getLoops(output)[rank - 2],
                                 type.getDimSize(rank - 2));
  }
  parallelizeAround(scheduler, {result, std::nullopt}, position);
  for (Value part : {lanes, few, joined}) {
    scheduler.computeAt(part, result, position);
    scheduler.storeInRegisters(part);
  }
  SmallVector<std::string> order = KernelScheduler::getLoops(lanes);
  SmallVector<std::string> inner(order.rbegin(), std::prev(order.rend(), rank + 1));
  inner.insert(inner.begin(), "lane");
  scheduler.reorder({lanes, 0}, inner);
  for (Stage stage : {Stage{lanes, std::nullopt}, Stage{lanes, 0}})
    scheduler.vectorize(stage, "lane");
  for (Stage stage : {Stage{few, std::nullopt}, Stage{few, 0}})
    scheduler.vectorize(stage, "few");
  scheduler.reorder({few, 0}, {"few", "part"});
  scheduler.unroll({few, 0}, "part");
  scheduler.unroll({joined, 0}, "few");
  return true;
}

} // namespace nnc
