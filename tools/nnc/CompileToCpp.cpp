// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/CompileToCpp.h"

#include "codegen/halide/GenerateKernels.h"
#include "lowering/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;

namespace nnc::tools {

LogicalResult scheduleModel(Session &session, ModuleOp module,
                            const StandardPipelineOptions &options) {
  session.beginStage("simplify, fuse and schedule for " + options.machine.name);
  PassManager manager(module.getContext());
  buildStandardPipeline(manager, options);
  return manager.run(module);
}

FailureOr<std::vector<codegen::KernelCode>> generateAndPlan(ModuleOp module,
                                                            const Machine &machine) {
  FailureOr<std::vector<codegen::KernelCode>> kernels = codegen::generateKernels(module, machine);
  if (failed(kernels))
    return failure();
  PassManager manager(module.getContext());
  manager.addPass(createPlanProgram());
  if (failed(manager.run(module)))
    return failure();
  return kernels;
}

FailureOr<std::vector<codegen::KernelCode>> planModel(Session &session, ModuleOp module,
                                                      const Machine &machine) {
  session.beginStage("generate kernels and plan memory");
  return generateAndPlan(module, machine);
}

static LogicalResult scheduleVariants(ModuleOp module, const StandardPipelineOptions &options,
                                      std::vector<CppModule> &variants) {
  PassManager common(module.getContext());
  buildUnscheduledKernels(common, options);
  if (failed(common.run(module)))
    return failure();
  for (const Machine &variant : listVariants(options.machine)) {
    variants.push_back({variant, module.clone(), {}});
    StandardPipelineOptions variantOptions = options;
    variantOptions.machine = variant;
    PassManager manager(module.getContext());
    buildSchedules(manager, variantOptions);
    if (failed(manager.run(*variants.back().module)))
      return failure();
  }
  return success();
}

FailureOr<std::vector<CppModule>> compileToCpp(Session &session, ModuleOp module,
                                               const StandardPipelineOptions &options) {
  session.beginStage("simplify, fuse and schedule for " + options.machine.name);
  std::vector<CppModule> variants;
  if (failed(scheduleVariants(module, options, variants)))
    return failure();
  session.beginStage("generate kernels and plan memory");
  for (CppModule &variant : variants) {
    auto kernels = generateAndPlan(*variant.module, variant.machine);
    if (failed(kernels))
      return failure();
    variant.kernels = std::move(*kernels);
  }
  return std::move(variants);
}

SmallVector<codegen::PlannedModule> getPlannedModules(ArrayRef<CppModule> modules) {
  return llvm::map_to_vector(modules, [](const CppModule &variant) {
    return codegen::PlannedModule{variant.machine, *variant.module, variant.kernels};
  });
}

} // namespace nnc::tools
