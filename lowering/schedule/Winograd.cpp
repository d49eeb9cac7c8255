// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials behind the block of tile rows: the transformed input and the products of a block take half
// of the second cache; a filter beyond that cache is read once, for the whole image.
#include "lowering/schedule/PackWeights.h"
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

using halide::Tail;

/// The values of the kernel, in order of computation.
struct Values {
  Value inputRows, input, product, stored, outputRows, output;
};

/// The extents that the loops are cut by.
struct Plan {
  int64_t images, tile, tileRows, tileColumns, channels, outputs;
  int64_t blockRows; // rows of tiles that are computed together
  int64_t lanes;
  RegisterTile registers;
  int64_t getBlock() const { return registers.vectors * lanes; }
  int64_t getPositions() const { return blockRows * tileColumns; }
};

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Value getReader(Value value) { return (*value.user_begin())->getResult(0); }

Values findValues(KernelScheduler &scheduler) {
  Values values;
  linalg::GenericOp product = scheduler.getOnlyReduction();
  values.product = product.getResult(0);
  values.input = product.getInputs().front();
  values.inputRows = values.input.getDefiningOp<linalg::GenericOp>().getInputs().front();
  values.outputRows = getReader(values.product);
  values.output = getReader(values.outputRows);
  return values;
}

/// The product is copied from registers to memory; what follows reads the copy.
void storeProduct(KernelScheduler &scheduler, Values &values) {
  values.stored = scheduler.insertCopy(values.product);
  scheduler.nameLoops(values.stored, {"n", "i", "j", "t", "k"});
}

constexpr int64_t kFewestPositions = 12; // a register tile

/// The largest block that divides the rows of tiles and stays in the cache. With several threads a
/// smaller one, where that gives all of them the same number of blocks.
int64_t chooseBlockRows(const Machine &machine, const Plan &plan, int64_t threads) {
  int64_t positions = (plan.tile + 2) * (plan.tile + 2);
  bool filterStays = positions * plan.channels * plan.outputs * 4 <= machine.l2Bytes;
  int64_t bytesPerRow = positions * plan.tileColumns * (plan.channels + plan.outputs) * 4;
  int64_t best = 1, balanced = 0;
  for (int64_t rows = 1; rows <= plan.tileRows; ++rows) {
    bool fits = rows * bytesPerRow <= machine.l2Bytes / 2 || !filterStays ||
                best * plan.tileColumns < kFewestPositions;
    if (plan.tileRows % rows != 0 || !fits)
      continue;
    best = rows;
    if (rows * plan.tileColumns >= kFewestPositions && filterStays &&
        isBalanced(plan.tileRows / rows, threads))
      balanced = rows;
  }
  return balanced > 0 ? balanced : best;
}

/// What the kernel's types say.
Plan readShapes(KernelScheduler &scheduler, const Values &values) {
  Plan plan;
  ArrayRef<int64_t> shape = getShape(scheduler.getOutput());
  plan.images = shape[0];
  plan.tile = getShape(values.outputRows)[1];
  plan.tileRows = llvm::divideCeilSigned(shape[1], plan.tile);
  plan.tileColumns = llvm::divideCeilSigned(shape[2], plan.tile);
  plan.channels = getShape(values.input).back();
  plan.outputs = shape.back();
  plan.lanes = scheduler.getLanes(values.product);
  return plan;
}

Plan makePlan(KernelScheduler &scheduler, const Values &values) {
  Plan plan = readShapes(scheduler, values);
  const Choices &choices = scheduler.getChoices();
  const Machine &machine = scheduler.getMachine();
  plan.blockRows = choices.blockRows ? *choices.blockRows
                                     : chooseBlockRows(machine, plan, scheduler.getThreads());
  plan.registers = choices.tile
                       ? *choices.tile
                       : chooseRegisterTile(machine, plan.getPositions(), plan.outputs, plan.lanes);
  return plan;
}

