// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/RunModel.h"

#include "tools/nnc/Tensors.h"

using namespace mlir;

namespace nnc::tools {

/// Sample number `sample` of all of them, as the model's argument.
static Buffer takeSample(const Buffer &all, int64_t sample, int64_t samples) {
  SmallVector<int64_t> shape(all.type.getShape());
  shape.front() = 1;
  auto size = static_cast<int64_t>(all.bytes.size()) / samples;
  auto first = all.bytes.begin() + sample * size;
  return {all.type.clone(shape), std::vector<char>(first, first + size)};
}

static FailureOr<std::vector<Buffer>> runSamples(Session &session, ReferenceEngine &engine,
                                                 ModuleOp module, ArrayRef<Buffer> inputs) {
  int64_t samples = getSamples(module);
  Signature signature = readSignature(module);
  std::vector<Buffer> outputs, last;
  for (int64_t sample = 0; sample < samples; ++sample) {
    std::vector<Buffer> one;
    for (auto [input, spec] : llvm::zip_equal(inputs, signature.inputs))
      one.push_back(!spec.state   ? takeSample(input, sample, samples)
                    : sample == 0 ? input
                                  : last[*spec.state]);
    auto results = session.report(engine.run(one));
    if (failed(results))
      return failure();
    last = std::move(*results);
    if (sample == 0)
      outputs = last;
    else
      for (auto [all, result] : llvm::zip_equal(outputs, last))
        llvm::append_range(all.bytes, result.bytes);
  }
  for (Buffer &output : outputs) {
    SmallVector<int64_t> shape(output.type.getShape());
    shape.front() = samples;
    output.type = output.type.clone(shape);
  }
  return outputs;
}

FailureOr<std::vector<Buffer>> runReference(Session &session, ModuleOp module,
                                            ArrayRef<Buffer> inputs, StringRef stage) {
  session.beginStage(stage);
  auto engine = session.report(ReferenceEngine::create(module));
  if (failed(engine))
    return failure();
  if (getSamples(module) > 1)
    return runSamples(session, **engine, module, inputs);
  return session.report((*engine)->run(inputs));
}

SmallVector<RankedTensorType> getOutputTypes(ModuleOp module) {
  SmallVector<RankedTensorType> types;
  for (const TensorSpec &spec : readSignature(module).outputs)
    types.push_back(spec.type);
  return types;
}

FailureOr<Batches> runReferenceBatches(Session &session, ModuleOp module, const Batches &batches) {
  session.beginStage("run the reference");
  auto engine = session.report(ReferenceEngine::create(module));
  if (failed(engine))
    return failure();
  Batches results;
  for (const std::vector<Buffer> &inputs : batches) {
    auto outputs = session.report((*engine)->run(inputs));
    if (failed(outputs))
      return failure();
    results.push_back(std::move(*outputs));
  }
  return results;
}

static FailureOr<Batches> buildAndRunBatches(Session &session,
                                             ArrayRef<codegen::PlannedModule> modules,
                                             const BuildOptions &options,
                                             ArrayRef<RankedTensorType> types,
                                             const Batches &batches) {
  auto model = CompiledModel::build(session, modules, options);
  if (failed(model))
    return failure();
  session.beginStage("run the C++");
  Batches results;
  for (const std::vector<Buffer> &inputs : batches) {
    (*model)->setInputs(inputs);
    if (int code = (*model)->run()) {
      session.reportError("the generated code refused to run with code " + llvm::Twine(code));
      return failure();
    }
    results.push_back((*model)->getOutputs(types));
  }
  return results;
}

static FailureOr<std::vector<Buffer>>
buildAndRun(Session &session, ArrayRef<codegen::PlannedModule> modules, const BuildOptions &options,
            ArrayRef<RankedTensorType> types, ArrayRef<Buffer> inputs) {
  auto results = buildAndRunBatches(session, modules, options, types, {inputs.vec()});
  if (failed(results))
    return failure();
  return std::move(results->front());
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

FailureOr<Batches> runCppBatches(Session &session, ModuleOp module, const BuildOptions &options,
                                 const Batches &batches) {
  SmallVector<RankedTensorType> types = getOutputTypes(module);
  auto modules = compileToCpp(session, module, options.pipeline);
  if (failed(modules))
    return failure();
  return buildAndRunBatches(session, getPlannedModules(*modules), options, types, batches);
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
