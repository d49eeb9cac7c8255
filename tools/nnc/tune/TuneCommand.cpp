// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `nnc tune`: levels of an approximation for each layer, by a search on data.
#include "codegen/package/OutputFolder.h"
#include "tools/nnc/Commands.h"
#include "tools/nnc/LoadModel.h"
#include "tools/nnc/tune/Evaluator.h"
#include "tools/nnc/tune/GreedySearch.h"
#include "tools/nnc/tune/Impact.h"
#include "tools/nnc/tune/MaskPicture.h"
#include "tools/nnc/tune/SearchLog.h"
#include "tools/nnc/tune/TuneReport.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Threading.h"

#include <cmath>

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

static cl::opt<std::string> dataFile(
    "data", cl::Required, cl::sub(getTuneCommand()), cl::value_desc("val.npz"),
    cl::desc(
        "arrays named as the model's inputs, examples in front, and maybe `labels`: class numbers, "
        "or numbers as the output has them; without labels those are what the dense model gives"));
static cl::opt<std::string>
    folder("o", cl::Required, cl::sub(getTuneCommand()), cl::value_desc("DIR"),
           cl::desc("folder for the tuned model, the report, pictures, and the "
                    "log from which the same command goes on"));
static cl::list<std::string>
    layerPatterns("layers", cl::CommaSeparated, cl::sub(getTuneCommand()),
                  cl::desc("layers to tune: names with * and ? as in file names (default: all)"));
static cl::opt<std::string>
    testFile("test", cl::sub(getTuneCommand()), cl::value_desc("test.npz"),
             cl::desc("labelled data as --data has it, which the search does not see: "
                      "both models are tried on it at the end"));
static cl::opt<std::string> method("method", cl::init("perforate"), cl::sub(getTuneCommand()),
                                   cl::desc("perforate (default), tensorize, sparsify, or halt"));
static cl::opt<std::string> options("options", cl::sub(getTuneCommand()),
                                    cl::desc("options of the method's pass, such as mask=tiles"));
static cl::opt<double> maxDrop(
    "max-drop", cl::init(std::nan("")), cl::sub(getTuneCommand()), cl::value_desc("P"),
    cl::desc(
        "how much worse the model may become: of classes, percentage points of wrong answers; of "
        "numbers, percent of their variance; of a loss in ONNX, percent of it"));
static cl::opt<double> speedup("speedup", cl::init(std::nan("")), cl::sub(getTuneCommand()),
                               cl::value_desc("S"),
                               cl::desc("how many times faster it is to become"));
static cl::opt<std::string> lossName(
    "loss", cl::sub(getTuneCommand()),
    cl::desc(
        "cross-entropy, log-loss, squared-error, absolute-error, or an ONNX file that takes "
        "outputs and `labels` (default: cross-entropy for class numbers, else squared-error)"));
static cl::opt<std::string>
    outputName("output", cl::sub(getTuneCommand()),
               cl::desc("the output that the loss reads (default: the first; all "
                        "where there are no labels)"));
static cl::opt<int64_t> limit("examples", cl::init(0), cl::sub(getTuneCommand()),
                              cl::desc("how many examples of the file are taken (default: all)"));
static cl::opt<unsigned> workers("workers", cl::init(0), cl::sub(getTuneCommand()),
                                 cl::desc("threads that evaluate (default: one for each core)"));
static cl::opt<int64_t> maxEvaluations(
    "max-evaluations", cl::init(0), cl::sub(getTuneCommand()),
    cl::desc("stop after so many evaluations; the same command goes on (default: no limit)"));

