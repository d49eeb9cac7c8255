// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A train's contraction is a chain of small matrix products (dialects/nnc/TensorTrainMeaning.cpp).
// Each state is computed just before the next step reads it, as deep in that step's loops as
// nothing is computed twice, so that states stay in the first caches. The vectors of a step run
// over its core (q), or, where that is too narrow, over what the other cores leave (the inner
// loop).
#include "lowering/schedule/PackWeights.h"
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

using halide::Tail;

/// One contraction: the sum, its copy in memory, and the two loops that are tiled.
struct Step {
  linalg::GenericOp sum;
  Value stored;
  SmallVector<std::string> loops; // over results, outermost first
  std::string position, channel;
  int64_t positions, channels, lanes;
  bool isCoreVectorized;
  RegisterTile tile;
};

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The core's elements in the order of the loops c, r, q (r, c, q where the first core goes first),
/// so that q is contiguous.
void layOutCore(KernelScheduler &scheduler, Step &step, bool isForward) {
  OpOperand &core = *step.sum.getDpsInputOperand(1);
  ArrayRef<int64_t> shape = getShape(core.get());
  AffineMap map = step.sum.getMatchingIndexingMap(&core);
  Builder builder(step.sum.getContext());
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

/// The extents of a step's results that are computed at once: of the outer loop, what one iteration
/// of the next step reads, the input mode of its core.
SmallVector<int64_t> getComputedShape(const Step &step, Step *reader, bool isForward) {
  SmallVector<int64_t> shape(getShape(step.stored));
  for (auto [index, name] : llvm::enumerate(step.loops))
    if (reader && !isForward && name == "i")
      shape[index] = reader->sum.getStaticLoopRanges()[reader->loops.size()];
  return shape;
}

/// Chooses which of the step's two innermost loops the vectors run over; `shape` is computed at
/// once.
void chooseTile(KernelScheduler &scheduler, Step &step, ArrayRef<int64_t> shape) {
  size_t last = step.loops.size() - 1;
  size_t q = step.loops[last] == "q" || last == 0 ? last : last - 1,
         other = q == last ? last - 1 : last;
  int64_t lanes = scheduler.getLanes(step.stored);
  int64_t ofCore = getDividingLanes(shape[q], lanes),
          ofOther = getDividingLanes(shape[other], lanes);
  // The last loop of a step with an inner loop is contiguous as it is; between equals it wins.
  step.isCoreVectorized = q == last || ofCore > ofOther;
  size_t channel = step.isCoreVectorized ? q : other, position = step.isCoreVectorized ? other : q;
  step.channel = step.loops[channel];
  step.position = step.loops[position];
  step.channels = shape[channel];
  step.positions = shape[position];
  step.lanes = step.isCoreVectorized ? ofCore : ofOther;
  step.tile = chooseRegisterTile(scheduler.getMachine(), step.positions, step.channels, step.lanes);
  while (step.channels % (step.tile.vectors * step.lanes) != 0)
    --step.tile.vectors;
}

SmallVector<Step> findSteps(KernelScheduler &scheduler) {
  SmallVector<Step> steps;
  for (auto generic : scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>())
    if (generic.getNumReductionLoops() != 0)
      steps.push_back({generic, {}, {}, {}, {}, 0, 0, 0, false, {}});
  for (Step &step : steps) {
    step.loops = KernelScheduler::getLoops(step.sum.getResult(0));
    step.loops.truncate(step.loops.size() - step.sum.getNumReductionLoops());
    step.stored = scheduler.insertCopy(step.sum.getResult(0));
    SmallVector<StringRef> names(step.loops.begin(), step.loops.end());
    scheduler.nameLoops(step.stored, names);
  }
  return steps;
}

void scheduleStored(KernelScheduler &scheduler, const Step &step) {
  Stage stored{step.stored, std::nullopt};
  std::string position = step.position, channel = step.channel;
  scheduler.split(stored, channel, channel + "o", channel + "b", step.tile.vectors * step.lanes);
  scheduler.split(stored, channel + "b", channel + "v", channel + "l", step.lanes);
  scheduler.split(stored, position, position + "o", position + "t", step.tile.positions,
                  step.positions % step.tile.positions == 0 ? Tail::Auto : Tail::ShiftInwards);
  SmallVector<std::string> order{channel + "l", channel + "v", position + "t", position + "o",
                                 channel + "o"};
  for (const std::string &loop : llvm::reverse(step.loops))
    if (loop != position && loop != channel)
      order.push_back(loop);
  scheduler.reorder(stored, order);
  scheduler.vectorize(stored, channel + "l");
  scheduler.unroll(stored, channel + "v");
  scheduler.unroll(stored, position + "t");
}

/// Vectors are contiguous in the state, and in the sums, which are no registers otherwise.
void layOutStates(KernelScheduler &scheduler, Step &step) {
  if (step.loops.back() == step.channel)
    return;
  SmallVector<std::string> storage{step.channel};
  for (const std::string &loop : llvm::reverse(step.loops))
    if (loop != step.channel)
      storage.push_back(loop);
  for (Value state : {step.sum.getResult(0), step.stored})
    scheduler.reorderStorage(state, storage);
}

void scheduleSum(KernelScheduler &scheduler, Step &step) {
  Value sum = step.sum.getResult(0);
  std::string channel = step.channel;
  scheduler.computeAt(sum, step.stored, step.position + "o");
  scheduler.storeInRegisters(sum);
  for (Stage stage : {Stage{sum, std::nullopt}, Stage{sum, 0}}) {
    scheduler.split(stage, channel, channel + "v", channel + "l", step.lanes);
    SmallVector<std::string> order{channel + "l", channel + "v", step.position};
    if (stage.update)
      order.append({"r", "c"});
    scheduler.reorder(stage, order);
    scheduler.vectorize(stage, channel + "l");
    scheduler.unroll(stage, channel + "v");
    scheduler.unroll(stage, step.position);
  }
}

/// Last to first: each state at the outer loop of the step that reads it, which then reads all that
/// was computed there.
void placeBackward(KernelScheduler &scheduler, ArrayRef<Step> steps, StringRef row) {
  for (size_t k = 0; k + 1 < steps.size(); ++k) {
    const Step &reader = steps[k + 1];
    bool hasOuter = llvm::is_contained(reader.loops, "i");
    scheduler.computeAt(steps[k].stored, hasOuter ? reader.stored : scheduler.getOutput(),
                        hasOuter ? StringRef("i") : row);
  }
}

/// What is known of the kernel's output once its loops are named.
void scheduleOutput(KernelScheduler &scheduler) {
  Value output = scheduler.getOutput();
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  scheduler.vectorizeInnermost({output, std::nullopt}, loops.back(), getShape(output).back());
  SmallVector<OuterLoop> rows;
  for (size_t i = 0; i + 1 < loops.size(); ++i)
    rows.push_back({loops[i], getShape(output)[i]});
  parallelize(scheduler, {output, std::nullopt}, rows);
}

} // namespace

