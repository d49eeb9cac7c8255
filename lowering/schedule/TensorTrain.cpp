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

#include <functional>
#include <numeric>

using namespace mlir;

namespace nnc {
namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Rows of the last step's tile that keep multiply-adds in flight.
constexpr int64_t kPositions = 8;

/// First to last: loops over the output modes of the first cores, inside of which states are
/// computed. They leave enough of the other modes for the last step's tile.
struct OuterModes {
  SmallVector<int64_t> modes; // of all cores
  size_t count = 0;           // of those with a loop

  OuterModes(ArrayRef<TrainStep> steps, int64_t columns) {
    for (const TrainStep &step : steps) {
      linalg::GenericOp sum = step.sum;
      modes.push_back(getShape(sum.getDpsInputOperand(1)->get())[2]);
    }
    if (std::accumulate(modes.begin(), modes.end(), int64_t(1), std::multiplies<>()) != columns)
      return;
    count = modes.size() - 2;
    while (count > 0 && countPositions() < kPositions)
      --count;
  }

  /// Of the last step's outer loop in one iteration of the loops.
  int64_t countPositions() const {
    return std::accumulate(modes.begin() + count, modes.end() - 1, int64_t(1), std::multiplies<>());
  }
};

/// The extents of a step's results that are computed at once: of the outer loop, what one iteration
/// of the next step reads, the input mode of its core.
SmallVector<int64_t> getComputedShape(const TrainStep &step, TrainStep *reader, bool isForward,
                                      const OuterModes &outer) {
  SmallVector<int64_t> shape(getShape(step.stored));
  for (auto [index, name] : llvm::enumerate(step.loops)) {
    if (reader && !isForward && name == "i")
      shape[index] = reader->sum.getStaticLoopRanges()[reader->loops.size()];
    if (!reader && isForward && name == "j")
      shape[index] = outer.countPositions();
  }
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

/// First to last: a state belongs to the output modes of the cores before it, and is computed where
/// these are fixed. So each of its elements is computed once, and one of these parts is alive.
void placeForward(KernelScheduler &scheduler, ArrayRef<TrainStep> steps,
                  ArrayRef<std::string> places) {
  for (auto [index, step] : llvm::enumerate(steps))
    scheduler.computeAt(step.stored, scheduler.getOutput(),
                        places[std::min<size_t>(index, places.size() - 1)]);
}

/// Tiles the output. \returns the loop over rows and those over `outer` modes, outermost first.
SmallVector<std::string> scheduleOutput(KernelScheduler &scheduler, const OuterModes &outer) {
  Value output = scheduler.getOutput();
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  SmallVector<std::string> places{loops[loops.size() - 2]};
  std::string column = loops.back();
  int64_t columns = getShape(output).back();
  for (int64_t mode : ArrayRef(outer.modes).take_front(outer.count)) {
    columns /= mode;
    scheduler.split({output, std::nullopt}, column, column + "n", column + "r", columns);
    places.push_back(column + "n");
    column += "r";
  }
  scheduler.vectorizeInnermost({output, std::nullopt}, column, columns);
  SmallVector<OuterLoop> rows;
  for (size_t i = 0; i + 1 < loops.size(); ++i)
    rows.push_back({loops[i], getShape(output)[i]});
  parallelize(scheduler, {output, std::nullopt}, rows);
  return places;
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
  OuterModes outer(steps, isForward ? getShape(scheduler.getOutput()).back() : 0);
  for (size_t k = 0; k < steps.size(); ++k) {
    TrainStep *reader = k + 1 < steps.size() ? &steps[k + 1] : nullptr;
    chooseTrainTile(scheduler, steps[k], getComputedShape(steps[k], reader, isForward, outer));
  }
  SmallVector<std::string> places = scheduleOutput(scheduler, outer);
  for (const TrainStep &step : steps)
    scheduleTrainStep(scheduler, step, isForward);
  if (isForward)
    return placeForward(scheduler, steps, places);
  scheduler.computeAt(steps.back().stored, scheduler.getOutput(), places.front());
  placeBackward(scheduler, steps, places.front());
}

} // namespace nnc
