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

/// Pixels of a row that are computed together at most.
constexpr int64_t kMostPixels = 8;

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

/// Tiles of `pixels` positions in a row, vectors of channels.
void scheduleOutput(KernelScheduler &scheduler, int64_t pixels) {
  Value output = scheduler.getOutput();
  Stage stage{output, std::nullopt};
  ArrayRef<int64_t> shape = getShape(output);
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  scheduler.split(stage, loops[2], "xo", "xi", pixels,
                  shape[2] % pixels == 0 ? Tail::Auto : Tail::ShiftInwards);
  scheduler.vectorizeInnermost(stage, loops[3], shape[3]);
}

/// Threads share tiles.
void shareTiles(KernelScheduler &scheduler, int64_t pixels) {
  Value output = scheduler.getOutput();
  ArrayRef<int64_t> shape = getShape(output);
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  SmallVector<OuterLoop> tiles{{loops[0], shape[0]}, {loops[1], shape[1]}};
  if (shape[2] % pixels == 0)
    tiles.push_back({"xo", shape[2] / pixels});
  parallelize(scheduler, {output, std::nullopt}, tiles);
}

/// Where rows pass through the kernel: one thread's rows are in `strip`.
struct RowLoops {
  std::string row, strip;
};

/// Threads share images, or strips of rows; each strip computes again what its filters read beside
/// it.
RowLoops shareRows(KernelScheduler &scheduler) {
  Value output = scheduler.getOutput();
  Stage stage{output, std::nullopt};
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  int64_t images = getShape(output)[0], rows = getShape(output)[1],
          threads = scheduler.getThreads();
  if (rows % threads != 0 || rows / threads < 2 || isBalanced(images, threads)) {
    parallelize(scheduler, stage, {{loops[0], images}});
    return {loops[1], loops[0]};
  }
  scheduler.split(stage, loops[1], "ys", "yr", rows / threads);
  parallelize(scheduler, stage, {{"ys", threads}});
  return {"yr", "ys"};
}

/// A row at a time, kept as long as filters read it.
void passRows(KernelScheduler &scheduler, Value rows, const RowLoops &loops) {
  scheduler.computeAt(rows, scheduler.getOutput(), loops.row);
  scheduler.storeAt(rows, scheduler.getOutput(), loops.strip);
}

/// The padded rows of an image, where nobody wrote them so.
void passPadding(KernelScheduler &scheduler, Value padded, const RowLoops &loops) {
  scheduler.vectorizeInnermost({padded, std::nullopt}, KernelScheduler::getLoops(padded).back(),
                               getShape(padded).back());
  passRows(scheduler, padded, loops);
}

void scheduleFirstToLast(KernelScheduler &scheduler, Sums &sums) {
  SmallVector<TrainStep> steps;
  for (linalg::GenericOp sum : sums.cores)
    steps.push_back(makeTrainStep(scheduler, sum));
  ArrayRef<int64_t> filtered = getShape(sums.filter.getResult(0));
  int64_t pixels =
      choosePixels(filtered[2], filtered[3] * filtered[4] * 4, scheduler.getMachine().l1Bytes / 2);
  scheduleOutput(scheduler, pixels);
  if (Value image = sums.filter.getInputs().front(); image.getDefiningOp<tensor::PadOp>())
    passPadding(scheduler, image, shareRows(scheduler));
  else
    shareTiles(scheduler, pixels);
  scheduleFirstFilter(scheduler, sums.filter, pixels);
  for (TrainStep &step : steps) {
    SmallVector<int64_t> shape(getShape(step.stored));
    shape[2] = pixels;
    chooseTrainTile(scheduler, step, shape);
    scheduleTrainStep(scheduler, step, /*isForward=*/true);
    scheduler.computeAt(step.stored, scheduler.getOutput(), "xo");
  }
}

//===--- last to first ----------------------------------------------------------------------===//

