// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/TrainConvolution.h"

#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/TrainSteps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <algorithm>

using namespace mlir;

namespace nnc {
namespace {

using halide::Tail;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The reductions of the kernel: the spatial filters (loops "ky" and "kx"), and the other cores.
struct Sums {
  linalg::GenericOp filter;
  SmallVector<linalg::GenericOp> cores;
  bool isForward = false; // the filters come first
};

Sums findSums(KernelScheduler &scheduler) {
  Sums sums;
  for (auto generic : scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>()) {
    if (generic.getNumReductionLoops() == 0)
      continue;
    if (!llvm::is_contained(KernelScheduler::getLoops(generic.getResult(0)), "ky")) {
      sums.cores.push_back(generic);
      continue;
    }
    sums.filter = generic;
    sums.isForward = sums.cores.empty();
  }
  return sums;
}

/// Pixels of a row that pass through all cores together: enough for a register tile of the filters,
/// and few enough that what is between them stays in the first cache.
int64_t choosePixels(int64_t columns, int64_t bytesPerPixel, int64_t cacheBytes) {
  for (int64_t pixels : {8, 7, 6, 5, 4, 3, 2})
    if (columns % pixels == 0 && pixels * bytesPerPixel <= cacheBytes)
      return pixels;
  return std::min<int64_t>(columns, std::clamp<int64_t>(cacheBytes / bytesPerPixel, 1, 4));
}

/// Positions times filters that are summed up at once: the most multiply-adds for a load.
RegisterTile chooseFilterTile(const Machine &machine, int64_t pixels, int64_t filters) {
  RegisterTile best{1, 1};
  auto getLoads = [](RegisterTile tile) {
    return 1.0 / static_cast<double>(tile.positions) + 1.0 / static_cast<double>(tile.vectors);
  };
  for (int64_t positions = 1; positions <= pixels; ++positions)
    for (int64_t vectors = 1; vectors <= filters; ++vectors) {
      RegisterTile tile{positions, vectors};
      bool divides = pixels % positions == 0 && filters % vectors == 0;
      if (divides && positions * vectors + positions + 2 < machine.registers &&
          getLoads(tile) < getLoads(best))
        best = tile;
    }
  return best;
}

/// Every channel of a few pixels by every filter: vectors of channels.
void scheduleFirstFilter(KernelScheduler &scheduler, linalg::GenericOp filter, int64_t pixels) {
  Value sum = filter.getResult(0), stored = scheduler.insertCopy(sum);
  scheduler.nameLoops(stored, {"n", "y", "x", "r", "c"});
  ArrayRef<int64_t> shape = getShape(sum);
  int64_t lanes = getDividingLanes(shape[4], scheduler.getLanes(sum));
  RegisterTile tile = chooseFilterTile(scheduler.getMachine(), pixels, shape[3]);
  Stage copy{stored, std::nullopt};
  scheduler.split(copy, "c", "co", "cl", lanes);
  scheduler.split(copy, "r", "ro", "rt", tile.vectors);
  scheduler.split(copy, "x", "xo", "xt", tile.positions);
  scheduler.reorder(copy, {"cl", "rt", "xt", "ro", "xo", "co", "y", "n"});
  scheduler.vectorize(copy, "cl");
  scheduler.unroll(copy, "rt");
  scheduler.unroll(copy, "xt");
  scheduler.computeAt(stored, scheduler.getOutput(), "xo");
  scheduler.computeAt(sum, stored, "ro");
  scheduler.storeInRegisters(sum);
  for (Stage stage : {Stage{sum, std::nullopt}, Stage{sum, 0}}) {
    if (stage.update)
      scheduler.reorder(stage, {"c", "r", "x", "kx", "ky"});
    scheduler.vectorize(stage, "c");
    scheduler.unroll(stage, "r");
    scheduler.unroll(stage, "x");
  }
}

/// The padded image is made once where nobody wrote it so.
void schedulePadding(KernelScheduler &scheduler) {
  for (auto pad : scheduler.getKernel().getBody().front().getOps<tensor::PadOp>()) {
    std::string innermost = KernelScheduler::getLoops(pad).back();
    scheduler.computeRoot(pad);
    scheduler.vectorizeInnermost({pad, std::nullopt}, innermost, getShape(pad).back());
    parallelizeAround(scheduler, {pad, std::nullopt}, innermost);
  }
}

/// Rows of `pixels` positions, vectors of channels.
void scheduleOutput(KernelScheduler &scheduler, int64_t pixels) {
  Value output = scheduler.getOutput();
  Stage stage{output, std::nullopt};
  ArrayRef<int64_t> shape = getShape(output);
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  scheduler.split(stage, loops[2], "xo", "xi", pixels,
                  shape[2] % pixels == 0 ? Tail::Auto : Tail::ShiftInwards);
  scheduler.vectorizeInnermost(stage, loops[3], shape[3]);
  SmallVector<OuterLoop> rows{{loops[0], shape[0]}, {loops[1], shape[1]}};
  if (shape[2] % pixels == 0)
    rows.push_back({"xo", shape[2] / pixels});
  parallelize(scheduler, stage, rows);
}

void scheduleFirstToLast(KernelScheduler &scheduler, Sums &sums) {
  SmallVector<TrainStep> steps;
  for (linalg::GenericOp sum : sums.cores)
    steps.push_back(makeTrainStep(scheduler, sum));
  ArrayRef<int64_t> filtered = getShape(sums.filter.getResult(0));
  int64_t pixels = choosePixels(filtered[2], filtered[3] * filtered[4] * 4,
                                scheduler.getMachine().l1Bytes / 2);
  schedulePadding(scheduler);
  scheduleOutput(scheduler, pixels);
  scheduleFirstFilter(scheduler, sums.filter, pixels);
  for (TrainStep &step : steps) {
    SmallVector<int64_t> shape(getShape(step.stored));
    shape[2] = pixels;
    chooseTrainTile(scheduler, step, shape);
    scheduleTrainStep(scheduler, step, /*isForward=*/true);
    scheduler.computeAt(step.stored, scheduler.getOutput(), "xo");
  }
}

} // namespace

void scheduleTrainConvolution(KernelScheduler &scheduler) {
  Sums sums = findSums(scheduler);
  halide::KernelOp kernel = scheduler.getKernel();
  kernel->setAttr(halide::kRewrittenAttr, UnitAttr::get(kernel.getContext()));
  scheduleFirstToLast(scheduler, sums);
}

} // namespace nnc
