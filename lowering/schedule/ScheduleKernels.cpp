// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line a class of kernels.
#include "dialects/machine/Machine.h"
#include "lowering/Passes.h"
#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/StoredSchedules.h"

#include "llvm/ADT/StringMap.h"

namespace nnc {
#define GEN_PASS_DEF_SCHEDULEKERNELS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// A class of kernels.
struct ClassRecord {
  void (*schedule)(KernelScheduler &);
  SmallVector<Choices> (*listChoices)(KernelScheduler &);
};

constexpr ClassRecord kContraction{scheduleContraction, listContractionChoices};
constexpr ClassRecord kWindow{scheduleWindow, listWindowChoices};
constexpr ClassRecord kPerforatedWindow{schedulePerforatedWindow, nullptr};
constexpr ClassRecord kWinograd{scheduleWinograd, listWinogradChoices};
constexpr ClassRecord kRows{scheduleRows, nullptr};
constexpr ClassRecord kTensorTrain{scheduleTensorTrain, nullptr};
constexpr ClassRecord kPhasePlanes{schedulePhasePlanes, nullptr};
constexpr ClassRecord kSparseLinear{scheduleSparseLinear, nullptr};
constexpr ClassRecord kUnrolledLinear{scheduleUnrolledLinear, nullptr};
constexpr ClassRecord kSparseConv2d{scheduleSparseConv2d, nullptr};
constexpr ClassRecord kLstm{scheduleLstm, nullptr};
constexpr ClassRecord kSparseLstm{scheduleSparseLstm, nullptr};
constexpr ClassRecord kTreeSelects{scheduleTreeSelects, nullptr};
/// Functions of the runtime.
constexpr ClassRecord kRuntime{[](KernelScheduler &) {}, nullptr};
constexpr ClassRecord kDefault{scheduleDefault, nullptr};

const ClassRecord &lookupClass(halide::KernelOp kernel) {
  static const llvm::StringMap<ClassRecord> table = {
      {"conv2d", kContraction},
      {"linear", kContraction},
      {"matmul", kContraction},
      {"depthwise", kWindow},
      {"perforated_conv2d", kContraction},
      {"perforated_depthwise", kPerforatedWindow},
      {"perforated_pool", kPerforatedWindow},
      {"pool", kWindow},
      {"winograd", kWinograd},
      {"conv_chain", kRows},
      {"tensor_train", kTensorTrain},
      {"sparse_linear", kSparseLinear},
      {"unrolled_linear", kUnrolledLinear},
      {"sparse_conv2d", kSparseConv2d},
      {"phase_planes", kPhasePlanes},
      {"tree_selects", kTreeSelects},
      {"tree_walk", kRuntime},
      {"tree_masks", kRuntime},
      {"list_active", kRuntime},
      {"window_mask", kRuntime},
      {"update_rows", kRuntime},
      {"update_all", kRuntime},
      {"update", kRuntime},
      {"lstm", kLstm},
      {"sparse_lstm", kSparseLstm},
  };
  auto found = table.find(kernel.getKernelClass().value_or(""));
  return found == table.end() ? kDefault : found->second;
}

struct ScheduleKernels : nnc::impl::ScheduleKernelsBase<ScheduleKernels> {
  using ScheduleKernelsBase::ScheduleKernelsBase;

  void runOnOperation() override {
    llvm::Expected<Machine> machine = lookupMachine(target);
    if (!machine) {
      getOperation().emitError(llvm::toString(machine.takeError()));
      return signalPassFailure();
    }
    StoredSchedules stored;
    if (!schedules.empty() && failed(stored.read(schedules, &getContext(), *machine, threads)))
      return signalPassFailure();
    Builder builder(&getContext());
    if (threads > 1)
      getOperation()->setAttr(halide::kThreadsAttr, builder.getI64IntegerAttr(threads));
    getOperation()->setAttr(kTargetAttr, builder.getStringAttr(machine->name));
    for (auto kernel : getOperation().getOps<halide::KernelOp>())
      if (!stored.apply(kernel))
        scheduleKernel(kernel, *machine);
    stored.remarkUnused();
  }
};

} // namespace

void nnc::scheduleKernel(halide::KernelOp kernel, const Machine &machine, const Choices &choices) {
  KernelScheduler scheduler(kernel, machine, choices);
  lookupClass(kernel).schedule(scheduler);
}

SmallVector<Choices> nnc::listChoices(halide::KernelOp kernel, const Machine &machine) {
  KernelScheduler scheduler(kernel, machine);
  const ClassRecord &record = lookupClass(kernel);
  return record.listChoices ? record.listChoices(scheduler) : SmallVector<Choices>();
}