/// Pixels of a row of the image that the filters read; a stride may leave out the last ones.
int64_t countColumnsRead(linalg::GenericOp filter) {
  SmallVector<AffineExpr> last;
  for (int64_t extent : filter.getStaticLoopRanges())
    last.push_back(getAffineConstantExpr(extent - 1, filter.getContext()));
  AffineExpr column = filter.getIndexingMapsArray().front().getResult(2).replaceDims(last);
  int64_t end = cast<AffineConstantExpr>(column).getValue() + 1;
  Value image = filter.getInputs().front();
  auto pad = image.getDefiningOp<tensor::PadOp>();
  if (pad)
    end = std::min(pad.getSourceType().getDimSize(2), end - pad.getStaticLow()[2]);
  return std::max<int64_t>(end, 1);
}

/// The steps of rows of contracted pixels, each state in the loops of the step that reads it.
/// Returns the last state.
Value contractPixels(KernelScheduler &scheduler, ArrayRef<linalg::GenericOp> cores,
                     int64_t columns) {
  SmallVector<TrainStep> steps;
  for (linalg::GenericOp sum : cores)
    steps.push_back(makeTrainStep(scheduler, sum));
  TrainStep *reader = nullptr;
  for (TrainStep &step : llvm::reverse(steps)) {
    SmallVector<int64_t> shape(getShape(step.stored));
    shape[2] = reader ? reader->pixels : getDivisor(columns, kMostPixels);
    bool isInside = reader && reader->hasLoop("i");
    if (isInside && step.hasLoop("i"))
      shape[3] = reader->sum.getStaticLoopRanges()[reader->loops.size()];
    chooseTrainTile(scheduler, step, shape);
    scheduleTrainStep(scheduler, step, /*isForward=*/false);
    StringRef column = reader && reader->pixels > 1 ? "xo" : "x";
    if (reader)
      scheduler.computeAt(step.stored, reader->stored, isInside ? StringRef("i") : column);
    reader = &step;
  }
  return steps.back().stored;
}

/// What the filters make of the rows: a few positions times a vector of channels.
void scheduleLastFilter(KernelScheduler &scheduler, linalg::GenericOp filter, int64_t pixels) {
  Value sum = filter.getResult(0), landing = scheduler.insertCopy(sum);
  scheduler.separateFromOutput(landing);
  int64_t lanes = getDividingLanes(getShape(sum)[3], scheduler.getLanes(sum));
  scheduleOutput(scheduler, pixels);
  Stage copy{landing, std::nullopt};
  scheduler.split(copy, "k", "ko", "ki", lanes);
  scheduler.reorder(copy, {"ki", "x", "ko"});
  scheduler.vectorize(copy, "ki");
  scheduler.unroll(copy, "x");
  scheduler.computeAt(landing, scheduler.getOutput(), "xo");
  scheduler.computeAt(sum, landing, "ko");
  scheduler.storeInRegisters(sum);
  for (Stage stage : {Stage{sum, std::nullopt}, Stage{sum, 0}}) {
    if (stage.update)
      scheduler.reorder(stage, {"k", "x", "r", "kx", "ky"});
    scheduler.vectorize(stage, "k");
    scheduler.unroll(stage, "x");
  }
}

void scheduleLastToFirst(KernelScheduler &scheduler, Sums &sums) {
  Value padded = sums.filter.getInputs().front();
  int64_t columns = getShape(sums.filter.getResult(0))[2],
          columnsRead = countColumnsRead(sums.filter);
  scheduleLastFilter(scheduler, sums.filter, std::min<int64_t>(columns, kMostPixels));
  RowLoops loops = shareRows(scheduler);
  passRows(scheduler, contractPixels(scheduler, sums.cores, columnsRead), loops);
  if (padded.getDefiningOp<tensor::PadOp>())
    passPadding(scheduler, padded, loops);
}

} // namespace

void scheduleTrainConvolution(KernelScheduler &scheduler) {
  Sums sums = findSums(scheduler);
  halide::KernelOp kernel = scheduler.getKernel();
  kernel->setAttr(halide::kRewrittenAttr, UnitAttr::get(kernel.getContext()));
  return sums.isForward ? scheduleFirstToLast(scheduler, sums)
                        : scheduleLastToFirst(scheduler, sums);
}

} // namespace nnc
