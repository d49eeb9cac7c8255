// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A depthwise convolution with the 1x1 convolutions around it, row by row: a ring holds the rows
// of the expanded, padded image that windows still read.
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/Tiles.h"

#include "dialects/nnc/MeaningBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

/// The layers of the kernel; the depthwise one is there always.
struct Chain {
  linalg::GenericOp expansion, depthwise, projection;
};

Chain findChain(KernelScheduler &scheduler) {
  Chain chain;
  for (auto generic : scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>()) {
    constexpr unsigned windowLoops = 2;
    if (generic.getNumReductionLoops() == windowLoops)
      chain.depthwise = generic;
    else if (generic.getNumReductionLoops() > windowLoops)
      (chain.depthwise ? chain.projection : chain.expansion) = generic;
  }
  return chain;
}

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// [n, y, x, k] as [n, k / block, y, x, block]: rows of one block are near each other.
Value blockChannels(OpBuilder &builder, Value image, int64_t block) {
  builder.setInsertionPointAfterValue(image);
  MeaningBuilder b(builder, image.getLoc());
  ArrayRef<int64_t> shape = getShape(image);
  Loops loops{{"n", "b", "y", "x", "k"}};
  AffineExpr channel = b.loop(1) * block + b.loop(4);
  Type element = cast<RankedTensorType>(image.getType()).getElementType();
  Value empty = b.empty({shape[0], shape[3] / block, shape[1], shape[2], block}, element);
  return b.generic(loops, {{image, {b.loop(0), b.loop(2), b.loop(3), channel}}},
                   {empty, b.loopRange(0, 5)},
                   [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
}

/// The opposite.
Value unblockChannels(OpBuilder &builder, Value blocked, RankedTensorType type) {
  builder.setInsertionPointAfterValue(blocked);
  MeaningBuilder b(builder, blocked.getLoc());
  int64_t block = getShape(blocked).back();
  AffineExpr channel = b.loop(3);
  return b.generic(
      type.getShape(), type.getElementType(),
      {{blocked, {b.loop(0), channel.floorDiv(block), b.loop(1), b.loop(2), channel % block}}},
      [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
}

/// One vector of channels at a few positions: sums of so few products are soon complete, and the
/// next tile's overlap with them. Trials: 7 and 8 positions against 14, 16 and 28.
RegisterTile chooseTile(int64_t positions) {
  for (int64_t dividing : {8, 7, 6, 5})
    if (positions % dividing == 0)
      return {dividing, 1};
  return {std::min<int64_t>(positions, 8), 1};
}

/// Computes and stores `value` in blocks of channels; whoever read it reads the blocks. Returns
/// what is stored.
Value storeInBlocks(Value value, int64_t block) {
  OpBuilder builder(value.getContext());
  Value blocked = blockChannels(builder, value, block);
  Value back = unblockChannels(builder, blocked, cast<RankedTensorType>(value.getType()));
  value.replaceAllUsesExcept(back, blocked.getDefiningOp());
  return blocked;
}

/// Where rows pass through the kernel: `row` is the loop that finishes one row of the output, the
/// ring lives inside `strip`.
struct RowLoops {
  std::string row, strip;
};

/// Rows of the output that one thread computes in turn, or all of them where that leaves threads
/// idle. Each strip computes the rows above and below it again.
int64_t chooseStrip(int64_t rows, int64_t threads) {
  constexpr int64_t fewestRows = 4;
  for (int64_t strips = threads; strips * fewestRows <= rows; ++strips)
    if (rows % strips == 0 && isBalanced(strips, threads))
      return rows / strips;
  return rows;
}

/// Threads share images or strips of rows, each with a ring of its own.
RowLoops shareRows(KernelScheduler &scheduler) {
  Value output = scheduler.getOutput();
  Stage stage{output, std::nullopt};
  int64_t images = getShape(output)[0], rows = getShape(output)[1];
  int64_t strip = chooseStrip(rows, scheduler.getThreads());
  if (isBalanced(images, scheduler.getThreads()) || strip == rows) {
    parallelize(scheduler, stage, {{"n", images}});
    return {"y", "n"};
  }
  scheduler.split(stage, "y", "ys", "yr", strip);
  parallelize(scheduler, stage, {{"ys", rows / strip}});
  return {"yr", "ys"};
}

/// The rows that windows read are computed once, block by block, and kept while they are read.
/// Sums of the expansion land in a row of one block; what follows them, and the padding, is one
/// more pass over that row.
void scheduleRing(KernelScheduler &scheduler, Chain chain, Value filtered, int64_t block,
                  const RowLoops &loops) {
  Value image = chain.depthwise.getInputs().front();
  if (isa<BlockArgument>(image))
    return;
  Value ring = storeInBlocks(image, block);
  scheduler.computeAt(ring, filtered, "kb");
  scheduler.storeAt(ring, scheduler.getOutput(), loops.strip);
  scheduler.vectorizeInnermost({ring, std::nullopt}, "k", block);
  if (!chain.expansion)
    return;
  Value row = storeInBlocks(chain.expansion.getResult(0), block);
  scheduler.computeAt(row, ring, "y");
  std::optional<RegisterTile> tile;
  if (block == scheduler.getLanes(row))
    tile = chooseTile(getShape(row)[3]);
  tileContraction(scheduler, chain.expansion, row, tile);
}

/// What the projection reads, a row of all channels; without a projection the output.
Value findFiltered(KernelScheduler &scheduler, Chain chain) {
  if (!chain.projection)
    return scheduler.getOutput();
  Value filtered = chain.projection.getInputs().front();
  return filtered == chain.depthwise.getResult(0) ? scheduler.insertCopy(filtered) : filtered;
}

} // namespace

void scheduleRows(KernelScheduler &scheduler) {
  Chain chain = findChain(scheduler);
  linalg::GenericOp last = chain.projection ? chain.projection : chain.depthwise;
  scheduler.separateFromOutput(last.getResult(0));
  Value output = scheduler.getOutput(), filtered = findFiltered(scheduler, chain);
  int64_t channels = getShape(filtered).back(), lanes = scheduler.getLanes(filtered);
  int64_t block = channels % lanes == 0 ? lanes : channels;
  tileWindow(scheduler, chain.depthwise, filtered, block);
  if (chain.projection)
    tileContraction(scheduler, chain.projection, output);
  RowLoops loops = shareRows(scheduler);
  if (chain.projection)
    scheduler.computeAt(filtered, output, loops.row);
  scheduleRing(scheduler, chain, filtered, block, loops);
}

} // namespace nnc
