// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers whose weights are lists of non-zeros (dialects/nnc/SparsityMeaning.cpp): the loop over a
// list is the innermost one, around vectors that stay in registers until its end.
#include "lowering/schedule/ListSums.h"
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Sums in registers, computed where their copy `stored` has `loop`.
void scheduleSums(KernelScheduler &scheduler, Value sums, Value stored, StringRef loop) {
  scheduler.computeAt(sums, stored, loop);
  scheduler.storeInRegisters(sums);
}

void scheduleOutput(KernelScheduler &scheduler) {
  Value output = scheduler.getOutput();
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  scheduler.vectorizeInnermost({output, std::nullopt}, loops.back(), getShape(output).back());
  parallelizeAround(scheduler, {output, std::nullopt}, loops.back());
}

/// The copy of the only reduction's sums that its reader sees; its loops are those of the sums.
Value storeSums(KernelScheduler &scheduler, Value sums, ArrayRef<StringRef> names) {
  Value stored = scheduler.insertCopy(sums);
  scheduler.nameLoops(stored, names);
  scheduler.computeRoot(stored);
  return stored;
}

} // namespace

Value scheduleListSums(KernelScheduler &scheduler, Value sums) {
  Value stored = storeSums(scheduler, sums, {"m", "s", "l"});
  int64_t lanes = getDividingLanes(getShape(sums)[2], scheduler.getLanes(sums));
  for (Stage stage : {Stage{stored, std::nullopt}, Stage{sums, std::nullopt}, Stage{sums, 0}}) {
    scheduler.split(stage, "l", "lo", "li", lanes);
    if (stage.update)
      scheduler.reorder(stage, {"li", "lo", "p"});
    scheduler.vectorize(stage, "li");
    scheduler.unroll(stage, "lo");
  }
  scheduleSums(scheduler, sums, stored, "s");
  return stored;
}

void scheduleSparseLinear(KernelScheduler &scheduler) {
  linalg::GenericOp reduction = scheduler.getOnlyReduction();
  if (!reduction)
    return scheduleDefault(scheduler);
  Value sums = reduction.getResult(0);
  scheduler.separateFromOutput(sums);
  scheduleOutput(scheduler);
  Value stored = scheduleListSums(scheduler, sums);
  parallelize(scheduler, {stored, std::nullopt},
              {{"m", getShape(sums)[0]}, {"s", getShape(sums)[1]}});
}

void scheduleSparseConv2d(KernelScheduler &scheduler) {
  linalg::GenericOp reduction = scheduler.getOnlyReduction();
  if (!reduction)
    return scheduleDefault(scheduler);
  Value sums = reduction.getResult(0);
  // Vectors of neighbouring positions: as many as hide the latency of a multiply-add, and no more,
  // so that what they read of all planes stays in the cache.
  constexpr int64_t kVectors = 8;
  int64_t positions = getShape(sums)[2];
  int64_t lanes = getDividingLanes(positions, scheduler.getLanes(sums));
  int64_t vectors = std::min(kVectors, positions / lanes), tile = vectors * lanes;
  scheduler.separateFromOutput(sums);
  Value stored = storeSums(scheduler, sums, {"n", "k", "q"});
  scheduleOutput(scheduler);
  Stage copy{stored, std::nullopt};
  scheduler.split(copy, "q", "qo", "qt", tile,
                  positions % tile == 0 ? halide::Tail::Auto : halide::Tail::ShiftInwards);
  scheduler.split(copy, "qt", "qv", "ql", lanes);
  scheduler.reorder(copy, {"ql", "qv", "k", "qo", "n"});
  scheduler.vectorize(copy, "ql");
  scheduler.unroll(copy, "qv");
  for (Stage stage : {Stage{sums, std::nullopt}, Stage{sums, 0}}) {
    scheduler.split(stage, "q", "qv", "ql", lanes);
    if (stage.update)
      scheduler.reorder(stage, {"ql", "qv", "p"});
    scheduler.vectorize(stage, "ql");
    scheduler.unroll(stage, "qv");
  }
  scheduleSums(scheduler, sums, stored, "k");
  parallelize(scheduler, copy,
              {{"n", getShape(sums)[0]}, {"qo", llvm::divideCeilSigned(positions, tile)}});
}

void schedulePhasePlanes(KernelScheduler &scheduler) {
  Value output = scheduler.getOutput();
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  int64_t columns = getShape(output).back(), lanes = scheduler.getLanes(output);
  if (loops.size() != 6 || columns < lanes)
    return scheduleDefault(scheduler);
  Stage stage{output, std::nullopt};
  scheduler.split(stage, "x", "xo", "xi", lanes,
                  columns % lanes == 0 ? halide::Tail::Auto : halide::Tail::ShiftInwards);
  scheduler.reorder(stage, {"xi", "xo", "j", "i", "c", "y", "n"});
  scheduler.vectorize(stage, "xi");
  parallelize(scheduler, stage, {{"n", getShape(output)[0]}, {"y", getShape(output)[4]}});
}

} // namespace nnc
