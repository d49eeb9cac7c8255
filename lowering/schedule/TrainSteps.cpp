// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/TrainSteps.h"

#include "lowering/schedule/PackWeights.h"
#include "lowering/schedule/RegisterTile.h"

#include <algorithm>

using namespace mlir;

namespace nnc {
namespace {

using halide::Tail;

/// Loops of fewer iterations cost more than what is in them.
constexpr int64_t kShortLoop = 4;

constexpr size_t kColumnLoop = 2; // "x" of "n", "y", "x", ...

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The core's elements in the order of the loops c, r, q (r, c, q where the first core goes first),
/// so that q is contiguous.
void layOutCore(KernelScheduler &scheduler, const TrainStep &step, bool isForward) {
  linalg::GenericOp sum = step.sum;
  OpOperand &core = *sum.getDpsInputOperand(1);
  ArrayRef<int64_t> shape = getShape(core.get());
  AffineMap map = sum.getMatchingIndexingMap(&core);
  Builder builder(sum.getContext());
  unsigned loops = map.getNumDims(), q = step.loops.size() - 1;
  for (auto [index, name] : llvm::enumerate(step.loops))
    if (name == "q")
      q = index;
  AffineExpr input = builder.getAffineDimExpr(loops - 2),
             rank = builder.getAffineDimExpr(loops - 1), column = builder.getAffineDimExpr(q);
  if (isForward)
    layOutWeights(scheduler.getKernel(), core, {0, 1, 2, 3},
                  {shape[0], shape[1], shape[2] * shape[3]},
                  AffineMap::get(loops, 0, {rank, input, column}, builder.getContext()));
  else
    layOutWeights(scheduler.getKernel(), core, {1, 3, 0, 2},
                  {shape[1], shape[3], shape[0] * shape[2]},
                  AffineMap::get(loops, 0, {input, rank, column}, builder.getContext()));
}

void scheduleStored(KernelScheduler &scheduler, const TrainStep &step) {
  Stage stored{step.stored, std::nullopt};
  std::string position = step.position, channel = step.channel;
  scheduler.split(stored, channel, channel + "o", channel + "b", step.tile.vectors * step.lanes);
  scheduler.split(stored, channel + "b", channel + "v", channel + "l", step.lanes);
  scheduler.split(stored, position, position + "o", position + "t", step.tile.positions,
                  step.positions % step.tile.positions == 0 ? Tail::Auto : Tail::ShiftInwards);
  SmallVector<std::string> order{channel + "l", channel + "v", position + "t"};
  if (step.pixels > 1) {
    scheduler.split(stored, "x", "xo", "xt", step.pixels);
    order.push_back("xt");
  }
  order.append({position + "o", channel + "o"});
  for (const std::string &loop : llvm::reverse(step.loops))
    if (loop != position && loop != channel)
      order.push_back(loop == "x" && step.pixels > 1 ? "xo" : loop);
  scheduler.reorder(stored, order);
  scheduler.vectorize(stored, channel + "l");
  scheduler.unroll(stored, channel + "v");
  scheduler.unroll(stored, position + "t");
  if (step.pixels > 1)
    scheduler.unroll(stored, "xt");
}

void scheduleSum(KernelScheduler &scheduler, const TrainStep &step) {
  linalg::GenericOp generic = step.sum;
  Value sum = generic.getResult(0);
  std::string channel = step.channel;
  scheduler.computeAt(sum, step.stored, step.position + "o");
  scheduler.storeInRegisters(sum);
  for (Stage stage : {Stage{sum, std::nullopt}, Stage{sum, 0}}) {
    scheduler.split(stage, channel, channel + "v", channel + "l", step.lanes);
    SmallVector<std::string> order{channel + "l", channel + "v", step.position};
    if (step.pixels > 1)
      order.push_back("x");
    if (stage.update)
      order.append({"r", "c"});
    scheduler.reorder(stage, order);
    scheduler.vectorize(stage, channel + "l");
    scheduler.unroll(stage, channel + "v");
    scheduler.unroll(stage, step.position);
    if (step.pixels > 1)
      scheduler.unroll(stage, "x");
    if (stage.update && generic.getStaticLoopRanges().back() <= kShortLoop)
      scheduler.unroll(stage, "r");
  }
}

/// The core's results next to each other, in registers and in memory.
void reorderStorage(KernelScheduler &scheduler, const TrainStep &step) {
  if (!step.isCoreVectorized || step.loops.back() == "q")
    return;
  SmallVector<std::string> storage{step.channel};
  for (const std::string &loop : llvm::reverse(step.loops))
    if (loop != step.channel)
      storage.push_back(loop);
  linalg::GenericOp sum = step.sum;
  scheduler.reorderStorage(step.stored, storage);
  scheduler.reorderStorage(sum.getResult(0), storage);
}

} // namespace

TrainStep makeTrainStep(KernelScheduler &scheduler, linalg::GenericOp sum) {
  TrainStep step;
  step.sum = sum;
  step.loops = KernelScheduler::getLoops(sum.getResult(0));
  step.loops.truncate(step.loops.size() - sum.getNumReductionLoops());
  step.stored = scheduler.insertCopy(sum.getResult(0));
  SmallVector<StringRef> names(step.loops.begin(), step.loops.end());
  scheduler.nameLoops(step.stored, names);
  return step;
}

void chooseTrainTile(KernelScheduler &scheduler, TrainStep &step, ArrayRef<int64_t> shape) {
  size_t last = step.loops.size() - 1;
  size_t q = step.loops[last] == "q" || last == 0 ? last : last - 1,
         other = q == last ? last - 1 : last;
  int64_t lanes = scheduler.getLanes(step.stored);
  int64_t ofCore = getDividingLanes(shape[q], lanes),
          ofOther = step.loops[other] == "x" ? 0 : getDividingLanes(shape[other], lanes);
  // The last loop of a step with an inner loop is contiguous as it is; between equals it wins.
  step.isCoreVectorized = q == last || ofCore > ofOther;
  size_t channel = step.isCoreVectorized ? q : other, position = step.isCoreVectorized ? other : q;
  step.channel = step.loops[channel];
  step.position = step.loops[position];
  step.channels = shape[channel];
  step.positions = shape[position];
  step.lanes = step.isCoreVectorized ? ofCore : ofOther;
  int64_t pixels = step.position != "x" && step.hasLoop("x") ? shape[kColumnLoop] : 1;
  auto choose = [&](int64_t positions) {
    return chooseRegisterTile(scheduler.getMachine(), positions, step.channels, step.lanes);
  };
  step.tile = choose(step.positions * pixels);
  step.pixels = getDivisor(pixels, step.tile.positions / step.positions);
  step.tile = choose(step.positions * step.pixels);
  if (step.pixels > 1)
    step.tile.positions = step.positions;
  while (step.channels % (step.tile.vectors * step.lanes) != 0)
    --step.tile.vectors;
}

void scheduleTrainStep(KernelScheduler &scheduler, const TrainStep &step, bool isForward) {
  layOutCore(scheduler, step, isForward);
  scheduleStored(scheduler, step);
  scheduleSum(scheduler, step);
  reorderStorage(scheduler, step);
}

} // namespace nnc
