// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/RunModel.h"

#include "tools/nnc/Tensors.h"

using namespace mlir;

namespace nnc::tools {

FailureOr<std::vector<Buffer>> runReference(Session &session, ModuleOp module,
                                            ArrayRef<Buffer> inputs) {
  session.beginStage("run the reference");
  auto engine = session.report(ReferenceEngine::create(module));
  if (failed(engine))
    return failure();
  return session.report((*engine)->run(inputs));
}

SmallVector<RankedTensorType> getOutputTypes(ModuleOp module) {
  SmallVector<RankedTensorType> types;
  for (const TensorSpec &spec : readSignature(module).outputs)
    types.push_back(spec.type);
  return types;
}

static FailureOr<std::vector<Buffer>>
buildAndRun(Session &session, ArrayRef<codegen::PlannedModule> modules, const BuildOptions &options,
            ArrayRef<RankedTensorType> types, ArrayRef<Buffer> inputs) {
  auto model = CompiledModel::build(session, modules, options);
  if (failed(model))
    return failure();
  session.beginStage("run the C++");
  (*model)->setInputs(inputs);
  if (int code = (*model)->run()) {
    session.reportError("the generated code refused to run with code " + llvm::Twine(code));
    return failure();
  }
  return (*model)->getOutputs(types);
}

FailureOr<std::vector<Buffer>> runModules(Session &session, ArrayRef<CppModule> modules,
                                          const BuildOptions &options,
                                          ArrayRef<RankedTensorType> types,
                                          ArrayRef<Buffer> inputs) {
  return buildAndRun(session, getPlannedModules(modules), options, types, inputs);
}

FailureOr<std::vector<Buffer>> runScheduledCpp(Session &session, ModuleOp module,
                                               const BuildOptions &options,
                                               ArrayRef<Buffer> inputs) {
  SmallVector<RankedTensorType> types = getOutputTypes(module);
  auto kernels = planModel(session, module, options.pipeline.machine);
  if (failed(kernels))
    return failure();
  return buildAndRun(session, {codegen::PlannedModule{options.pipeline.machine, module, *kernels}},
                     options, types, inputs);
}

FailureOr<std::vector<Buffer>> runCpp(Session &session, ModuleOp module,
                                      const BuildOptions &options, ArrayRef<Buffer> inputs) {
  SmallVector<RankedTensorType> types = getOutputTypes(module);
  auto modules = compileToCpp(session, module, options.pipeline);
  if (failed(modules))
    return failure();
  return runModules(session, *modules, options, types, inputs);
}

} // namespace nnc::tools