/// Tiles of the output; everything is computed inside a block `yb` of tile rows.
void scheduleOutput(KernelScheduler &scheduler, const Values &values, const Plan &plan) {
  Value output = scheduler.getOutput();
  Stage stage{output, std::nullopt};
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  int64_t lanes = getDividingLanes(plan.outputs, plan.lanes);
  auto cut = [&](StringRef loop, StringRef outer, StringRef inner, int64_t extent) {
    scheduler.split(stage, loop, outer, inner, plan.tile,
                    extent % plan.tile == 0 ? Tail::Auto : Tail::GuardWithIf);
  };
  cut(loops[1], "yo", "yi", getShape(output)[1]);
  cut(loops[2], "xo", "xi", getShape(output)[2]);
  scheduler.split(stage, loops[3], "ko", "ki", lanes);
  scheduler.split(stage, "yo", "yb", "yt", plan.blockRows);
  scheduler.reorder(stage, {"ki", "xi", "yi", "ko", "xo", "yt", "yb", loops[0]});
  scheduler.vectorize(stage, "ki");
  Value rows = values.outputRows;
  SmallVector<Value> unrolled{rows};
  if (scheduler.hasExpensiveConsumers(values.output) && values.output != output) {
    // The transform lands in memory; the epilogue loops over it.
    scheduler.computeAt(values.output, output, "ko");
    unrolled.push_back(values.output);
  } else {
    scheduler.unroll(stage, "xi");
    scheduler.unroll(stage, "yi");
  }
  scheduler.computeAt(rows, output, "ko");
  scheduler.storeInRegisters(rows);
  scheduler.boundExtent(rows, "p", plan.tile);
  for (Value value : unrolled) {
    SmallVector<std::string> names = KernelScheduler::getLoops(value);
    if (value != rows) {
      scheduler.boundExtent(value, names[1], plan.tile);
      scheduler.boundExtent(value, names[2], plan.tile);
    }
    scheduler.vectorize({value, std::nullopt}, names.back());
    scheduler.unroll({value, std::nullopt}, names[1]);
    scheduler.unroll({value, std::nullopt}, names[2]);
  }
}

/// Matrix products in register tiles, one for each position i, j of the transform.
void scheduleProduct(KernelScheduler &scheduler, const Values &values, const Plan &plan,
                     bool packed) {
  Stage stored{values.stored, std::nullopt};
  scheduler.computeAt(values.stored, scheduler.getOutput(), "yb");
  int64_t lanes = getDividingLanes(plan.outputs, plan.lanes);
  scheduler.split(stored, "k", "kb", "ki", lanes);
  bool divides = plan.outputs % plan.getBlock() == 0;
  scheduler.split(stored, "kb", "ko", "kv", plan.getBlock() / lanes,
                  divides ? Tail::Auto : Tail::GuardWithIf);
  scheduler.split(stored, "t", "to", "ti", plan.registers.positions, Tail::ShiftInwards);
  scheduler.reorder(stored, {"ki", "kv", "ti", "to", "ko", "j", "i", "n"});
  scheduler.vectorize(stored, "ki");
  scheduler.unroll(stored, "kv");
  scheduler.unroll(stored, "ti");

  scheduler.computeAt(values.product, values.stored, "to");
  scheduler.storeInRegisters(values.product);
  if (packed)
    scheduler.boundExtent(values.product, "k", plan.getBlock());
  for (Stage stage : {Stage{values.product, std::nullopt}, Stage{values.product, 0}}) {
    scheduler.split(stage, "k", "kv", "ki", plan.lanes);
    SmallVector<std::string> order{"ki", "kv", "t"};
    if (stage.update)
      order.push_back("c");
    scheduler.reorder(stage, order);
    scheduler.vectorize(stage, "ki");
    scheduler.unroll(stage, "kv");
    scheduler.unroll(stage, "t");
  }
}

