// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/NarrowContraction.h"
#include "lowering/schedule/PackWeights.h"
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/Tiles.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

using halide::Tail;

/// How a contraction's loops are named and cut.
struct Plan {
  Value output;                   // what is tiled: the sums, or what follows them
  SmallVector<std::string> outer; // the output's loops outside the tile, outermost first
  std::string position, channel;  // the output's loops that are tiled
  int64_t positions, channels;    // their extents
  int64_t lanes;
  RegisterTile tile;
  bool packed;
  Value landing; // where the sums are put down for an expensive epilogue, or null
  LoopOrder order;

  int64_t getBlock() const { return tile.vectors * lanes; }
  /// The innermost loop outside the tile.
  StringRef getTileLoop() const { return order == LoopOrder::Positions ? "ko" : "xo"; }
};

int64_t getReductionSize(linalg::GenericOp contraction) {
  int64_t size = 1;
  for (auto [extent, iterator] :
       llvm::zip(contraction.getStaticLoopRanges(), contraction.getIteratorTypesArray()))
    size *= iterator == utils::IteratorType::reduction ? extent : 1;
  return size;
}

/// Without packing a block of channels must not reach beyond the last one.
void narrowToChannels(Plan &plan) {
  while (plan.tile.vectors > 1 && plan.getBlock() > plan.channels)
    --plan.tile.vectors;
  while (plan.lanes > 1 && plan.getBlock() > plan.channels)
    plan.lanes /= 2;
}

/// What the output's type says: loops, extents, the vector.
Plan readShape(KernelScheduler &scheduler, Value output) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(output.getType()).getShape();
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  Plan plan;
  plan.output = output;
  plan.channel = loops.pop_back_val();
  plan.position = loops.pop_back_val();
  plan.outer = loops;
  plan.channels = shape.back();
  plan.positions = shape[shape.size() - 2];
  plan.lanes = scheduler.getLanes(output);
  while (plan.lanes > 4 && plan.lanes / 2 >= plan.channels)
    plan.lanes /= 2;
  return plan;
}

/// Weights that fit the cache may be read again for every row.
LoopOrder chooseOrder(KernelScheduler &scheduler, linalg::GenericOp contraction, const Plan &plan) {
  int64_t bytes = getReductionSize(contraction) * plan.channels * 4;
  bool weightsStay = bytes <= scheduler.getMachine().l2Bytes / 2;
  return weightsStay && !plan.outer.empty() ? LoopOrder::Rows : LoopOrder::Weights;
}

/// Bytes from one position's input to the next one's.
int64_t getRowBytes(linalg::GenericOp contraction, const Plan &plan) {
  auto input = cast<RankedTensorType>(contraction.getInputs().front().getType());
  ArrayRef<int64_t> shape = input.getShape();
  if (shape.size() < 2)
    return 0;
  int64_t stride = std::max<int64_t>(1, shape[shape.size() - 2] / plan.positions);
  return stride * shape.back() * 4;
}

Plan makePlan(KernelScheduler &scheduler, linalg::GenericOp contraction, Value output,
              const Choices &choices) {
  Plan plan = readShape(scheduler, output);
  plan.tile = choices.tile
                  ? *choices.tile
                  : chooseRegisterTile(scheduler.getMachine(), plan.positions, plan.channels,
                                       plan.lanes, getRowBytes(contraction, plan));
  plan.packed = packWeights(scheduler.getKernel(), contraction, plan.getBlock());
  if (!plan.packed)
    narrowToChannels(plan);
  plan.order = choices.order ? *choices.order : chooseOrder(scheduler, contraction, plan);
  if (scheduler.hasExpensiveConsumers(contraction.getResult(0), output))
    plan.landing = scheduler.insertCopy(contraction.getResult(0));
  return plan;
}

/// Cuts the output's channels into blocks KO of vectors KV of lanes KI.
void splitOutputChannels(KernelScheduler &scheduler, const Plan &plan, Stage output) {
  int64_t lanes = plan.lanes;
  if (!plan.packed) {
    scheduler.split(output, plan.channel, "ko", "kb", plan.getBlock(), Tail::ShiftInwards);
    scheduler.split(output, "kb", "kv", "ki", lanes);
    return;
  }
  bool isOneVector = plan.tile.vectors == 1 && plan.channels <= lanes;
  if (isOneVector)
    lanes = plan.channels; // stored at once, however many they are
  // Vectors divide the channels, so that only whole vectors are left out of the last block.
  while (plan.channels % lanes != 0)
    lanes /= 2;
  scheduler.split(output, plan.channel, "kb", "ki", lanes);
  bool divides = isOneVector || plan.channels % plan.getBlock() == 0;
  scheduler.split(output, "kb", "ko", "kv", isOneVector ? 1 : plan.getBlock() / lanes,
                  divides ? Tail::Auto : Tail::GuardWithIf);
}

