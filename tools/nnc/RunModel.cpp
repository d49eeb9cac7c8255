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

FailureOr<std::vector<Buffer>> runScheduledCpp(Session &session, ModuleOp module,
                                               const BuildOptions &options,
                                               ArrayRef<Buffer> inputs) {
  SmallVector<RankedTensorType> types;
  for (const TensorSpec &spec : readSignature(module).outputs)
    types.push_back(spec.type);
  auto kernels = planModel(session, module, options.pipeline.machine);
  if (failed(kernels))
    return failure();
  auto model = CompiledModel::build(session, module, *kernels, options);
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

FailureOr<std::vector<Buffer>> runCpp(Session &session, ModuleOp module,
                                      const BuildOptions &options, ArrayRef<Buffer> inputs) {
  if (failed(scheduleModel(session, module, options.pipeline)))
    return failure();
  return runScheduledCpp(session, module, options, inputs);
}

} // namespace nnc::tools
