// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Text.h"
#include "tools/nnc/Commands.h"
#include "tools/nnc/CompileToCpp.h"
#include "tools/nnc/CompiledModel.h"
#include "tools/nnc/LoadModel.h"
#include "tools/nnc/OnnxRuntime.h"
#include "tools/nnc/Roofline.h"
#include "tools/nnc/Tensors.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

static cl::opt<unsigned> runs("runs", cl::init(0), cl::sub(getBenchCommand()),
                              cl::desc("runs to time (default: as many as fit into --seconds)"));
static cl::opt<double> seconds("seconds", cl::init(2), cl::sub(getBenchCommand()),
                               cl::desc("time for each engine (default: 2)"));
static cl::opt<std::string>
    inputFile("inputs", cl::value_desc("in.npz"), cl::sub(getBenchCommand()),
              cl::desc("arrays named as the model's inputs (default: random numbers): how long a "
                       "model with adaptive computation takes depends on them"));
static cl::opt<std::string> compiler("compiler", cl::value_desc("C"), cl::sub(getBenchCommand()),
                                     cl::desc("C++ compiler (default: $CXX or g++)"));
static cl::opt<bool> perLayer("per-layer", cl::sub(getBenchCommand()),
                              cl::desc("how near each launch comes to what the machine can do, "
                                       "which is measured as well"));

