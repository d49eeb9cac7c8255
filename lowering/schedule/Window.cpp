// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/Tiles.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

/// Positions that are computed together: enough independent sums to hide latency.
int64_t getPositions(int64_t extent) {
  for (int64_t positions : {4, 7, 5, 6, 3, 2})
    if (extent % positions == 0)
      return positions;
  return extent >= 4 ? 4 : 1;
}

} // namespace

void tileWindow(KernelScheduler &scheduler, linalg::GenericOp window, Value output,
                std::optional<int64_t> block) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(output.getType()).getShape();
  int64_t lanes = getDividingLanes(shape[3], scheduler.getLanes(output));
  int64_t positions = scheduler.getChoices().positions.value_or(getPositions(shape[2]));
  bool channelsOutside = scheduler.getChoices().channelsOutside.value_or(false);
  StringRef tileLoop = channelsOutside ? "xo" : "ko";
  Value sum = window.getResult(0), landing;
  if (scheduler.hasExpensiveConsumers(sum, output))
    landing = scheduler.insertCopy(sum);
  Stage whole{output, std::nullopt};
  SmallVector<std::string> order{"ki", "xi", "ko", "xo", "y", "n"};
  if (channelsOutside)
    std::swap(order[2], order[3]);
  if (block) {
    scheduler.split(whole, "k", "kb", "kr", *block);
    order.insert(order.begin() + 4, "kb");
  }
  scheduler.split(whole, block ? "kr" : "k", "ko", "ki", lanes);
  scheduler.split(whole, "x", "xo", "xi", positions, halide::Tail::ShiftInwards);
  scheduler.reorder(whole, order);
  scheduler.vectorize(whole, "ki");
  if (landing) {
    scheduler.computeAt(landing, output, tileLoop);
    scheduler.vectorize({landing, std::nullopt}, "k");
    scheduler.unroll({landing, std::nullopt}, "x");
  } else {
    scheduler.unroll(whole, "xi");
  }

  scheduler.computeAt(sum, output, tileLoop);
  scheduler.storeInRegisters(sum);
  for (Stage stage : {Stage{sum, std::nullopt}, Stage{sum, 0}}) {
    scheduler.vectorize(stage, "k");
    if (stage.update)
      scheduler.reorder(stage, {"k", "x", "kx", "ky"});
    scheduler.unroll(stage, "x");
  }
}

void scheduleWindow(KernelScheduler &scheduler) {
  linalg::GenericOp window = scheduler.getOnlyReduction();
  if (!window || cast<RankedTensorType>(scheduler.getOutput().getType()).getRank() != 4)
    return scheduleDefault(scheduler);
  scheduler.separateFromOutput(window.getResult(0));
  Value output = scheduler.getOutput();
  for (auto pad : scheduler.getKernel().getBody().front().getOps<tensor::PadOp>()) {
    scheduler.computeRoot(pad);
    scheduler.vectorizeInnermost({pad, std::nullopt}, KernelScheduler::getLoops(pad).back(),
                                 pad.getResultType().getShape().back());
    parallelizeAround(scheduler, {pad, std::nullopt}, KernelScheduler::getLoops(pad).back());
  }
  tileWindow(scheduler, window, output);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(output.getType()).getShape();
  parallelize(scheduler, {output, std::nullopt}, {{"n", shape[0]}, {"y", shape[1]}});
}

SmallVector<Choices> listWindowChoices(KernelScheduler &scheduler) {
  SmallVector<Choices> list;
  auto type = cast<RankedTensorType>(scheduler.getOutput().getType());
  if (!scheduler.getOnlyReduction() || type.getRank() != 4)
    return list;
  for (bool channelsOutside : {false, true})
    for (int64_t positions = 1; positions <= std::min<int64_t>(8, type.getDimSize(2));
         ++positions) {
      Choices &choices = list.emplace_back();
      choices.positions = positions;
      choices.channelsOutside = channelsOutside;
    }
  return list;
}

} // namespace nnc
