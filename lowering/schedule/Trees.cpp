// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ensembles of trees. Sums keep the order of the trees, so that they are those of other engines to
// the last bit.
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/Schedules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {
namespace {

/// Vectors of rows that go through a tree together: what is read of a node serves all of them. More
/// through trees of three levels, whose nodes are few enough to be written so often.
int64_t countVectors(linalg::GenericOp reduction) {
  auto nodes = reduction.getBody()->getOps<arith::SelectOp>();
  return std::distance(nodes.begin(), nodes.end()) <= 7 ? 8 : 4;
}

} // namespace

void scheduleTreeSelects(KernelScheduler &scheduler) {
  linalg::GenericOp reduction = scheduler.getOnlyReduction();
  if (!reduction)
    return scheduleDefault(scheduler);
  Value sums = reduction.getResult(0);
  scheduler.separateFromOutput(sums);
  Value output = scheduler.getOutput();
  int64_t lanes = scheduler.getLanes(sums),
          rows = cast<RankedTensorType>(sums.getType()).getDimSize(0);
  if (rows < lanes || cast<RankedTensorType>(output.getType()).getNumElements() != rows)
    return scheduleDefault(scheduler);
  int64_t block = std::min(countVectors(reduction), rows / lanes) * lanes;
  std::string row = KernelScheduler::getLoops(output).front(),
              ofSum = KernelScheduler::getLoops(sums).front();
  scheduler.split({output, std::nullopt}, row, row + "o", row + "i", block);
  scheduler.vectorizeInnermost({output, std::nullopt}, row + "i", block);
  parallelizeAround(scheduler, {output, std::nullopt}, row + "i");
  scheduler.computeAt(sums, output, row + "o");
  scheduler.storeInRegisters(sums);
  auto spread = [&](Stage stage) {
    scheduler.split(stage, ofSum, ofSum + "o", ofSum + "i", lanes);
    scheduler.vectorize(stage, ofSum + "i");
    scheduler.unroll(stage, ofSum + "o");
  };
  spread({sums, std::nullopt});
  spread({sums, 0});
  std::string tree = KernelScheduler::getLoops(sums).back();
  scheduler.reorder({sums, 0}, {ofSum + "i", ofSum + "o", tree});
}

} // namespace nnc
