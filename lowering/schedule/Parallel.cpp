// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/Parallel.h"

using namespace mlir;

namespace nnc {
namespace {

/// A stage's time on one thread in microseconds, to an order of magnitude: 50 GFLOP/s, or a
/// nanosecond for each element. What the kernel yields may have everything else inside its loops.
double estimateMicroseconds(KernelScheduler &scheduler, Stage stage) {
  double elements = cast<RankedTensorType>(stage.func.getType()).getNumElements();
  double flops = 0;
  auto kernelFlops = scheduler.getKernel()->getAttrOfType<IntegerAttr>("nnc.flops");
  if (stage.func == scheduler.getOutput() && kernelFlops)
    flops = kernelFlops.getInt();
  else if (auto generic = stage.func.getDefiningOp<linalg::GenericOp>()) {
    flops = 2;
    for (int64_t extent : generic.getStaticLoopRanges())
      flops *= extent;
  }
  return std::max(elements / 1e3, flops / 50e3);
}

/// Below this, waking a thread costs more than its help is worth.
constexpr double kWorthwhileMicroseconds = 5;

/// The value's loops up to its first reduction or the innermost one.
SmallVector<OuterLoop> getOuterLoops(Stage stage, StringRef innermost) {
  SmallVector<OuterLoop> loops;
  SmallVector<std::string> names = KernelScheduler::getLoops(stage.func);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(stage.func.getType()).getShape();
  auto generic = stage.func.getDefiningOp<linalg::GenericOp>();
  for (size_t i = 0; i < names.size() && names[i] != innermost; ++i) {
    if (generic && generic.getIteratorTypesArray()[i] == utils::IteratorType::reduction)
      break;
    loops.push_back({names[i], generic ? generic.getStaticLoopRanges()[i] : shape[i]});
  }
  return loops;
}

} // namespace

bool isBalanced(int64_t iterations, int64_t threads) {
  return 10 * llvm::divideCeilSigned(iterations, threads) * threads <= 11 * iterations;
}

bool parallelize(KernelScheduler &scheduler, Stage stage, ArrayRef<OuterLoop> loops) {
  int64_t threads = scheduler.getThreads();
  if (threads == 1 || estimateMicroseconds(scheduler, stage) < kWorthwhileMicroseconds)
    return false;
  OuterLoop all{"", 1};
  for (const OuterLoop &loop : loops) {
    if (loop.extent == 1 || (all.extent > 1 && isBalanced(all.extent, threads)))
      continue;
    if (all.extent == 1) {
      all = loop;
      continue;
    }
    std::string fused = all.name + loop.name;
    scheduler.fuse(stage, loop.name, all.name, fused);
    all = {fused, all.extent * loop.extent};
  }
  if (all.extent == 1)
    return false;
  scheduler.parallel(stage, all.name);
  return true;
}

bool parallelizeAround(KernelScheduler &scheduler, Stage stage, StringRef innermost) {
  return parallelize(scheduler, stage, getOuterLoops(stage, innermost));
}

} // namespace nnc
