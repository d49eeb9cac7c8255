// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Nnc.h"
#include "tools/nnc/Commands.h"
#include "tools/nnc/CompiledModel.h"
#include "tools/nnc/LoadModel.h"
#include "tools/nnc/Points.h"
#include "tools/nnc/PonderMaps.h"
#include "tools/nnc/RunModel.h"
#include "tools/nnc/Tensors.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

enum class Engine { Cpp, Reference };

static cl::opt<std::string>
    inputFile("inputs", cl::Required,
              cl::desc("arrays named as the model's inputs; or points.csv, a row for each point"),
              cl::value_desc("in.npz"), cl::sub(getRunCommand()));
static cl::opt<std::string> outputFile(
    "outputs", cl::Required,
    cl::desc("file to write: arrays named as the model's outputs; or a .csv file of points"),
    cl::value_desc("out.npz"), cl::sub(getRunCommand()));
static cl::opt<Engine>
    engine("engine", cl::desc("what computes:"), cl::init(Engine::Cpp),
           cl::values(clEnumValN(Engine::Cpp, "cpp",
                                 "the generated C++, built with $CXX or g++ (default)"),
                      clEnumValN(Engine::Reference, "reference", "the reference, in process")),
           cl::sub(getRunCommand()));

static cl::opt<std::string>
    mapsFolder("maps", cl::value_desc("DIR"), cl::sub(getRunCommand()),
               cl::desc("of a model with adaptive computation: says how many units ran, and draws "
                        "where, over the input images; --counters is implied"));

static LogicalResult writeMaps(Session &session, const Signature &signature,
                               ArrayRef<Buffer> inputs, ArrayRef<Buffer> outputs, double flops) {
  session.beginStage("draw " + mapsFolder);
  auto written = writePonderMaps(signature, inputs, outputs, mapsFolder);
  if (!written) {
    session.reportError(llvm::toString(written.takeError()));
    return failure();
  }
  session.finish();
  printCounts(llvm::outs(), signature, outputs, flops);
  llvm::outs() << *written << " pictures in " << mapsFolder << "\n";
  return success();
}

/// A table of points in, a table of results out.
static LogicalResult runPoints(Session &session, ModuleOp module, const ModelOptions &options) {
  auto points = session.report(readPoints(inputFile, module));
  if (failed(points))
    return failure();
  auto outputs = engine == Engine::Reference
                     ? runReferenceBatches(session, module, points->batches)
                     : runCppBatches(session, module, {options.getPipeline(), getDefaultCompiler()},
                                     points->batches);
  if (failed(outputs))
    return failure();
  session.beginStage("write " + outputFile);
  if (llvm::Error error = writePoints(outputFile, module, *outputs, points->count)) {
    session.reportError(llvm::toString(std::move(error)));
    return failure();
  }
  return success();
}

static bool isTable(StringRef path) { return path.ends_with_insensitive(".csv"); }

static LogicalResult runModel(Session &session, const ModelOptions &options) {
  auto module = loadModel(session, options);
  if (failed(module))
    return failure();
  if (isTable(inputFile))
    return runPoints(session, **module, options);
  Signature signature = readSignature(**module);
  auto flops = (**module)->getAttrOfType<FloatAttr>(kDenseFlopsAttr);
  if (!mapsFolder.empty() && !flops) {
    session.reportError("--maps: the model has no choices between new and old states of layers");
    return failure();
  }
  auto inputs = session.report(readInputs(inputFile, signature.inputs));
  if (failed(inputs))
    return failure();
  auto outputs =
      engine == Engine::Reference
          ? runReference(session, **module, *inputs)
          : runCpp(session, **module, {options.getPipeline(), getDefaultCompiler()}, *inputs);
  if (failed(outputs))
    return failure();
  session.beginStage("write " + outputFile);
  if (llvm::Error error = npz::writeNpz(outputFile, toArrays(signature.outputs, *outputs))) {
    session.reportError(llvm::toString(std::move(error)));
    return failure();
  }
  return mapsFolder.empty()
             ? success()
             : writeMaps(session, signature, *inputs, *outputs, flops.getValueAsDouble());
}

ExitCode runRun() {
  llvm::Expected<ModelOptions> options =
      engine == Engine::Cpp ? readHostModelOptions() : readModelOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  if (isTable(inputFile) && (!mapsFolder.empty() || !isTable(outputFile)))
    return printUsageError(llvm::createStringError(
               !mapsFolder.empty()
                   ? "--maps takes the arrays of an .npz file, not a table"
                   : "--outputs=" + outputFile + ": of a table of points, a .csv file is written")),
           WrongUsage;
  if (!mapsFolder.empty())
    options->count();
  Session session(2 + !mapsFolder.empty() +
                  (engine == Engine::Cpp ? kRunCppStages : kRunReferenceStages));
  if (failed(runModel(session, *options)))
    return Failed;
  session.finish();
  return Good;
}

} // namespace nnc::tools
