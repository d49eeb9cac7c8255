// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/CompileToCpp.h"

#include "codegen/halide/GenerateKernels.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"
#include "tools/nnc/ModelOptions.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace nnc::tools {

LogicalResult scheduleModel(Session &session, ModuleOp module, const Machine &machine) {
  session.beginStage("simplify, fuse and schedule for " + machine.name);
  PassManager manager(module.getContext());
  buildStandardPipeline(manager, machine);
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

LogicalResult exposeLayers(Session &session, ModuleOp module) {
  PassManager manager(module.getContext());
  if (succeeded(parsePasses("nnc-expose-layers", manager, llvm::errs())))
    return manager.run(module);
  session.reportError("this build of nnc cannot compare layer by layer");
  return failure();
}

} // namespace nnc::tools