namespace {

/// A built model's speed-up may fall short of the estimate: the goal is raised so often.
constexpr int kCorrections = 4;
/// A speed-up within this share of the goal is the goal.
constexpr double kTolerance = 0.01;

/// The variance of the numbers of labels: what a drop of 100 percent is.
double getVariance(const LabelledData &data) {
  double sum = 0, squares = 0, count = 0;
  for (const Target &target : data.getTargets())
    for (float value : target.values) {
      sum += value;
      squares += static_cast<double>(value) * value;
      ++count;
    }
  return count == 0 ? 0 : squares / count - sum / count * (sum / count);
}

class TuneRun {
public:
  TuneRun(Session &session, const ModelOptions &modelOptions)
      : session(session), modelOptions(modelOptions),
        build{modelOptions.getPipeline(), getDefaultCompiler()} {}

  LogicalResult run() {
    if (failed(prepare()) || failed(measureTimes()) || failed(search()))
      return failure();
    return isStopped ? success() : success(succeeded(test()) && succeeded(write()));
  }

private:
  LogicalResult fail(llvm::Error error) {
    session.reportError(llvm::toString(std::move(error)));
    return failure();
  }

  LogicalResult prepare();
  LogicalResult readData();
  LogicalResult findLayers();
  LogicalResult openLog();
  LogicalResult measureImportance(ModuleOp masked, ArrayRef<std::string> layers);
  LogicalResult measureTimes();
  LogicalResult search();
  LogicalResult searchOnce(const TimeModel &times, const SearchGoal &goal);
  LogicalResult test();
  LogicalResult write();

  FailureOr<Score> evaluate(const Levels &levels);
  double getDrop(const Score &score) const;
  void showProgress(size_t done, size_t all);
  LogicalResult takeStep(const SearchStep &step);
  std::string describeGoal() const;
  std::string describe(const Score &score) const {
    return describeScore(score, loss->classifies());
  }
  TuneReport makeReport() const;

