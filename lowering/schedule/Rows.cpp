// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A depthwise convolution with the 1x1 convolutions around it, row by row: a ring holds the rows
// of the expanded, padded image that windows still read.
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/Tiles.h"

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

/// What the windows read: rows of it are computed once and kept while they are read.
void scheduleRing(KernelScheduler &scheduler, Value ring) {
  scheduler.nameLoops(ring, {"n", "y", "x", "k"});
  scheduler.computeAt(ring, scheduler.getOutput(), "y");
  scheduler.storeAt(ring, scheduler.getOutput(), "n");
}

/// The sums of the expansion land in a row; what follows them, and the padding, is one more pass
/// over that row.
void scheduleExpansion(KernelScheduler &scheduler, linalg::GenericOp expansion, Value row,
                       Value ring) {
  if (row != ring)
    scheduler.computeAt(row, ring, "y");
  tileContraction(scheduler, expansion, row);
}

} // namespace

void scheduleRows(KernelScheduler &scheduler) {
  Chain chain = findChain(scheduler);
  scheduler.separateFromOutput(
      (chain.projection ? chain.projection : chain.depthwise).getResult(0));
  Value output = scheduler.getOutput(), row;
  if (chain.expansion)
    row = scheduler.insertCopy(chain.expansion.getResult(0));
  Value ring = chain.depthwise.getInputs().front();
  if (!isa<BlockArgument>(ring)) {
    scheduleRing(scheduler, ring);
    if (ring != row)
      scheduler.vectorizeInnermost({ring, std::nullopt}, "k",
                                   cast<RankedTensorType>(ring.getType()).getShape().back());
  }
  if (row)
    scheduleExpansion(scheduler, chain.expansion, row, ring);
  Value filtered = output;
  if (chain.projection) {
    filtered = chain.projection.getInputs().front();
    if (filtered == chain.depthwise.getResult(0))
      filtered = scheduler.insertCopy(filtered);
    scheduler.computeAt(filtered, output, "y");
  }
  tileWindow(scheduler, chain.depthwise, filtered);
  if (chain.projection)
    tileContraction(scheduler, chain.projection, output);
}

} // namespace nnc
