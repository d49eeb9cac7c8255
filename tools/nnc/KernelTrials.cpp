// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/KernelTrials.h"

#include "lowering/schedule/Schedules.h"
#include "lowering/schedule/StripSchedule.h"
#include "tools/nnc/CompileToCpp.h"
#include "tools/nnc/Tensors.h"

#include "dialects/nnc/Constants.h"

#include <chrono>

using namespace mlir;

namespace nnc::tools {

/// More forms than this take too long to build.
static constexpr size_t kMostTrials = 16;
/// All forms' weights together.
static constexpr int64_t kMostBytes = int64_t(1) << 29;

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->hasTrait<OpTrait::ConstantLike>();
}

KernelTrials::KernelTrials(halide::LaunchOp launch, const BuildOptions &options)
    : options(options), module(ModuleOp::create(launch.getLoc())) {
  auto model = launch->getParentOfType<ModuleOp>();
  (*module)->setDiscardableAttrs(model->getDiscardableAttrDictionary());
  if (options.pipeline.threads > 1)
    (*module)->setAttr(halide::kThreadsAttr,
                       Builder(model.getContext()).getI64IntegerAttr(options.pipeline.threads));
  addArguments(launch);
  llvm::append_range(resultTypes, launch.getResultTypes());
  steps = launch.getSteps();
  isReverse = launch.getReverse();
  auto kernel = model.lookupSymbol<halide::KernelOp>(launch.getCallee());
  const Machine &machine = options.pipeline.machine;
  add(kernel, {});
  if (trials.empty())
    return; // nothing to compare with
  for (const Choices &choices : listChoices(kernel, machine)) {
    auto count = static_cast<int64_t>(trials.size());
    if (trials.size() < kMostTrials && (count + 1) * constantBytes <= kMostBytes)
      add(kernel, choices);
  }
  OpBuilder builder = OpBuilder::atBlockEnd(&main.getBody().front());
  func::ReturnOp::create(builder, main.getLoc(), results);
  main.setFunctionType(
      builder.getFunctionType(main.getBody().getArgumentTypes(), TypeRange(ValueRange(results))));
}

void KernelTrials::addArguments(halide::LaunchOp launch) {
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  main = func::FuncOp::create(builder, launch.getLoc(), "main", builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(main.addEntryBlock());
  IRMapping mapping;
  for (Value operand : launch.getInputs()) {
    if (!mapping.contains(operand) && isConstant(operand)) {
      builder.clone(*operand.getDefiningOp(), mapping);
      constantBytes += getByteSize(cast<ShapedType>(operand.getType()));
    } else if (!mapping.contains(operand)) {
      mapping.map(operand, main.getBody().addArgument(operand.getType(), operand.getLoc()));
    }
    operands.push_back(mapping.lookup(operand));
  }
}

/// The text of a kernel but for its name.
static std::string getText(halide::KernelOp kernel) {
  OwningOpRef<halide::KernelOp> copy = kernel.clone();
  copy->setSymName("kernel");
  std::string text;
  llvm::raw_string_ostream stream(text);
  (*copy)->print(stream, OpPrintingFlags().useLocalScope());
  return text;
}

void KernelTrials::add(halide::KernelOp kernel, const Choices &choices) {
  OpBuilder builder(main);
  auto copy = cast<halide::KernelOp>(builder.clone(*kernel));
  copy.setSymName("trial" + std::to_string(trials.size()));
  builder.setInsertionPointToEnd(&main.getBody().front());
  auto launch = halide::LaunchOp::create(builder, main.getLoc(), resultTypes, copy.getSymName(),
                                         operands, builder.getStrArrayAttr({copy.getSymName()}));
  launch.setSteps(steps);
  launch.setReverse(isReverse);
  scheduleKernel(copy, options.pipeline.machine, choices);
  std::string text = getText(copy);
  bool isNew = llvm::none_of(trials, [&](Trial &other) { return getText(*other.kernel) == text; });
  // What cannot be taken off again could not be applied from a file.
  if (!isNew || getComputation(copy) != getComputation(kernel)) {
    launch.erase();
    copy.erase();
    return;
  }
  results.append(launch.result_begin(), launch.result_end());
  trials.push_back({copy.clone(), choices.describe()});
}

FailureOr<std::unique_ptr<CompiledModel>> KernelTrials::build(Session &session) {
  Signature signature = readSignature(*module);
  PassManager manager(module->getContext());
  buildLayouts(manager);
  if (failed(manager.run(*module)))
    return failure();
  const Machine &machine = options.pipeline.machine;
  auto codes = generateAndPlan(*module, machine);
  if (failed(codes))
    return failure();
  auto model =
      CompiledModel::make(session, {codegen::PlannedModule{machine, *module, *codes}}, options);
  if (failed(model))
    return failure();
  (*model)->setInputs(makeRandomValues(signature.inputs));
  // In a network what is written lies in memory that was just used: in the cache, as far as it
  // fits.
  (*model)->shareOutputs();
  return model;
}

FailureOr<std::vector<Trial>> KernelTrials::run(Session &session) {
  auto model = build(session);
  if (failed(model))
    return failure();
  using Clock = std::chrono::steady_clock;
  constexpr auto enough = std::chrono::milliseconds(400);
  constexpr int fewestRounds = 7, mostRounds = 2000;
  Clock::time_point begin = Clock::now();
  for (int round = 0; round < mostRounds; ++round) {
    if (round >= fewestRounds && Clock::now() - begin > enough)
      break;
    std::vector<double> seconds(trials.size(), 0);
    (*model)->profile(seconds);
    for (auto [trial, now] : llvm::zip_equal(trials, seconds))
      trial.seconds = std::min(trial.seconds, now);
  }
  return std::move(trials);
}

} // namespace nnc::tools