void scheduleOutput(KernelScheduler &scheduler, const Plan &plan) {
  Stage output{plan.output, std::nullopt};
  splitOutputChannels(scheduler, plan, output);
  scheduler.split(output, plan.position, "xo", "xi", plan.tile.positions, Tail::ShiftInwards);
  SmallVector<std::string> order{"ki", "kv", "xi"};
  SmallVector<std::string> rows(llvm::reverse(plan.outer));
  if (plan.order == LoopOrder::Positions)
    order.append({"ko", "xo"});
  else if (plan.order == LoopOrder::Rows)
    order.append({"xo", "ko"});
  else
    order.push_back("xo");
  order.append(rows.begin(), rows.end());
  if (plan.order == LoopOrder::Weights)
    order.push_back("ko");
  scheduler.reorder(output, order);
  scheduler.vectorize(output, "ki");
  if (plan.landing)
    return; // loops over the tile in memory
  scheduler.unroll(output, "kv");
  scheduler.unroll(output, "xi");
}

/// Threads share blocks of channels and rows, in the order of the loops. Blocks that overlap are
/// left to one thread.
void shareOutput(KernelScheduler &scheduler, const Plan &plan) {
  Stage output{plan.output, std::nullopt};
  ArrayRef<int64_t> shape = cast<RankedTensorType>(output.func.getType()).getShape();
  SmallVector<OuterLoop> loops;
  for (auto [name, extent] : llvm::zip(plan.outer, shape))
    loops.push_back({name, extent});
  bool blocksAreApart = plan.packed || plan.channels % plan.getBlock() == 0;
  if (blocksAreApart && plan.order != LoopOrder::Positions) {
    OuterLoop blocks{"ko", llvm::divideCeilSigned(plan.channels, plan.getBlock())};
    loops.insert(plan.order == LoopOrder::Rows ? loops.end() : loops.begin(), blocks);
  }
  if (parallelize(scheduler, output, loops) || plan.positions % plan.tile.positions != 0)
    return;
  parallelize(scheduler, output, {{"xo", plan.positions / plan.tile.positions}});
}

/// The tile in memory: a plain copy of the sums, register by register.
void scheduleLanding(KernelScheduler &scheduler, const Plan &plan) {
  SmallVector<std::string> loops = KernelScheduler::getLoops(plan.landing);
  std::string channel = loops.pop_back_val(), position = loops.pop_back_val();
  scheduler.computeAt(plan.landing, plan.output, plan.getTileLoop());
  if (plan.packed)
    scheduler.boundExtent(plan.landing, channel, plan.getBlock());
  Stage stage{plan.landing, std::nullopt};
  scheduler.split(stage, channel, "kv", "ki", plan.lanes);
  scheduler.vectorize(stage, "ki");
  scheduler.unroll(stage, "kv");
  scheduler.unroll(stage, position);
}

/// The reductions, innermost first. The tile reads its positions' inputs side by side: where the
/// innermost loop moves along the positions too (one input channel), each iteration would read
/// again what the last one read, and compilers keep that in scalars to broadcast, which costs more
/// than it saves. Then a loop that does not move along the positions goes inside.
SmallVector<std::string> orderReductions(linalg::GenericOp contraction,
                                         ArrayRef<std::string> loops) {
  AffineMap output = contraction.getIndexingMapsArray().back();
  unsigned first = contraction.getNumLoops() - contraction.getNumReductionLoops();
  unsigned position = cast<AffineDimExpr>(output.getResults().drop_back().back()).getPosition();
  auto movesAlongPositions = [&](unsigned loop) {
    return llvm::any_of(contraction.getIndexingMapsArray(), [&](AffineMap map) {
      return llvm::any_of(map.getResults(), [&](AffineExpr index) {
        return index.isFunctionOfDim(loop) && index.isFunctionOfDim(position);
      });
    });
  };
  SmallVector<int64_t> extents = contraction.getStaticLoopRanges();
  SmallVector<unsigned> order;
  for (unsigned loop = contraction.getNumLoops(); loop-- > first;)
    order.push_back(loop);
  auto *innermost = llvm::find_if(order, [&](unsigned loop) { return extents[loop] > 1; });
  auto *other = std::find_if(innermost, order.end(), [&](unsigned loop) {
    return extents[loop] > 1 && !movesAlongPositions(loop);
  });
  if (innermost != order.end() && other != order.end())
    std::rotate(innermost, other, std::next(other));
  return llvm::map_to_vector(order, [&](unsigned loop) { return loops[loop]; });
}

/// Steps of the innermost sum that are taken at once for each position. Positions of a list lie
/// anywhere, so each has an address of its own, more than there are registers for: one load of it
/// is to serve several multiply-adds. Their weights take registers as well.
int64_t chooseUnrolledSteps(linalg::GenericOp contraction, const Plan &plan) {
  bool isListed = llvm::any_of(contraction.getRegion().getOps(),
                               [](Operation &op) { return isa<tensor::ExtractOp>(op); });
  int64_t steps = plan.tile.vectors == 1 ? 4 : 2;
  bool divides = contraction.getStaticLoopRanges().back() % steps == 0;
  return isListed && divides && plan.tile.positions > 4 ? steps : 1;
}

