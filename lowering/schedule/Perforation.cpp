// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Windows without sums over channels on lists of pixels: pooling and depthwise convolutions.
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {

/// Positions whose windows are read together: independent sums, which hide latency.
static constexpr int64_t kPositions = 4;

void schedulePerforatedWindow(KernelScheduler &scheduler) {
  linalg::GenericOp window = scheduler.getOnlyReduction();
  if (!window || cast<RankedTensorType>(window.getResult(0).getType()).getRank() != 3)
    return scheduleDefault(scheduler);
  Value sums = window.getResult(0);
  scheduler.separateFromOutput(sums);
  Value output = scheduler.getOutput();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(output.getType()).getShape();
  SmallVector<std::string> loops = KernelScheduler::getLoops(output);
  if (shape.size() != 3)
    return scheduleDefault(scheduler);
  for (auto pad : scheduler.getKernel().getBody().front().getOps<tensor::PadOp>()) {
    scheduler.computeRoot(pad);
    scheduler.vectorizeInnermost({pad, std::nullopt}, KernelScheduler::getLoops(pad).back(),
                                 shape.back());
  }
  Stage whole{output, std::nullopt};
  int64_t lanes = getDividingLanes(shape[2], scheduler.getLanes(output));
  scheduler.split(whole, loops[2], "ko", "ki", lanes);
  int64_t positions = std::min(kPositions, shape[1]);
  scheduler.split(whole, loops[1], "po", "pi", positions, halide::Tail::ShiftInwards);
  scheduler.reorder(whole, {"ki", "pi", "ko", "po", loops[0]});
  scheduler.vectorize(whole, "ki");
  scheduler.unroll(whole, "pi");
  if (shape[1] % positions == 0)
    parallelize(scheduler, whole, {{loops[0], shape[0]}, {"po", shape[1] / positions}});
  scheduler.computeAt(sums, output, "ko");
  scheduler.storeInRegisters(sums);
  SmallVector<std::string> inner = KernelScheduler::getLoops(sums);
  for (Stage stage : {Stage{sums, std::nullopt}, Stage{sums, 0}}) {
    scheduler.vectorize(stage, inner[2]);
    if (stage.update) {
      SmallVector<std::string> order{inner[2], inner[1]};
      order.append(inner.rbegin(), std::prev(inner.rend(), 3));
      scheduler.reorder(stage, order);
    }
    scheduler.unroll(stage, inner[1]);
  }
}

} // namespace nnc