namespace {

using Seconds = std::vector<double>;

double getMedian(Seconds values) {
  if (values.empty())
    return 0;
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

double sum(const Seconds &values) { return std::accumulate(values.begin(), values.end(), 0.0); }

Seconds timeRuns(CompiledModel &model, unsigned count) {
  using Clock = std::chrono::steady_clock;
  Seconds result;
  for (unsigned i = 0; i < count; ++i) {
    Clock::time_point begin = Clock::now();
    model.run();
    result.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return result;
}

struct Timing {
  Seconds ours;
  Seconds theirs;
  /// Per launch, the least.
  Seconds launches;
};

/// Lets both take turns of about a twentieth of the time, so that what else the machine does hits
/// both.
Timing measure(CompiledModel &model, OnnxRuntime *runtime, size_t launchCount) {
  Timing timing;
  double first = getMedian(timeRuns(model, 3));
  unsigned total =
      runs > 0 ? runs : std::max(5u, static_cast<unsigned>(seconds / std::max(first, 1e-9)));
  unsigned turn = std::max(1u, total / 20);
  double theirFirst = runtime ? getMedian(runtime->run(3)) : 0;
  unsigned theirTurn = theirFirst == 0 ? 0
                       : runs > 0 ? turn
                                  : std::max(1u, static_cast<unsigned>(turn * first / theirFirst));
  for (unsigned done = 0; done < total; done += turn) {
    llvm::append_range(timing.ours, timeRuns(model, turn));
    if (theirTurn > 0)
      llvm::append_range(timing.theirs, runtime->run(theirTurn));
  }
  unsigned profiled =
      std::max(1u, std::min(total, static_cast<unsigned>(1 / std::max(first, 1e-9))));
  timing.launches.assign(std::max<size_t>(launchCount, 1), std::numeric_limits<double>::infinity());
  for (unsigned i = 0; i < profiled; ++i) {
    Seconds launches(timing.launches.size());
    model.profile(launches);
    for (auto [least, launch] : llvm::zip_equal(timing.launches, launches))
      least = std::min(least, launch);
  }
  return timing;
}

void printLaunches(const codegen::Program &program, const Timing &timing) {
  constexpr const char *format = "{0,6} {1,10} {2,7} {3,10} {4,16} {5,14}  {6,-12} {7}\n";
  llvm::raw_ostream &os = llvm::outs();
  os << llvm::formatv(format, "launch", "us", "share", "GFLOP/s", "FLOPs", "bytes", "class",
                      "layers");
  double whole = sum(timing.launches);
  for (auto [index, launch] : llvm::enumerate(program.launches)) {
    double time = timing.launches[index];
    os << llvm::formatv(
        format, index, llvm::formatv("{0:f2}", time * 1e6).str(),
        llvm::formatv("{0:f1}%", 100 * time / whole).str(),
        llvm::formatv("{0:f1}", launch.flops / time / 1e9).str(),
        codegen::printThousands(launch.flops), codegen::printThousands(launch.getTraffic()),
        codegen::toComment(launch.kernelClass), codegen::toComment(launch.getTitle()));
  }
}

void printEngine(const std::string &name, const Seconds &times, int64_t flops) {
  double best = *llvm::min_element(times), median = getMedian(times);
  llvm::outs() << llvm::formatv(
      "{0,-24} median {1,10:f2} us   best {2,10:f2} us   {3,8:f2} GFLOP/s   {4} runs\n", name,
      median * 1e6, best * 1e6, flops / median / 1e9, times.size());
}

void printTiming(const ModelOptions &options, const codegen::Program &program, const Timing &timing,
                 const OnnxRuntime *runtime, const Roofs *roofs) {
  if (roofs)
    printRoofline(llvm::outs(), *roofs, program, timing.launches);
  else
    printLaunches(program, timing);
  llvm::outs() << llvm::formatv("\n{0} FLOPs a run\n", codegen::printThousands(program.getFlops()));
  std::string suffix =
      llvm::formatv(", {0} thread{1}", options.threads, options.threads == 1 ? "" : "s");
  printEngine("nnc" + suffix, timing.ours, program.getFlops());
  if (timing.theirs.empty())
    return;
  printEngine("onnxruntime " + runtime->getVersion() + suffix, timing.theirs, program.getFlops());
  llvm::outs() << llvm::formatv("onnxruntime / nnc: {0:f2} (more than 1: nnc is faster)\n",
                                getMedian(timing.theirs) / getMedian(timing.ours));
}

/// onnxruntime on the same inputs, or null with a line that says why.
std::unique_ptr<OnnxRuntime> startRuntime(Session &session, const ModelOptions &options,
                                          const Signature &signature, ArrayRef<Buffer> inputs) {
  auto folder = session.report(TemporaryFolder::create());
  if (!options.isOnnx() || failed(folder))
    return nullptr;
  std::string path = (*folder)->getPath("inputs.npz");
  if (llvm::Error error = npz::writeNpz(path, toArrays(signature.inputs, inputs)))
    return session.reportError(llvm::toString(std::move(error))), nullptr;
  auto runtime = OnnxRuntime::start(options.path, path, options.threads);
  if (runtime)
    return std::move(*runtime);
  llvm::errs() << "\nnnc: without onnxruntime: " << llvm::toString(runtime.takeError()) << "\n";
  return nullptr;
}

std::string getCompiler() { return compiler.empty() ? getDefaultCompiler() : compiler; }

/// Absent unless asked for.
FailureOr<std::optional<Roofs>> measureIfWanted(Session &session, const ModelOptions &options) {
  if (!perLayer)
    return std::optional<Roofs>();
  auto roofs = session.report(
      measureRoofs(listHostVariants(options.machine).back(), getCompiler(), options.threads));
  if (failed(roofs))
    return failure();
  return std::optional<Roofs>(std::move(*roofs));
}

LogicalResult bench(Session &session, const ModelOptions &options) {
  auto module = loadModel(session, options);
  if (failed(module))
    return failure();
  Signature signature = readSignature(**module);
  FailureOr<std::vector<Buffer>> inputs = makeRandomValues(signature.inputs);
  if (!inputFile.empty())
    inputs = session.report(readInputs(inputFile, signature.inputs));
  if (failed(inputs))
    return failure();
  auto modules = compileToCpp(session, **module, options.getPipeline());
  if (failed(modules))
    return failure();
  auto model = CompiledModel::build(session, getPlannedModules(*modules),
                                    {options.getPipeline(), getCompiler()});
  // Of the variant that runs: the last that this machine can run.
  size_t variant = listHostVariants(options.machine).size() - 1;
  auto program = codegen::readProgram(*(*modules)[variant].module);
  if (failed(model) || failed(program))
    return failure();
  session.beginStage("measure");
  (*model)->setInputs(*inputs);
  std::unique_ptr<OnnxRuntime> runtime = startRuntime(session, options, signature, *inputs);
  Timing timing = measure(**model, runtime.get(), program->launches.size());
  auto roofs = measureIfWanted(session, options);
  if (failed(roofs))
    return failure();
  session.finish();
  printTiming(options, *program, timing, runtime.get(), *roofs ? &**roofs : nullptr);
  return success();
}

} // namespace

ExitCode runBench() {
  llvm::Expected<ModelOptions> options = readHostModelOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  if (!(seconds > 0))
    return printUsageError(llvm::createStringError("--seconds is more than 0")), WrongUsage;
  Session session(1 + kScheduleStages + kPlanStages + CompiledModel::kStages + 1);
  return failed(bench(session, *options)) ? Failed : Good;
}

} // namespace nnc::tools