/// The accumulator's two stages: initial values, and the sum whose reduction loops stay loops.
void scheduleAccumulator(KernelScheduler &scheduler, const Plan &plan,
                         linalg::GenericOp contraction) {
  Value accumulator = contraction.getResult(0);
  scheduler.computeAt(accumulator, plan.output, plan.getTileLoop());
  scheduler.storeInRegisters(accumulator);
  SmallVector<std::string> loops = KernelScheduler::getLoops(accumulator);
  unsigned reductions = contraction.getNumReductionLoops();
  SmallVector<std::string> inner = orderReductions(contraction, loops);
  int64_t unrolled = chooseUnrolledSteps(contraction, plan);
  loops.truncate(loops.size() - reductions);
  std::string channel = loops.pop_back_val(), position = loops.pop_back_val();
  if (plan.packed)
    scheduler.boundExtent(accumulator, channel, plan.getBlock());
  for (Stage stage : {Stage{accumulator, std::nullopt}, Stage{accumulator, 0}}) {
    scheduler.split(stage, channel, "kv", "ki", plan.lanes);
    SmallVector<std::string> order{"ki", "kv", position};
    if (stage.update)
      order.append(inner.begin(), inner.end());
    if (stage.update && unrolled > 1) {
      scheduler.split(stage, inner.front(), "co", "ci", unrolled);
      order[3] = "co";
      order.insert(order.begin() + 2, "ci");
    }
    scheduler.reorder(stage, order);
    if (stage.update && unrolled > 1)
      scheduler.unroll(stage, "ci");
    scheduler.vectorize(stage, "ki");
    scheduler.unroll(stage, "kv");
    scheduler.unroll(stage, position);
  }
}

/// What is computed for each tile of the output.
void scheduleSums(KernelScheduler &scheduler, const Plan &plan, linalg::GenericOp contraction) {
  if (plan.landing)
    scheduleLanding(scheduler, plan);
  scheduleAccumulator(scheduler, plan, contraction);
}

/// What is padded or spread out once, not wherever a window reads it.
SmallVector<Value> listStoredInputs(KernelScheduler &scheduler, linalg::GenericOp contraction) {
  SmallVector<Value> stored;
  for (auto pad : scheduler.getKernel().getBody().front().getOps<tensor::PadOp>())
    stored.push_back(pad);
  for (Value input : contraction.getInputs())
    if (input.getDefiningOp<linalg::GenericOp>())
      stored.push_back(input);
  return stored;
}

} // namespace

void scheduleContraction(KernelScheduler &scheduler) {
  linalg::GenericOp contraction = scheduler.getOnlyReduction();
  if (!contraction)
    return scheduleDefault(scheduler);
  SmallVector<Value> stored = listStoredInputs(scheduler, contraction);
  if (!scheduleNarrowContraction(scheduler, contraction)) {
    scheduler.separateFromOutput(contraction.getResult(0));
    Plan plan = makePlan(scheduler, contraction, scheduler.getOutput(), scheduler.getChoices());
    scheduleOutput(scheduler, plan);
    shareOutput(scheduler, plan);
    scheduleSums(scheduler, plan, contraction);
  }
  for (Value input : stored) {
    scheduler.computeRoot(input);
    scheduler.vectorizeInnermost({input, std::nullopt}, KernelScheduler::getLoops(input).back(),
                                 cast<RankedTensorType>(input.getType()).getShape().back());
    parallelizeAround(scheduler, {input, std::nullopt}, KernelScheduler::getLoops(input).back());
  }
}

void tileContraction(KernelScheduler &scheduler, linalg::GenericOp contraction, Value output,
                     std::optional<RegisterTile> tile) {
  Choices choices;
  choices.tile = tile;
  choices.order = LoopOrder::Rows;
  Plan plan = makePlan(scheduler, contraction, output, choices);
  scheduleOutput(scheduler, plan);
  scheduleSums(scheduler, plan, contraction);
}

SmallVector<Choices> listContractionChoices(KernelScheduler &scheduler) {
  SmallVector<Choices> list;
  if (!scheduler.getOnlyReduction())
    return list;
  Plan plan = readShape(scheduler, scheduler.getOutput());
  SmallVector<LoopOrder> orders{LoopOrder::Weights, LoopOrder::Positions};
  if (!plan.outer.empty())
    orders.push_back(LoopOrder::Rows);
  for (RegisterTile tile : listRegisterTiles(scheduler.getMachine(), plan.positions, plan.channels,
                                             plan.lanes, /*count=*/4))
    for (LoopOrder order : orders) {
      Choices &choices = list.emplace_back();
      choices.tile = tile;
      choices.order = order;
    }
  return list;
}

} // namespace nnc
