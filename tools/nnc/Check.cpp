// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Commands.h"
#include "tools/nnc/Compare.h"
#include "tools/nnc/LoadModel.h"
#include "tools/nnc/RunModel.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

static cl::opt<std::string> inputFile(
    "inputs", cl::value_desc("in.npz"), cl::sub(getCheckCommand()),
    cl::desc("arrays named as the inputs, or in__ and that name (default: random values)"));
static cl::opt<std::string> expectedFile(
    "expect", cl::value_desc("out.npz"), cl::sub(getCheckCommand()),
    cl::desc(
        "compare with these outputs as well: arrays named as the outputs, or out__ and that name"));
static cl::opt<bool> perLayer("per-layer", cl::sub(getCheckCommand()),
                              cl::desc("compare the result of each launch as well"));
static cl::opt<std::string> compiler("compiler", cl::value_desc("C"), cl::sub(getCheckCommand()),
                                     cl::desc("C++ compiler (default: $CXX or g++)"));
static cl::opt<double>
    relative("rtol", cl::init(1e-4), cl::sub(getCheckCommand()),
             cl::desc("allowed error relative to the largest expected magnitude (default: 1e-4)"));
static cl::opt<double> absolute("atol", cl::init(1e-5), cl::sub(getCheckCommand()),
                                cl::desc("allowed absolute error on top of that (default: 1e-5)"));
static cl::opt<double>
    maxUlps("max-ulp", cl::sub(getCheckCommand()),
            cl::desc("instead: allowed error of each element in units in the last place"));

namespace {

/// The parts of a check, each of which fails or says whether results agree.
class Checker {
public:
  Checker(Session &session, const ModelOptions &options)
      : session(session),
        build{options.getPipeline(), compiler.empty() ? getDefaultCompiler() : compiler} {
    tolerance.absolute = absolute;
    tolerance.relative = relative;
    if (maxUlps.getNumOccurrences() > 0)
      tolerance.maxUlps = maxUlps;
  }

  LogicalResult check(const ModelOptions &options) {
    auto module = loadModel(session, options);
    if (failed(module) || failed(readValues(**module)))
      return failure();
    OwningOpRef<ModuleOp> copy = perLayer ? (*module)->clone() : ModuleOp();
    auto reference = runReference(session, **module, inputs);
    if (failed(reference))
      return failure();
    if (failed(checkVariants(**module, *reference)))
      return failure();
    return perLayer ? checkLayers(*copy) : success();
  }

  bool allAgree() const { return agree; }
  const Tolerance &getTolerance() const { return tolerance; }

private:
  /// One program; where that has several variants, each that runs here.
  LogicalResult checkVariants(ModuleOp module, ArrayRef<Buffer> reference) {
    auto modules = compileToCpp(session, module, build.pipeline);
    if (failed(modules))
      return failure();
    for (const Machine &variant : listHostVariants(build.pipeline.machine)) {
      build.variant = modules->size() > 1 ? variant.level : 0;
      auto actual = runModules(session, *modules, build, getTypes(), inputs);
      if (failed(actual))
        return failure();
      session.finish();
      std::string name = build.variant != 0 ? variant.name.str() + ": " : "";
      print(name + "C++ against the reference", signature.outputs, *actual, reference);
      if (!expectedFile.empty())
        compareExpected(*actual, name);
    }
    return success();
  }

  SmallVector<RankedTensorType> getTypes() const {
    return llvm::map_to_vector(signature.outputs, [](const TensorSpec &spec) { return spec.type; });
  }

  LogicalResult readValues(ModuleOp module) {
    signature = readSignature(module);
    auto values = inputFile.empty() ? makeRandomValues(signature.inputs)
                                    : session.report(readInputs(inputFile, signature.inputs));
    if (failed(values))
      return failure();
    inputs = std::move(*values);
    return expectedFile.empty() ? success() : readExpected();
  }

  LogicalResult readExpected() {
    auto arrays = session.report(npz::readNpz(expectedFile));
    if (failed(arrays))
      return failure();
    for (auto [index, spec] : llvm::enumerate(signature.outputs)) {
      const npz::Array *array = findArray(*arrays, spec, "out__");
      if (!array)
        continue;
      auto value = session.report(toBuffer(spec, *array));
      if (failed(value))
        return failure();
      expected.emplace_back(index, std::move(*value));
    }
    if (!expected.empty())
      return success();
    session.reportError("'" + expectedFile +
                        "' has no array that is named as an output of the model");
    return failure();
  }

  void compareExpected(ArrayRef<Buffer> actual, const std::string &name) {
    std::vector<TensorSpec> specs;
    std::vector<Buffer> found, wanted;
    for (const auto &[index, value] : expected) {
      specs.push_back(signature.outputs[index]);
      found.push_back(actual[index]);
      wanted.push_back(value);
    }
    print(name + "C++ against " + expectedFile, specs, found, wanted);
  }

  LogicalResult checkLayers(ModuleOp module) {
    for (const Machine &variant : listHostVariants(build.pipeline.machine)) {
      OwningOpRef<ModuleOp> copy = module.clone();
      if (failed(checkLayers(*copy, variant)))
        return failure();
    }
    return success();
  }

  /// The same kernels once more, with the result of each launch as an output.
  LogicalResult checkLayers(ModuleOp module, const Machine &machine) {
    BuildOptions options{build.pipeline, build.compiler};
    options.pipeline.machine = machine;
    options.pipeline.exposeLayers = true;
    if (failed(scheduleModel(session, module, options.pipeline)))
      return failure();
    Signature layers = readSignature(module);
    auto reference = runReference(session, module, inputs);
    if (failed(reference))
      return failure();
    auto actual = runScheduledCpp(session, module, options, inputs);
    if (failed(actual))
      return failure();
    session.finish();
    std::string name = build.variant != 0 ? machine.name.str() + ": " : "";
    print(name + "each launch, C++ against the reference", layers.outputs, *actual, *reference);
    return success();
  }

  void print(const Twine &title, ArrayRef<TensorSpec> specs, ArrayRef<Buffer> actual,
             ArrayRef<Buffer> wanted) {
    agree &= printComparison(llvm::outs(), title.str(), specs, actual, wanted, tolerance);
  }

  Session &session;
  BuildOptions build;
  Tolerance tolerance;
  Signature signature;
  std::vector<Buffer> inputs;
  /// Outputs by their number.
  std::vector<std::pair<size_t, Buffer>> expected;
  bool agree = true;
};

} // namespace

ExitCode runCheck() {
  llvm::Expected<ModelOptions> options = readHostModelOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  constexpr unsigned perLayerStages = kRunReferenceStages + kRunCppStages;
  unsigned variants = listHostVariants(options->machine).size();
  Session session(1 + kRunReferenceStages + kScheduleStages + kPlanStages +
                  variants * (kRunModulesStages + (perLayer ? perLayerStages : 0)));
  Checker checker(session, *options);
  if (failed(checker.check(*options)))
    return Failed;
  llvm::outs() << (checker.allAgree() ? "PASS" : "FAIL")
               << "  tolerance: " << checker.getTolerance().describe() << "\n";
  return checker.allAgree() ? Good : Failed;
}

} // namespace nnc::tools