  Session &session;
  const ModelOptions &modelOptions;
  BuildOptions build;
  OwningOpRef<ModuleOp> module;
  Signature signature;
  std::string passOptions;
  std::optional<LabelledData> data;
  std::unique_ptr<Loss> loss;
  std::optional<KnobbedModel> model;
  std::optional<SearchLog> log;
  std::unique_ptr<Evaluator> evaluator;
  std::vector<LayerTimes> byLevel;
  SearchResult result;
  Score dense;
  /// Of what the search does not see: dense and tuned.
  std::optional<std::pair<Score, Score>> tested;
  double variance = 0;
  double denseSeconds = 0, tunedSeconds = 0;
  int64_t evaluations = 0;
  bool isStopped = false;
};

LogicalResult TuneRun::prepare() {
  auto loaded = loadModel(session, modelOptions);
  if (failed(loaded))
    return failure();
  module = std::move(*loaded);
  signature = readSignature(*module);
  session.beginStage("read " + dataFile + ", find layers");
  if (failed(readData()) || failed(findLayers()) || failed(openLog()))
    return failure();
  session.beginStage("build what evaluates");
  unsigned threads = workers > 0 ? workers : llvm::hardware_concurrency().compute_thread_count();
  auto created = Evaluator::create(session, *model, *data, *loss, {build, threads});
  if (failed(created))
    return failure();
  evaluator = std::move(*created);
  session.printLine(evaluator->describe() + ", " + llvm::Twine(threads) + " at once");
  variance = getVariance(*data);
  return success();
}

LogicalResult TuneRun::readData() {
  auto read = LabelledData::read(dataFile, signature, limit);
  if (!read)
    return fail(read.takeError());
  data = std::move(*read);
  auto made = Loss::create(session, lossName, outputName, signature, *data);
  if (!made)
    return fail(made.takeError());
  loss = std::move(*made);
  return success();
}

/// Masks of impact whose importances are in no file: they are measured on the same data.
static bool needsImportance() {
  StringRef text = options;
  return text.contains("impact") && !text.contains("file=");
}

/// Whether they are measured again after each step, of the network with the masks so far.
static bool isIterative() { return StringRef(options).contains("mask=iterative-impact"); }

/// Measures the importances of a model, but where an earlier search has left them, and names their
/// file in `passOptions`.
LogicalResult TuneRun::measureImportance(ModuleOp masked, ArrayRef<std::string> layers) {
  std::string path = folder + "/importances-" + std::to_string(result.steps.size()) + ".npz";
  if (!llvm::sys::fs::exists(path)) {
    auto arrays = measureImpact(session, masked, layers, *data, *loss);
    if (failed(arrays))
      return failure();
    if (llvm::Error error = npz::writeNpz(path, *arrays))
      return fail(std::move(error));
  }
  StringRef given = options;
  auto [before, after] = given.split(isIterative() ? "mask=iterative-impact" : "mask=impact");
  passOptions = (before + "mask=impact" + after + " file=" + path).str();
  return success();
}

LogicalResult TuneRun::findLayers() {
  auto knob = lookupKnob(method);
  if (!knob)
    return fail(knob.takeError());
  if (std::error_code code = llvm::sys::fs::create_directories(folder))
    return fail(llvm::createStringError("'" + folder + "': " + code.message()));
  passOptions = options;
  std::vector<std::string> patterns(layerPatterns.begin(), layerPatterns.end());
  if (needsImportance()) {
    if (data->getTargets().empty())
      return fail(llvm::createStringError("'" + dataFile +
                                          "' has no array 'labels', and mask=impact needs a loss"));
    auto unmasked = KnobbedModel::create(*module, **knob, "", patterns);
    if (!unmasked)
      return fail(unmasked.takeError());
    if (failed(measureImportance(*module, unmasked->getLayers())))
      return failure();
  }
  auto knobbed = KnobbedModel::create(*module, **knob, passOptions, patterns);
  if (!knobbed)
    return fail(knobbed.takeError());
  model = std::move(*knobbed);
  session.printLine(
      llvm::formatv("{0} examples, {1} layers", data->countExamples(), model->getLayers().size()));
  return success();
}

LogicalResult TuneRun::openLog() {
  auto opened = SearchLog::open(
      folder + "/search.jsonl",
      llvm::formatv("model {0} {1}, data {2}, {3} examples, --method={4} "
                    "--options={5} --loss={6} --output={7} --layers={8} {9}",
                    getDigest(modelOptions.path), modelOptions.describeSettings(),
                    getDigest(dataFile), data->countExamples(), method, options, lossName,
                    outputName, llvm::join(layerPatterns, ","), build.pipeline.machine.name));
  if (!opened)
    return fail(opened.takeError());
  log = std::move(*opened);
  if (log->countScores() > 0)
    session.printLine(llvm::formatv("goes on from {0} evaluations in {1}/search.jsonl",
                                    log->countScores(), folder));
  return success();
}

LogicalResult TuneRun::measureTimes() {
  session.beginStage(llvm::formatv("measure layers at {0} levels", model->countLevels()));
  for (unsigned level = 0; level < model->countLevels(); ++level) {
    std::optional<LayerTimes> known = log->findTimes(level);
    if (!known) {
      auto times =
          measureLayers(session, *model, Levels(model->getLayers().size(), level), *data, build);
      if (failed(times))
        return failure();
      if (llvm::Error error = log->addTimes(level, *times))
        return fail(std::move(error));
      known = *times;
    }
    byLevel.push_back(*known);
    session.printLine(llvm::formatv("all layers {0,-12} {1,10:f1} us", model->describe(level),
                                    known->getTotal() * 1e6));
  }
  return success();
}

FailureOr<Score> TuneRun::evaluate(const Levels &levels) {
  if (std::optional<Score> known = log->findScore(levels))
    return *known;
  if (maxEvaluations > 0 && evaluations >= maxEvaluations) {
    isStopped = true;
    return failure();
  }
  ++evaluations;
  auto score = evaluator->evaluate(levels);
  if (failed(score))
    return failure();
  if (llvm::Error error = log->addScore(levels, *score))
    return fail(std::move(error));
  return *score;
}

double TuneRun::getDrop(const Score &score) const {
  if (loss->classifies())
    return 100 * (score.wrong - dense.wrong);
  double scale = StringRef(lossName).ends_with(".onnx") ? dense.loss : variance;
  return 100 * (score.loss - dense.loss) / std::max(scale, 1e-30);
}

std::string TuneRun::describeGoal() const {
  std::vector<std::string> goals;
  if (!std::isnan(speedup))
    goals.push_back(llvm::formatv("{0:f2} times the speed", speedup.getValue()));
  if (!std::isnan(maxDrop))
    goals.push_back(llvm::formatv("a drop of at most {0:f2}", maxDrop.getValue()));
  return llvm::join(goals, ", ");
}

void TuneRun::showProgress(size_t done, size_t all) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return;
  constexpr size_t width = 24;
  size_t filled = width * done / all;
  double now = result.steps.empty() ? 1 : result.steps.back().speedup;
  llvm::errs() << llvm::formatv("\r      [{0}{1}] step {2}, now {3:f2} times the speed, {4} ",
                                std::string(filled, '#'), std::string(width - filled, '.'),
                                result.steps.size() + 1, now, describe(result.score));
  if (done == all)
    llvm::errs() << "\r" << std::string(100, ' ') << "\r";
}

