// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RowReduction.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

/// Whether recomputing the value wherever it is read would repeat work: a reduction, its padded
/// input, or a value with several readers.
bool deservesStorage(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (isa<tensor::PadOp>(op) || (generic && generic.getNumReductionLoops() != 0))
    return true;
  bool computes = generic && !llvm::hasSingleElement(generic.getRegion().front());
  unsigned readers = 0;
  bool readByReduction = false;
  for (Operation *user : op->getUsers()) {
    auto reader = dyn_cast<linalg::GenericOp>(user);
    readers += reader != nullptr;
    readByReduction |= reader && reader.getNumReductionLoops() != 0;
  }
  return computes && (readers > 1 || readByReduction);
}

void vectorizeStages(KernelScheduler &scheduler, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 0)
    return;
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  SmallVector<std::string> loops = KernelScheduler::getLoops(value);
  std::string innermost = loops.back();
  if (generic) {
    AffineExpr last = generic.getIndexingMapsArray().back().getResults().back();
    innermost = loops[cast<AffineDimExpr>(last).getPosition()];
  }
  int64_t extent = type.getShape().back();
  scheduler.vectorizeInnermost({value, std::nullopt}, innermost, extent);
  parallelizeAround(scheduler, {value, std::nullopt}, innermost);
  if (!generic || generic.getNumReductionLoops() == 0)
    return;
  // Sums run in the order of memory: reductions outside, the vector of results inside.
  SmallVector<std::string> order{innermost};
  for (auto [loop, iterator] : llvm::zip(loops, generic.getIteratorTypesArray()))
    if (iterator == utils::IteratorType::reduction)
      order.insert(order.begin() + 1, loop);
  scheduler.reorder({value, 0}, order);
  scheduler.vectorizeInnermost({value, 0}, innermost, extent);
  parallelizeAround(scheduler, {value, 0}, innermost);
}

} // namespace

void scheduleDefault(KernelScheduler &scheduler) {
  if (Operation *last = scheduler.getOutput().getDefiningOp())
    if (auto generic = dyn_cast<linalg::GenericOp>(last);
        generic && generic.getNumReductionLoops() != 0)
      scheduler.separateFromOutput(generic.getResult(0));
  Block &body = scheduler.getKernel().getBody().front();
  SmallVector<RowReduction> rows;
  llvm::SmallPtrSet<Operation *, 8> ofRows;
  for (auto generic : llvm::make_early_inc_range(body.getOps<linalg::GenericOp>()))
    if (std::optional<RowReduction> split = splitIntoLanes(scheduler, generic)) {
      rows.push_back(*split);
      scheduler.getKernel()->setAttr(halide::kRewrittenAttr,
                                     UnitAttr::get(scheduler.getKernel().getContext()));
      for (Value part : {split->lanes, split->joined, split->tail, split->result})
        if (part)
          ofRows.insert(part.getDefiningOp());
    }
  auto outputs = scheduler.getKernel().getYielded();
  SmallVector<Operation *> stored;
  for (Operation &op : body.without_terminator())
    if (op.getNumResults() == 1 && !llvm::is_contained(outputs, op.getResult(0)) &&
        deservesStorage(&op) && !ofRows.contains(&op))
      stored.push_back(&op);
  for (const RowReduction &reduction : rows)
    scheduleRowReduction(scheduler, reduction);
  for (Operation *op : stored) {
    scheduler.computeRoot(op->getResult(0));
    vectorizeStages(scheduler, op->getResult(0));
  }
  for (Value output : outputs)
    if (!ofRows.contains(output.getDefiningOp()))
      vectorizeStages(scheduler, output);
}

} // namespace nnc
