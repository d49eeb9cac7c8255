// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/StoredSchedules.h"

#include "lowering/schedule/PackWeights.h"
#include "lowering/schedule/StripSchedule.h"

#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace nnc {

LogicalResult StoredSchedules::read(StringRef path, MLIRContext *context, const Machine &machine,
                                    int64_t threads) {
  file = parseSourceFile<ModuleOp>(path, context);
  if (!file)
    return failure();
  WalkResult result = file->walk<WalkOrder::PreOrder>(
      [&](ModuleOp module) { return WalkResult(readModule(module, machine.name, threads)); });
  return failure(result.wasInterrupted());
}

LogicalResult StoredSchedules::readModule(ModuleOp module, StringRef target, int64_t threads) {
  auto kernels = module.getOps<halide::KernelOp>();
  if (kernels.empty())
    return success();
  auto name = module->getAttrOfType<StringAttr>(kTargetAttr);
  if (!name)
    return module.emitError("holds schedules, but has no attribute ")
           << kTargetAttr << " to say for which target they are";
  if (name.getValue() != target || halide::getThreads(module) != threads)
    return success();
  for (halide::KernelOp kernel : kernels) {
    if (kernel->hasAttr(halide::kRewrittenAttr))
      continue;
    size_t next = entries.size();
    auto [entry, isNew] = byComputation.try_emplace(getComputation(kernel), next);
    if (isNew)
      entries.push_back({kernel});
    else
      kernel.emitRemark("a schedule for the same kernel stands before: @")
          << entries[entry->second].kernel.getSymName();
  }
  return success();
}

bool StoredSchedules::apply(halide::KernelOp kernel) {
  if (entries.empty())
    return false;
  auto found = byComputation.find(getComputation(kernel));
  if (found == byComputation.end())
    return false;
  Entry &entry = entries[found->second];
  entry.isUsed = true;
  if (!packArguments(kernel, entry.kernel.getArgumentTypes())) {
    entry.kernel.emitRemark("wants weights in another order than @")
        << kernel.getSymName() << " is given, and these are computed";
    return false;
  }
  OwningOpRef<halide::KernelOp> stored = entry.kernel.clone();
  kernel.getBody().takeBody(stored->getBody());
  // What is wrong with a schedule is wrong in the file.
  kernel->setLoc(entry.kernel.getLoc());
  return true;
}

void StoredSchedules::remarkUnused() {
  for (const Entry &entry : entries)
    if (!entry.isUsed)
      halide::KernelOp(entry.kernel)
          .emitRemark("computes what no kernel of this model does; not used");
}

} // namespace nnc