LogicalResult TuneRun::takeStep(const SearchStep &step) {
  session.printLine(
      llvm::formatv("step {0,3}: {1} {2,-26} {3:f2} times the speed, {4}, drop {5:f2}",
                    result.steps.size(), model->describe(step.level),
                    model->getLayers()[step.layer], step.speedup, describe(step.score), step.drop));
  if (!isIterative())
    return success();
  model->fix(step.layer, step.level);
  auto masked = model->apply(result.levels);
  if (failed(masked) || failed(measureImportance(**masked, model->getLayers())))
    return failure();
  model->setOptions(passOptions);
  return evaluator->refresh();
}

LogicalResult TuneRun::searchOnce(const TimeModel &times, const SearchGoal &goal) {
  SearchCallbacks callbacks{[&](const Levels &levels) { return evaluate(levels); },
                            [&](const Score &score) { return getDrop(score); },
                            [&](size_t done, size_t all) { showProgress(done, all); },
                            [&](const SearchStep &step) { return takeStep(step); }};
  return searchGreedily(times, goal, callbacks, result);
}

LogicalResult TuneRun::search() {
  session.beginStage("search for " + describeGoal());
  Levels exact(model->getLayers().size(), 0);
  auto score = evaluate(exact);
  if (failed(score))
    return success(isStopped);
  dense = *score;
  result = {exact, dense, {}};
  session.printLine("dense: " + describe(dense));
  auto original = model->apply(exact);
  if (failed(original))
    return failure();
  SearchGoal goal;
  if (!std::isnan(speedup))
    goal.speedup = speedup;
  if (!std::isnan(maxDrop))
    goal.drop = maxDrop;
  TimeModel times(byLevel);
  for (int correction = 0; correction <= kCorrections; ++correction) {
    size_t before = result.steps.size();
    if (failed(searchOnce(times, goal)))
      return isStopped ? (session.printLine("stopped; the same command goes on"), success())
                       : failure();
    auto tuned = model->apply(result.levels);
    if (failed(tuned))
      return failure();
    auto seconds = compareTimes(session, **original, **tuned, *data, build);
    if (failed(seconds))
      return failure();
    std::tie(denseSeconds, tunedSeconds) = *seconds;
    double real = denseSeconds / tunedSeconds;
    session.printLine(llvm::formatv("measured: {0:f2} times the speed", real));
    if (!goal.speedup || real >= speedup * (1 - kTolerance) ||
        (correction > 0 && result.steps.size() == before))
      break;
    *goal.speedup *= speedup / real;
  }
  return success();
}

