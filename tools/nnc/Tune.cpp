// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Tune.h"

#include "lowering/schedule/StoredSchedules.h"
#include "tools/nnc/KernelTrials.h"
#include "tools/nnc/ModelOptions.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>
#include <map>

using namespace mlir;

namespace nnc::tools {
namespace {

using Clock = std::chrono::steady_clock;

/// A schedule must be this much faster than the cost model's to be taken: less is noise.
constexpr double kLeastGain = 1.03;

/// The search for one machine.
class Tuner {
public:
  Tuner(Session &session, ModuleOp model, const TuneOptions &options, Clock::time_point end)
      : session(session), model(model), options(options), end(end) {}

  LogicalResult run() {
    for (halide::LaunchOp launch : listLaunches()) {
      KernelTrials trials(launch, options.build);
      if (trials.getCount() < 2)
        continue;
      // The first is measured in any case: how little the time is must not decide what is written.
      if (!regrets.empty() && Clock::now() >= end) {
        ++skipped;
        continue;
      }
      auto timed = trials.run(session);
      if (failed(timed))
        return failure();
      record(launch.getCallee(), *timed);
    }
    return success();
  }

  /// The module of schedules.
  std::string getText() const {
    std::string attributes =
        llvm::formatv("{0} = \"{1}\"", kTargetAttr, options.build.pipeline.machine.name);
    if (options.build.pipeline.threads > 1)
      attributes +=
          llvm::formatv(", {0} = {1} : i64", halide::kThreadsAttr, options.build.pipeline.threads);
    return "module attributes {" + attributes + "} {\n" + text + "}\n";
  }

  void printSummary() {
    if (!regrets.empty()) {
      llvm::sort(regrets);
      session.printLine(llvm::formatv(
          "cost model's time / best time of {0} kernels: median {1:f2}, largest {2:f2}",
          regrets.size(), regrets[regrets.size() / 2], regrets.back()));
    }
    if (skipped > 0)
      session.printLine(llvm::formatv("no time was left for {0} kernels, which take the cost "
                                      "model's choice; --tune-seconds gives more",
                                      skipped));
  }

private:
  /// A launch of each kernel, the most costly kernels first.
  SmallVector<halide::LaunchOp> listLaunches() {
    SymbolTable symbols(model);
    llvm::MapVector<Operation *, std::pair<halide::LaunchOp, int64_t>> kernels;
    model.walk([&](halide::LaunchOp launch) {
      Operation *kernel = symbols.lookup(launch.getCallee());
      auto flops = kernel->getAttrOfType<IntegerAttr>("nnc.flops");
      if (launch.getCount() || launch.getTied())
        return; // how many rows there are is known when it runs
      auto &[first, cost] = kernels[kernel];
      first = first ? first : launch;
      cost += flops ? flops.getInt() : 0;
    });
    std::multimap<int64_t, halide::LaunchOp, std::greater<>> byCost; // equal ones in program order
    for (const auto &[kernel, entry] : kernels)
      byCost.emplace(entry.second, entry.first);
    return llvm::map_to_vector(byCost, [](const auto &entry) { return entry.second; });
  }

  void record(StringRef name, ArrayRef<Trial> trials) {
    const Trial &chosen = trials.front();
    const Trial *best = &chosen;
    for (const Trial &trial : trials)
      if (trial.seconds < best->seconds)
        best = &trial;
    regrets.push_back(chosen.seconds / best->seconds);
    for (const Trial &trial : trials)
      if (options.listCandidates)
        session.printLine(llvm::formatv("{0,10:f2} us  {1}", trial.seconds * 1e6,
                                        trial.choices.empty() ? "cost model" : trial.choices));
    bool isBetter = chosen.seconds >= kLeastGain * best->seconds;
    session.printLine(llvm::formatv(
        "{0,-24} {1,2} candidates  cost model {2,10:f2} us  best {3,10:f2} us  {4}", name,
        trials.size(), chosen.seconds * 1e6, best->seconds * 1e6, isBetter ? best->choices : ""));
    if (isBetter)
      store(name, *best,
            llvm::formatv("{0}: {1:f2} us; the cost model's choice: {2:f2} us", best->choices,
                          best->seconds * 1e6, chosen.seconds * 1e6)
                .str());
    else
      store(name, chosen,
            llvm::formatv("the cost model's choice: {0:f2} us", chosen.seconds * 1e6).str());
  }

  void store(StringRef name, const Trial &trial, StringRef comment) {
    halide::KernelOp kernel = *trial.kernel;
    kernel.setSymName(name);
    std::string body;
    llvm::raw_string_ostream stream(body);
    kernel->print(stream, OpPrintingFlags().useLocalScope());
    text += ("  // " + comment + "\n").str();
    for (StringRef line : llvm::split(body, '\n'))
      text += ("  " + line + "\n").str();
  }

  Session &session;
  ModuleOp model;
  const TuneOptions &options;
  Clock::time_point end;
  std::string text;
  std::vector<double> regrets;
  size_t skipped = 0;
};

} // namespace

FailureOr<std::string> tuneModel(Session &session, ModuleOp model, const TuneOptions &options) {
  const StandardPipelineOptions &pipeline = options.build.pipeline;
  session.beginStage(
      llvm::formatv("measure schedules for {0}, {1:f1} s", pipeline.machine.name, options.seconds));
  OwningOpRef<ModuleOp> copy = model.clone();
  PassManager manager(model.getContext());
  buildUnscheduledKernels(manager, pipeline);
  if (failed(manager.run(*copy)))
    return failure();
  std::string text =
      "// Schedules that `nnc compile --tune` measured; `nnc --schedules=FILE` takes "
      "them. They may be edited.\n";
  SmallVector<Machine> machines = listHostVariants(pipeline.machine);
  std::chrono::duration<double> share(options.seconds / static_cast<double>(machines.size()));
  for (const Machine &machine : machines) {
    TuneOptions single = options;
    single.build.pipeline.machine = machine;
    Tuner tuner(session, *copy, single,
                Clock::now() + std::chrono::duration_cast<Clock::duration>(share));
    if (failed(tuner.run()))
      return failure();
    tuner.printSummary();
    text += tuner.getText();
  }
  return text;
}

} // namespace nnc::tools
