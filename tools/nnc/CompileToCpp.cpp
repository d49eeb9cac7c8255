// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/CompileToCpp.h"

#include "codegen/halide/GenerateKernels.h"
#include "lowering/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace nnc::tools {

LogicalResult scheduleModel(Session &session, ModuleOp module,
                            const StandardPipelineOptions &options) {
  session.beginStage("simplify, fuse and schedule for " + options.machine.name);
  PassManager manager(module.getContext());
  buildStandardPipeline(manager, options);
  return manager.run(module);
}

FailureOr<std::vector<codegen::KernelCode>> planModel(Session &session, ModuleOp module,
                                                      const Machine &machine) {
  session.beginStage("generate kernels and plan memory");
  FailureOr<std::vector<codegen::KernelCode>> kernels = codegen::generateKernels(module, machine);
  if (failed(kernels))
    return failure();
  PassManager manager(module.getContext());
  manager.addPass(createPlanProgram());
  if (failed(manager.run(module)))
    return failure();
  return kernels;
}

} // namespace nnc::tools
