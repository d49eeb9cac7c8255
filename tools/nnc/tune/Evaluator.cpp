// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/Evaluator.h"

#include "dialects/nnc/Constants.h"
#include "tools/nnc/RunModel.h"
#include "tools/nnc/tune/BuildModel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

using namespace mlir;

namespace nnc::tools {
namespace {

using Clock = std::chrono::steady_clock;

class CppPredictor : public Predictor {
public:
  CppPredictor(std::unique_ptr<CompiledModel> model, SmallVector<RankedTensorType> types)
      : model(std::move(model)), types(std::move(types)) {}

  llvm::Expected<std::vector<Buffer>> run(ArrayRef<Buffer> inputs) override {
    model->setInputs(inputs);
    if (int code = model->run())
      return llvm::createStringError("the generated code refused to run with code " + Twine(code));
    return model->getOutputs(types);
  }

private:
  std::unique_ptr<CompiledModel> model;
  SmallVector<RankedTensorType> types;
};

class ReferencePredictor : public Predictor {
public:
  explicit ReferencePredictor(std::unique_ptr<ReferenceEngine> engine)
      : engine(std::move(engine)) {}

  llvm::Expected<std::vector<Buffer>> run(ArrayRef<Buffer> inputs) override {
    return engine->run(inputs);
  }

private:
  std::unique_ptr<ReferenceEngine> engine;
};

FailureOr<Predictors> buildCpp(Session &session, ModuleOp module, const EvaluatorOptions &options) {
  SmallVector<RankedTensorType> types = getOutputTypes(module);
  auto built = buildModel(session, module, options.build);
  if (failed(built))
    return failure();
  std::unique_ptr<CompiledModel> model = std::move(built->compiled);
  Predictors predictors;
  while (predictors.size() + 1 < options.workers)
    predictors.push_back(std::make_unique<CppPredictor>(model->makeInstance(), types));
  predictors.push_back(std::make_unique<CppPredictor>(std::move(model), types));
  return predictors;
}

FailureOr<Predictors> buildReference(Session &session, ModuleOp module, unsigned workers) {
  Predictors predictors;
  while (predictors.size() < workers) {
    auto engine = session.report(ReferenceEngine::create(module));
    if (failed(engine))
      return failure();
    predictors.push_back(std::make_unique<ReferencePredictor>(std::move(*engine)));
  }
  return predictors;
}

/// Calls `work(predictor, run)` for each run, every predictor on a thread of its own. The first
/// error ends it.
llvm::Error forEachRun(Predictors &predictors, size_t runs,
                       llvm::function_ref<llvm::Error(Predictor &, size_t)> work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  llvm::Error first = llvm::Error::success();
  auto loop = [&](Predictor &predictor) {
    for (size_t run = next++; run < runs; run = next++)
      if (llvm::Error error = work(predictor, run)) {
        std::scoped_lock lock(mutex);
        next = runs;
        first = llvm::joinErrors(std::move(first), std::move(error));
      }
  };
  std::vector<std::thread> threads;
  for (std::unique_ptr<Predictor> &predictor : llvm::drop_begin(predictors))
    threads.emplace_back([&loop, &predictor] { loop(*predictor); });
  loop(*predictors.front());
  for (std::thread &thread : threads)
    thread.join();
  return first;
}

/// The constants of `module` that a knob sets, in the module's order.
std::vector<OpOperand *> listSettings(ModuleOp module, const Knob &knob) {
  std::vector<OpOperand *> found;
  module.walk([&](Operation *op) {
    if (OpOperand *setting = knob.getSetting(op))
      found.push_back(setting);
  });
  return found;
}

FailureOr<Buffer> readSetting(OpOperand *setting) {
  ElementsAttr constant = getConstant(setting->get());
  auto bytes = constant ? getConstantBytes(constant) : std::nullopt;
  if (!bytes)
    return failure();
  return Buffer{cast<RankedTensorType>(setting->get().getType()), {bytes->begin(), bytes->end()}};
}

} // namespace

FailureOr<Predictors> Evaluator::build(ModuleOp module, bool cpp) {
  return cpp ? buildCpp(session, module, options)
             : buildReference(session, module, options.workers);
}

LogicalResult Evaluator::takeTargets(Predictors &predictors, ArrayRef<Buffer> levels) {
  std::vector<Target> targets(data.countExamples());
  llvm::Error error = forEachRun(
      predictors, data.getRuns().size(), [&](Predictor &predictor, size_t run) -> llvm::Error {
        std::vector<Buffer> inputs = data.getRuns()[run];
        llvm::append_range(inputs, levels);
        auto outputs = predictor.run(inputs);
        if (!outputs)
          return outputs.takeError();
        auto some = loss.toTargets(*outputs);
        if (!some)
          return some.takeError();
        llvm::copy(*some, targets.begin() + run * data.countExamplesPerRun());
        return llvm::Error::success();
      });
  if (error)
    return session.reportError(llvm::toString(std::move(error))), failure();
  data.setTargets(std::move(targets));
  return success();
}

FailureOr<Score> Evaluator::evaluate(Predictors &predictors, const LabelledData &examples,
                                     Loss &measure, ArrayRef<Buffer> levels) {
  std::vector<Score> scores(examples.getRuns().size());
  llvm::Error error =
      forEachRun(predictors, scores.size(), [&](Predictor &predictor, size_t run) -> llvm::Error {
        std::vector<Buffer> inputs = examples.getRuns()[run];
        llvm::append_range(inputs, levels);
        auto outputs = predictor.run(inputs);
        if (!outputs)
          return outputs.takeError();
        auto score = measure.evaluate(*outputs, run);
        if (!score)
          return score.takeError();
        scores[run] = *score;
        return llvm::Error::success();
      });
  if (error)
    return session.reportError(llvm::toString(std::move(error))), failure();
  Score mean;
  for (const Score &score : scores) {
    mean.loss += score.loss / scores.size();
    mean.wrong += score.wrong / scores.size();
  }
  return mean;
}

FailureOr<std::unique_ptr<Evaluator>> Evaluator::create(Session &session, const KnobbedModel &model,
                                                        LabelledData &data, Loss &loss,
                                                        const EvaluatorOptions &options) {
  std::unique_ptr<Evaluator> evaluator(new Evaluator(session, model, data, loss, options));
  if (failed(evaluator->liftSettings()))
    return failure();
  if (evaluator->lifted.empty() && failed(evaluator->chooseEngine()))
    return failure();
  return evaluator;
}

LogicalResult Evaluator::chooseEngine() {
  auto dense = model.apply(Levels(model.getLayers().size(), 0));
  if (failed(dense))
    return failure();
  double seconds[2] = {};
  for (bool cpp : {true, false}) {
    Clock::time_point begin = Clock::now();
    auto predictors = build(**dense, cpp);
    if (failed(predictors))
      return failure();
    if (data.getTargets().empty() && failed(takeTargets(*predictors, {})))
      return failure();
    if (failed(evaluate(*predictors, data, loss, {})))
      return failure();
    seconds[cpp] = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  isCpp = seconds[1] < seconds[0];
  description = isCpp ? "the generated C++" : "the reference";
  return success();
}

/// Leaves `settings` empty where a level changes more than settings, or folds away.
LogicalResult Evaluator::readSettings() {
  settings.assign(1, {});
  for (unsigned level = 1; level < model.countLevels(); ++level) {
    auto module = model.apply(Levels(model.getLayers().size(), level));
    if (failed(module))
      return failure();
    std::vector<Buffer> &row = settings.emplace_back();
    for (OpOperand *setting : listSettings(**module, model.getKnob()))
      if (auto value = readSetting(setting); succeeded(value))
        row.push_back(std::move(*value));
    if (row.size() != model.getLayers().size()) {
      settings.clear();
      return success();
    }
  }
  for (const Buffer &setting : settings.back())
    settings.front().push_back(
        Buffer::copyOf<int32_t>(setting.type, model.getKnob().makeExactSetting(setting.type)));
  return success();
}

LogicalResult Evaluator::refresh() { return lifted.empty() ? success() : readSettings(); }

/// What levels change become inputs of one program, where that is all they change.
LogicalResult Evaluator::liftSettings() {
  if (failed(readSettings()))
    return failure();
  if (settings.empty())
    return success();
  auto module = model.apply(Levels(model.getLayers().size(), model.countLevels() - 1));
  if (failed(module))
    return failure();
  auto main = (*module)->lookupSymbol<mlir::func::FuncOp>("main");
  for (OpOperand *setting : listSettings(**module, model.getKnob())) {
    (void)main.insertArgument(main.getNumArguments(), setting->get().getType(), {}, main.getLoc());
    setting->set(main.getArguments().back());
  }
  // Built once and run very often: the generated C++, without a trial.
  auto predictors = build(**module, /*cpp=*/true);
  if (failed(predictors))
    return failure();
  lifted = std::move(*predictors);
  description = "the generated C++, built once with levels as inputs";
  return data.getTargets().empty() ? takeTargets(lifted, settings.front()) : success();
}

FailureOr<Score> Evaluator::evaluate(const Levels &levels) {
  if (!lifted.empty()) {
    std::vector<Buffer> values;
    for (auto [layer, level] : llvm::enumerate(levels))
      values.push_back(settings[level][layer]);
    return evaluate(lifted, data, loss, values);
  }
  return buildAndEvaluate(levels, isCpp, data, loss);
}

FailureOr<Score> Evaluator::evaluateOn(const LabelledData &other, Loss &otherLoss,
                                       const Levels &levels) {
  return buildAndEvaluate(levels, /*cpp=*/true, other, otherLoss);
}

FailureOr<Score> Evaluator::buildAndEvaluate(const Levels &levels, bool cpp,
                                             const LabelledData &examples, Loss &measure) {
  auto module = model.apply(levels);
  if (failed(module))
    return failure();
  auto predictors = build(**module, cpp);
  if (failed(predictors))
    return failure();
  return evaluate(*predictors, examples, measure, {});
}

} // namespace nnc::tools
