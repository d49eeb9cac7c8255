// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `nnc impact`: importances of positions, from a model and labelled data, without a framework.
#include "tools/nnc/Commands.h"
#include "tools/nnc/LoadModel.h"
#include "tools/nnc/tune/Impact.h"
#include "tools/nnc/tune/Knobs.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

static cl::opt<std::string>
    dataFile("data", cl::Required, cl::sub(getImpactCommand()), cl::value_desc("val.npz"),
             cl::desc("arrays named as the model's inputs, examples in front, and `labels`"));
static cl::opt<std::string>
    file("o", cl::Required, cl::sub(getImpactCommand()), cl::value_desc("FILE.npz"),
         cl::desc("file to write: for each layer the importances of its positions, as "
                  "--perforate=\"mask=impact file=FILE.npz\" reads them"));
static cl::opt<std::string>
    lossName("loss", cl::sub(getImpactCommand()),
             cl::desc("cross-entropy, log-loss, squared-error or absolute-error (default: "
                      "cross-entropy for class numbers, else squared-error)"));
static cl::opt<std::string>
    outputName("output", cl::sub(getImpactCommand()),
               cl::desc("the output that the loss reads (default: the first)"));
static cl::opt<int64_t> limit("examples", cl::init(0), cl::sub(getImpactCommand()),
                              cl::desc("how many examples of the file are taken (default: all)"));

static LogicalResult writeImpact(Session &session, const ModelOptions &options) {
  auto module = loadModel(session, options);
  if (failed(module))
    return failure();
  Signature signature = readSignature(**module);
  session.beginStage("read " + dataFile + ", find layers");
  auto data = session.report(LabelledData::read(dataFile, signature, limit));
  if (failed(data))
    return failure();
  if (data->getTargets().empty())
    return session.reportError("'" + dataFile +
                               "' has no array 'labels', without which there is no loss"),
           failure();
  auto loss = session.report(Loss::create(session, lossName, outputName, signature, *data));
  auto knob = session.report(lookupKnob("perforate"));
  if (failed(loss) || failed(knob))
    return failure();
  auto model = session.report(KnobbedModel::create(**module, **knob, ""));
  if (failed(model))
    return failure();
  session.beginStage("run " + llvm::Twine(data->countExamples()) +
                     " examples forward and backward");
  auto arrays = measureImpact(session, **module, model->getLayers(), *data, **loss);
  if (failed(arrays))
    return failure();
  session.beginStage("write " + file);
  if (llvm::Error error = npz::writeNpz(file, *arrays))
    return session.reportError(llvm::toString(std::move(error))), failure();
  return success();
}

ExitCode runImpact() {
  llvm::Expected<ModelOptions> options = readModelOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  Session session(4);
  if (failed(writeImpact(session, *options)))
    return Failed;
  session.finish();
  return Good;
}

} // namespace nnc::tools
