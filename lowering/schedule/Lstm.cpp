// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One step of a recurrent layer (dialects/nnc/RecurrentMeaning.cpp). The four gates of a few hidden
// units are a register tile; their activations follow while the sums are in the first cache.
#include "lowering/schedule/ListSums.h"
#include "lowering/schedule/PackWeights.h"
#include "lowering/schedule/Parallel.h"
#include "lowering/schedule/RegisterTile.h"
#include "lowering/schedule/Schedules.h"

using namespace mlir;

namespace nnc {
namespace {

constexpr int64_t kGates = 4;

/// How the states (loops s, b, u) are cut.
struct Plan {
  Value states, cell;
  int64_t batch, units;
  int64_t lanes;       // units in a register
  int64_t samples = 1; // of the batch, in a tile
  int64_t vectors = 1; // of units, in a tile

  int64_t getBlock() const { return lanes * vectors; }
};

Plan readShape(KernelScheduler &scheduler) {
  Plan plan;
  plan.states = scheduler.getOutput();
  auto output = plan.states.getDefiningOp<linalg::GenericOp>();
  plan.cell = output.getInputs().back();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(plan.states.getType()).getShape();
  plan.batch = shape[1];
  plan.units = shape[2];
  plan.lanes = getDividingLanes(plan.units, scheduler.getLanes(plan.states));
  return plan;
}

/// Sums that fit the registers beside a vector of weights and a broadcast. One sample needs two
/// vectors of each gate, so that a sum is not waited for.
void chooseTile(Plan &plan, const Machine &machine) {
  plan.samples = getDivisor(plan.batch, (machine.registers - 2 - kGates) / kGates);
  if (plan.samples == 1 && plan.units % (2 * plan.lanes) == 0)
    plan.vectors = 2;
}

/// Both states of a tile, after what they are made from.
void scheduleStates(KernelScheduler &scheduler, const Plan &plan) {
  Stage states{plan.states, std::nullopt}, cell{plan.cell, std::nullopt};
  scheduler.split(states, "u", "uo", "ub", plan.getBlock());
  scheduler.split(states, "ub", "uv", "ui", plan.lanes);
  scheduler.split(states, "b", "bo", "bi", plan.samples);
  scheduler.reorder(states, {"ui", "s", "uv", "bi", "bo", "uo"});
  scheduler.vectorize(states, "ui");
  scheduler.unroll(states, "s");
  parallelize(scheduler, states, {{"uo", plan.units / plan.getBlock()}});
  scheduler.computeAt(plan.cell, plan.states, "uv");
  scheduler.storeInRegisters(plan.cell);
  scheduler.split(cell, "u", "uv", "ui", plan.lanes);
  scheduler.vectorize(cell, "ui");
}

/// Sums of a tile in registers, and their copy in memory, which both states read.
void scheduleSums(KernelScheduler &scheduler, const Plan &plan, Value sums, Value stored) {
  for (Value value : {sums, stored})
    scheduler.computeAt(value, plan.states, "bo");
  scheduler.storeInRegisters(sums);
  for (Stage stage : {Stage{stored, std::nullopt}, Stage{sums, std::nullopt}, Stage{sums, 0}}) {
    scheduler.split(stage, "u", "uv", "ui", plan.lanes);
    SmallVector<std::string> order{"ui", "uv", "g", "b"};
    if (stage.update)
      order.push_back("k");
    scheduler.reorder(stage, order);
    scheduler.vectorize(stage, "ui");
    for (const char *loop : {"uv", "g", "b"})
      scheduler.unroll(stage, loop);
  }
}

} // namespace

void scheduleLstm(KernelScheduler &scheduler) {
  linalg::GenericOp product = scheduler.getOnlyReduction();
  if (!product)
    return scheduleDefault(scheduler);
  Plan plan = readShape(scheduler);
  chooseTile(plan, scheduler.getMachine());
  packWeights(scheduler.getKernel(), product, plan.getBlock());
  Value stored = scheduler.insertCopy(product.getResult(0));
  scheduler.nameLoops(stored, {"g", "b", "u"});
  scheduleStates(scheduler, plan);
  scheduleSums(scheduler, plan, product.getResult(0), stored);
}

void scheduleSparseLstm(KernelScheduler &scheduler) {
  linalg::GenericOp product = scheduler.getOnlyReduction();
  if (!product)
    return scheduleDefault(scheduler);
  Plan plan = readShape(scheduler);
  scheduleStates(scheduler, plan);
  scheduleListSums(scheduler, product.getResult(0));
}

} // namespace nnc
