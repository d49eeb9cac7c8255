// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line a class of kernels.
#include "dialects/machine/Machine.h"
#include "lowering/Passes.h"
#include "lowering/schedule/Schedules.h"

#include "llvm/ADT/StringMap.h"

namespace nnc {
#define GEN_PASS_DEF_SCHEDULEKERNELS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

using Schedule = void (*)(KernelScheduler &);

const llvm::StringMap<Schedule> &getTable() {
  static const llvm::StringMap<Schedule> table = {
      {"conv2d", scheduleContraction},
      {"linear", scheduleContraction},
      {"matmul", scheduleContraction},
      {"depthwise", scheduleWindow},
      {"pool", scheduleWindow},
      {"winograd", scheduleWinograd},
      {"tensor_train", scheduleTensorTrain},
  };
  return table;
}

struct ScheduleKernels : nnc::impl::ScheduleKernelsBase<ScheduleKernels> {
  using ScheduleKernelsBase::ScheduleKernelsBase;

  void runOnOperation() override {
    llvm::Expected<Machine> machine = lookupMachine(target);
    if (!machine) {
      getOperation().emitError(llvm::toString(machine.takeError()));
      return signalPassFailure();
    }
    if (threads > 1)
      getOperation()->setAttr(halide::kThreadsAttr,
                              Builder(&getContext()).getI64IntegerAttr(threads));
    for (auto kernel : getOperation().getOps<halide::KernelOp>()) {
      KernelScheduler scheduler(kernel, *machine);
      Schedule schedule = getTable().lookup(kernel.getKernelClass().value_or(""));
      (schedule ? schedule : scheduleDefault)(scheduler);
    }
  }
};

} // namespace
