// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/BuildModel.h"

#include "tools/nnc/CompileToCpp.h"

using namespace mlir;

namespace nnc::tools {

FailureOr<BuiltModel> buildModel(Session &session, ModuleOp model, const BuildOptions &options) {
  BuiltModel built{model.clone(), nullptr};
  PassManager manager(model.getContext());
  buildStandardPipeline(manager, options.pipeline);
  if (failed(manager.run(*built.module)))
    return failure();
  const Machine &machine = options.pipeline.machine;
  auto kernels = generateAndPlan(*built.module, machine);
  if (failed(kernels))
    return failure();
  auto compiled = CompiledModel::make(
      session, {codegen::PlannedModule{machine, *built.module, *kernels}}, options);
  if (failed(compiled))
    return failure();
  built.compiled = std::move(*compiled);
  return built;
}

} // namespace nnc::tools