void scheduleTensorTrain(KernelScheduler &scheduler) {
  auto countSums = [&] {
    auto generics = scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>();
    return llvm::count_if(generics, [](auto op) { return op.getNumReductionLoops() != 0; });
  };
  bool isConvolution = cast<RankedTensorType>(scheduler.getOutput().getType()).getRank() == 4;
  if (countSums() < 2 || isConvolution)
    return scheduleDefault(scheduler);
  halide::KernelOp kernel = scheduler.getKernel();
  kernel->setAttr(halide::kRewrittenAttr, UnitAttr::get(kernel.getContext()));
  SmallVector<Step> steps = findSteps(scheduler);
  bool isForward = steps.front().loops.back() != "q";
  for (size_t k = 0; k < steps.size(); ++k) {
    Step *reader = k + 1 < steps.size() ? &steps[k + 1] : nullptr;
    chooseTile(scheduler, steps[k], getComputedShape(steps[k], reader, isForward));
  }
  SmallVector<std::string> loops = KernelScheduler::getLoops(scheduler.getOutput());
  std::string row = loops[loops.size() - 2];
  scheduleOutput(scheduler);
  for (Step &step : steps) {
    layOutCore(scheduler, step, isForward);
    scheduleStored(scheduler, step);
    scheduleSum(scheduler, step);
    layOutStates(scheduler, step);
  }
  scheduler.computeAt(steps.back().stored, scheduler.getOutput(), row);
  if (!isForward)
    return placeBackward(scheduler, steps, row);
  for (Step &step : steps)
    if (step.stored != steps.back().stored)
      scheduler.computeAt(step.stored, scheduler.getOutput(), row);
}

} // namespace nnc
