// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A train's contraction is a chain of small matrix products (dialects/nnc/TensorTrainMeaning.cpp).
// Each state is computed just before the next step reads it, as deep in that step's loops as
// nothing is computed twice, so that states stay in the first caches. The vectors of a step run
// over its core (q), or, where that is too narrow, over what the other cores leave (the inner
// loop).
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/TrainConvolution.h"
#include "lowering/schedule/TrainSteps.h"

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The extents of a step's results that are computed at once: of the outer loop, what one iteration
/// of the next step reads, the input mode of its core.
SmallVector<int64_t> getComputedShape(const TrainStep &step, TrainStep *reader, bool isForward) {
  SmallVector<int64_t> shape(getShape(step.stored));
  for (auto [index, name] : llvm::enumerate(step.loops))
    if (reader && !isForward && name == "i")
      shape[index] = reader->sum.getStaticLoopRanges()[reader->loops.size()];
  return shape;
}

SmallVector<TrainStep> findSteps(KernelScheduler &scheduler) {
  SmallVector<linalg::GenericOp> sums;
  for (auto generic : scheduler.getKernel().getBody().front().getOps<linalg::GenericOp>())
    if (generic.getNumReductionLoops() != 0)
      sums.push_back(generic);
  return llvm::map_to_vector(sums,
                             [&](linalg::GenericOp sum) { return makeTrainStep(scheduler, sum); });
}

/// Last to first: each state at the outer loop of the step that reads it, which then reads all that
/// was computed there.
void placeBackward(KernelScheduler &scheduler, ArrayRef<TrainStep> steps, StringRef row) {
  for (size_t k = 0; k + 1 < steps.size(); ++k) {
    const TrainStep &reader = steps[k + 1];
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
  if (isConvolution)
    return scheduleTrainConvolution(scheduler);
  if (countSums() < 2)
    return scheduleDefault(scheduler);
  halide::KernelOp kernel = scheduler.getKernel();
  kernel->setAttr(halide::kRewrittenAttr, UnitAttr::get(kernel.getContext()));
  SmallVector<TrainStep> steps = findSteps(scheduler);
  bool isForward = steps.front().loops.back() != "q";
  for (size_t k = 0; k < steps.size(); ++k) {
    TrainStep *reader = k + 1 < steps.size() ? &steps[k + 1] : nullptr;
    chooseTrainTile(scheduler, steps[k], getComputedShape(steps[k], reader, isForward));
  }
  SmallVector<std::string> loops = KernelScheduler::getLoops(scheduler.getOutput());
  std::string row = loops[loops.size() - 2];
  scheduleOutput(scheduler);
  for (const TrainStep &step : steps)
    scheduleTrainStep(scheduler, step, isForward);
  scheduler.computeAt(steps.back().stored, scheduler.getOutput(), row);
  if (!isForward)
    return placeBackward(scheduler, steps, row);
  for (TrainStep &step : steps)
    if (step.stored != steps.back().stored)
      scheduler.computeAt(step.stored, scheduler.getOutput(), row);
}

} // namespace nnc