LogicalResult TuneRun::test() {
  if (testFile.empty())
    return success();
  auto unseen = LabelledData::read(testFile, signature, 0);
  if (!unseen)
    return fail(unseen.takeError());
  if (unseen->getTargets().empty())
    return fail(llvm::createStringError("'" + testFile + "' has no array 'labels'"));
  auto measure = Loss::create(session, lossName, outputName, signature, *unseen);
  if (!measure)
    return fail(measure.takeError());
  auto before = evaluator->evaluateOn(*unseen, **measure, Levels(model->getLayers().size(), 0));
  if (failed(before))
    return failure();
  auto after = evaluator->evaluateOn(*unseen, **measure, result.levels);
  if (failed(after))
    return failure();
  tested = {*before, *after};
  return success();
}

TuneReport TuneRun::makeReport() const {
  return {*model,
          result,
          dense,
          getDrop(result.score),
          denseSeconds,
          tunedSeconds,
          loss->classifies(),
          log->countScores(),
          data->countExamples(),
          tested,
          testFile};
}

LogicalResult TuneRun::write() {
  session.beginStage("write " + folder);
  auto tuned = model->apply(result.levels);
  auto output = codegen::OutputFolder::create(folder);
  if (failed(tuned))
    return failure();
  if (!output)
    return fail(output.takeError());
  auto add = [&](StringRef name, llvm::function_ref<void(llvm::raw_ostream &)> print) {
    return (*output)->write(name, print).takeError();
  };
  if (llvm::Error error = add("model.mlir", [&](llvm::raw_ostream &os) {
        (*tuned)->print(os, OpPrintingFlags().enableDebugInfo());
      }))
    return fail(std::move(error));
  TuneReport report = makeReport();
  llvm::json::Object json = report.makeJson();
  json["model"] = llvm::sys::path::filename(modelOptions.path);
  json["method"] = method.getValue();
  json["options"] = options.getValue();
  json["evaluated_by"] = evaluator->describe();
  if (llvm::Error error = add("report.json", [&](llvm::raw_ostream &os) {
        os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(json)));
      }))
    return fail(std::move(error));
  if (hasMasks(**tuned))
    if (llvm::Error error =
            add("masks.svg", [&](llvm::raw_ostream &os) { drawMasks(**tuned, os); }))
      return fail(std::move(error));
  if (llvm::Error error = (*output)->commit())
    return fail(std::move(error));
  session.finish();
  report.print(llvm::outs());
  llvm::outs() << llvm::formatv("written: {0}/model.mlir, which nnc compile, run and check take\n",
                                folder);
  if (!std::isnan(speedup) && report.getSpeedup() < speedup * (1 - kTolerance))
    return fail(llvm::createStringError(
        llvm::formatv("the goal of {0:f2} times the speed is not reached: no layer "
                      "can go on{1}",
                      speedup.getValue(), std::isnan(maxDrop) ? "" : " within --max-drop")
            .str()));
  return success();
}

} // namespace

ExitCode runTune() {
  llvm::Expected<ModelOptions> modelOptions = readHostModelOptions();
  if (!modelOptions)
    return printUsageError(modelOptions.takeError()), WrongUsage;
  auto refuse = [](const llvm::Twine &message) {
    return printUsageError(llvm::createStringError(message)), WrongUsage;
  };
  if (std::isnan(maxDrop) && std::isnan(speedup))
    return refuse("tune needs a goal: --max-drop, --speedup, or both");
  if (speedup < 1)
    return refuse("--speedup is at least 1");
  if (maxDrop < 0)
    return refuse("--max-drop is at least 0");
  if (StringRef(options).contains("layers="))
    return refuse("--options: the layers to tune are named by --layers");
  if (auto knob = lookupKnob(method); !knob)
    return refuse(llvm::toString(knob.takeError()));
  Session session(6);
  return failed(TuneRun(session, *modelOptions).run()) ? Failed : Good;
}

} // namespace nnc::tools