/// Tile by tile, a vector of channels at a time.
void scheduleInput(KernelScheduler &scheduler, const Values &values, const Plan &plan) {
  Stage input{values.input, std::nullopt};
  scheduler.computeAt(values.input, scheduler.getOutput(), "yb");
  int64_t lanes = std::min(scheduler.getLanes(values.input), plan.channels);
  scheduler.split(input, "c", "co", "ci", lanes,
                  plan.channels % lanes == 0 ? Tail::Auto : Tail::ShiftInwards);
  scheduler.reorder(input, {"ci", "j", "i", "co", "t", "n"});
  scheduler.vectorize(input, "ci");
  scheduler.unroll(input, "j");
  scheduler.unroll(input, "i");
  scheduler.computeAt(values.inputRows, values.input, "co");
  scheduler.storeInRegisters(values.inputRows);
  Stage rows{values.inputRows, std::nullopt};
  scheduler.vectorize(rows, "c");
  scheduler.unroll(rows, "b");
  scheduler.unroll(rows, "i");
}

/// Threads take blocks of tile rows, each with its own memory; where those are too few, they share
/// the work inside a block.
void shareWork(KernelScheduler &scheduler, const Values &values, const Plan &plan) {
  Stage output{scheduler.getOutput(), std::nullopt};
  for (OuterLoop loop : {OuterLoop{KernelScheduler::getLoops(output.func).front(), plan.images},
                         OuterLoop{"yb", plan.tileRows / plan.blockRows}})
    if (isBalanced(loop.extent, scheduler.getThreads())) {
      parallelize(scheduler, output, loop);
      return;
    }
  int64_t side = plan.tile + 2;
  parallelize(scheduler, {values.input, std::nullopt}, {{"t", plan.getPositions()}});
  parallelize(
      scheduler, {values.stored, std::nullopt},
      {{"i", side}, {"j", side}, {"ko", llvm::divideCeilSigned(plan.outputs, plan.getBlock())}});
  parallelize(scheduler, output, {{"yt", plan.blockRows}, {"xo", plan.tileColumns}});
}

} // namespace

void scheduleWinograd(KernelScheduler &scheduler) {
  Values values = findValues(scheduler);
  storeProduct(scheduler, values);
  if (scheduler.hasExpensiveConsumers(values.output))
    scheduler.separateFromOutput(values.output);
  Plan plan = makePlan(scheduler, values);
  for (auto pad : scheduler.getKernel().getBody().front().getOps<tensor::PadOp>()) {
    scheduler.computeRoot(pad);
    scheduler.vectorizeInnermost({pad, std::nullopt}, KernelScheduler::getLoops(pad).back(),
                                 pad.getResultType().getShape().back());
    parallelizeAround(scheduler, {pad, std::nullopt}, KernelScheduler::getLoops(pad).back());
  }
  bool packed = packWeights(scheduler.getKernel(), scheduler.getOnlyReduction(), plan.getBlock());
  scheduleOutput(scheduler, values, plan);
  scheduleProduct(scheduler, values, plan, packed);
  scheduleInput(scheduler, values, plan);
  shareWork(scheduler, values, plan);
}

SmallVector<Choices> listWinogradChoices(KernelScheduler &scheduler) {
  Plan plan = readShapes(scheduler, findValues(scheduler));
  // Such a kernel takes a compiler a second, so the list is short.
  constexpr size_t mostTiles = 2;
  SmallVector<Choices> list;
  for (size_t rank = 0; rank < mostTiles; ++rank)
    for (plan.blockRows = 1; plan.blockRows <= plan.tileRows; ++plan.blockRows) {
      if (plan.tileRows % plan.blockRows != 0)
        continue;
      SmallVector<RegisterTile> tiles = listRegisterTiles(
          scheduler.getMachine(), plan.getPositions(), plan.outputs, plan.lanes, mostTiles);
      if (rank >= tiles.size())
        continue;
      Choices &choices = list.emplace_back();
      choices.tile = tiles[rank];
      choices.blockRows = plan.blockRows;
    }
  return list;
}

} // namespace nnc
