// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers whose weights are lists of non-zeros (dialects/nnc/SparsityMeaning.cpp): the loop over a
// list is the innermost one, around vectors that stay in registers until its end.
#include "dialects/nnc/Nnc.h"
#include "lowering/schedule/ListSums.h"
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
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

void scheduleUnrolledLinear(KernelScheduler &scheduler) {
  auto generics = scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>();
  auto found = llvm::find_if(generics, [](linalg::GenericOp op) {
    return !op.getRegion().getOps<scf::IndexSwitchOp>().empty();
  });
  Value sums = (*found).getResult(0);
  SmallVector<std::string> loops = KernelScheduler::getLoops(sums);
  Stage stage{sums, std::nullopt};
  scheduler.unroll(stage, loops.back());
  if (sums != scheduler.getOutput()) {
    scheduler.computeRoot(sums);
    scheduleOutput(scheduler);
  }
  parallelize(scheduler, stage, {{loops.front(), getShape(sums)[0]}});
}

namespace {

/// What of an output channel is summed at once: `rows` x `columns` pixels, in `vectors` registers
/// of neighbouring positions.
struct ImageTile {
  int64_t rows, columns, vectors;
};

/// The tile with the fewest steps for all of an output of these extents: one for every vector, and
/// one for an entry's weight.
ImageTile chooseImageTile(int64_t height, int64_t width, int64_t pitch, int64_t lanes,
                          int64_t mostVectors) {
  ImageTile best{};
  int64_t fewest = std::numeric_limits<int64_t>::max();
  auto consider = [&](int64_t rows, int64_t columns) {
    int64_t vectors = llvm::divideCeilSigned((rows - 1) * pitch + columns, lanes);
    int64_t steps = llvm::divideCeilSigned(height, rows) * llvm::divideCeilSigned(width, columns) *
                    (vectors + 1);
    if (vectors <= mostVectors && steps < fewest)
      best = {rows, columns, vectors}, fewest = steps;
  };
  for (int64_t rows = 1; rows <= height; ++rows)
    consider(rows, width);
  for (int64_t vectors = 1; vectors <= mostVectors; ++vectors)
    consider(1, std::min(width, vectors * lanes));
  return best;
}

/// Output loops n, k, y, x become n, y, x of tiles, k, and those of a tile, in vectors. \returns
/// the innermost loop over tiles.
std::string tileImage(KernelScheduler &scheduler, const ImageTile &tile) {
  Value output = scheduler.getOutput();
  ArrayRef<int64_t> shape = getShape(output);
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  Stage stage{output, std::nullopt};
  auto cut = [&](StringRef loop, int64_t extent, StringRef outer, StringRef inner, int64_t size) {
    scheduler.split(stage, loop, outer, inner, size,
                    extent % size == 0 ? halide::Tail::Auto : halide::Tail::ShiftInwards);
  };
  cut(loops[2], shape[2], "yt", "yi", tile.rows);
  cut(loops[3], shape[3], "xt", "xr", tile.columns);
  int64_t lanes =
      std::min(scheduler.getLanes(output),
               static_cast<int64_t>(llvm::bit_floor(static_cast<uint64_t>(tile.columns))));
  cut("xr", tile.columns, "xv", "xl", lanes);
  scheduler.reorder(stage, {"xl", "xv", "yi", loops[1], "xt", "yt", loops[0]});
  scheduler.vectorize(stage, "xl");
  scheduler.unroll(stage, "xv");
  parallelize(scheduler, stage,
              {{loops[0], shape[0]}, {"yt", llvm::divideCeilSigned(shape[2], tile.rows)}});
  return "xt";
}

/// The positions of a tile in registers: loop q becomes qt, of one step, and vectors.
void splitPositions(KernelScheduler &scheduler, Stage stage, const ImageTile &tile, int64_t lanes,
                    ArrayRef<std::string> outer) {
  scheduler.split(stage, "q", "qt", "qr", tile.vectors * lanes, halide::Tail::RoundUp);
  scheduler.split(stage, "qr", "qv", "ql", lanes);
  SmallVector<std::string> loops{"ql", "qv"};
  llvm::append_range(loops, outer);
  scheduler.reorder(stage, loops);
  scheduler.vectorize(stage, "ql");
  scheduler.unroll(stage, "qv");
}

} // namespace

void scheduleSparseConv2d(KernelScheduler &scheduler) {
  auto generics = scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>();
  auto reductions = llvm::to_vector(llvm::make_filter_range(
      generics, [](linalg::GenericOp op) { return op.getNumReductionLoops() != 0; }));
  if (reductions.empty() || reductions.size() > 2)
    return scheduleDefault(scheduler);
  Value lists = reductions.front().getResult(0);
  bool hasBlocks = reductions.size() == 2;
  ArrayRef<int64_t> shape = getShape(scheduler.getOutput());
  if (shape.size() != 4)
    return scheduleDefault(scheduler);
  int64_t pitch =
      shape[2] == 1 ? shape[3] : (getShape(lists)[3] - SparseConv2dOp::kGroup) / shape[2];
  // Half of the registers hide the latency of a multiply-add.
  int64_t lanes = scheduler.getLanes(lists), most = scheduler.getMachine().registers / 2;
  ImageTile tile = chooseImageTile(shape[2], shape[3], pitch, lanes, std::max<int64_t>(most, 12));
  Value stored = hasBlocks ? reductions.back().getResult(0) : scheduler.insertCopy(lists);
  if (!hasBlocks)
    scheduler.nameLoops(stored, {"n", "b", "k", "q"});
  std::string innermost = tileImage(scheduler, tile);
  scheduler.computeAt(stored, scheduler.getOutput(),
                      hasBlocks ? innermost : KernelScheduler::getLoops(scheduler.getOutput())[1]);
  splitPositions(scheduler, {stored, std::nullopt}, tile, lanes, {"qt", "k", "n"});
  if (hasBlocks) {
    // A loop that the update alone has, to compute lists at.
    scheduler.split({stored, 0}, "k", "list", "ki", 1);
    splitPositions(scheduler, {stored, 0}, tile, lanes, {"qt", "ki", "list", "b", "n"});
  }
  for (Stage stage : {Stage{lists, std::nullopt}, Stage{lists, 0}}) {
    scheduler.split(stage, "q", "qv", "ql", lanes);
    if (stage.update)
      scheduler.reorder(stage, {"ql", "qv", "p"});
    scheduler.vectorize(stage, "ql");
    scheduler.unroll(stage, "qv");
  }
  scheduler.computeAt(lists, stored, hasBlocks ? "list" : "qt");
  scheduler.storeInRegisters(lists);
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
