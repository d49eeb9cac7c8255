// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/LayerTimes.h"

#include "codegen/package/Program.h"
#include "tools/nnc/tune/BuildModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <chrono>
#include <limits>
#include <numeric>

using namespace mlir;

namespace nnc::tools {
namespace {

using Clock = std::chrono::steady_clock;

/// How long each measurement lasts, in seconds; at least so many runs of each example.
constexpr double kSeconds = 0.3;
constexpr unsigned kLeastRuns = 3;
/// So many examples are timed, evenly from all.
constexpr size_t kExamples = 16;

/// The inputs that are timed.
std::vector<ArrayRef<Buffer>> choose(const LabelledData &data) {
  size_t count = std::min(kExamples, data.getRuns().size());
  std::vector<ArrayRef<Buffer>> chosen;
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(data.getRuns()[i * data.getRuns().size() / count]);
  return chosen;
}

/// Calls `run(example)` in turns for kSeconds.
void repeat(size_t examples, llvm::function_ref<void(size_t)> run) {
  Clock::time_point begin = Clock::now();
  for (unsigned i = 0;
       i < kLeastRuns || std::chrono::duration<double>(Clock::now() - begin).count() < kSeconds;
       ++i)
    for (size_t example = 0; example < examples; ++example)
      run(example);
}

using Seconds = std::vector<double>;

Seconds makeInfinite(size_t count) {
  return Seconds(count, std::numeric_limits<double>::infinity());
}

double getMean(const Seconds &seconds) {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0) / seconds.size();
}

/// The mean over examples of the fastest run of each launch.
Seconds timeLaunches(CompiledModel &model, size_t launches, const LabelledData &data) {
  std::vector<ArrayRef<Buffer>> examples = choose(data);
  std::vector<Seconds> fastest(examples.size(), makeInfinite(launches));
  repeat(examples.size(), [&](size_t example) {
    model.setInputs(examples[example]);
    Seconds seconds(launches);
    model.profile(seconds);
    for (auto [least, time] : llvm::zip_equal(fastest[example], seconds))
      least = std::min(least, time);
  });
  Seconds mean(launches);
  for (const Seconds &of : fastest)
    for (auto [sum, time] : llvm::zip_equal(mean, of))
      sum += time / examples.size();
  return mean;
}

/// The layers whose nodes a launch computes.
std::vector<size_t> findLayers(const codegen::Launch &launch,
                               const std::vector<std::string> &titles) {
  std::vector<size_t> found;
  for (auto [index, title] : llvm::enumerate(titles)) {
    llvm::SmallVector<StringRef> names;
    StringRef(title).split(names, ", ");
    if (llvm::any_of(names,
                     [&](StringRef name) { return llvm::is_contained(launch.layers, name); }))
      found.push_back(index);
  }
  return found;
}

} // namespace

double LayerTimes::getTotal() const { return std::accumulate(layers.begin(), layers.end(), rest); }

FailureOr<LayerTimes> measureLayers(Session &session, const KnobbedModel &model,
                                    const Levels &levels, const LabelledData &data,
                                    const BuildOptions &options) {
  auto module = model.apply(levels);
  if (failed(module))
    return failure();
  auto built = buildModel(session, **module, options);
  if (failed(built))
    return failure();
  auto program = codegen::readProgram(*built->module);
  if (failed(program))
    return failure();
  Seconds fastest = timeLaunches(*built->compiled, program->launches.size(), data);
  LayerTimes times{std::vector<double>(levels.size()), 0};
  std::vector<size_t> owners;
  for (auto [launch, seconds] : llvm::zip_equal(program->launches, fastest)) {
    std::vector<size_t> layers = findLayers(launch, model.getLayers());
    if (!layers.empty())
      owners = layers;
    if (owners.empty())
      times.rest += seconds;
    for (size_t layer : owners)
      times.layers[layer] += seconds / owners.size();
  }
  return times;
}

FailureOr<std::pair<double, double>> compareTimes(Session &session, ModuleOp first, ModuleOp second,
                                                  const LabelledData &data,
                                                  const BuildOptions &options) {
  auto a = buildModel(session, first, options), b = buildModel(session, second, options);
  if (failed(a) || failed(b))
    return failure();
  std::vector<ArrayRef<Buffer>> examples = choose(data);
  Seconds fastest[] = {makeInfinite(examples.size()), makeInfinite(examples.size())};
  for (int turn = 0; turn < 8; ++turn)
    repeat(examples.size(), [&](size_t example) {
      CompiledModel &model = *(turn % 2 ? b : a)->compiled;
      model.setInputs(examples[example]);
      Clock::time_point begin = Clock::now();
      model.run();
      double &least = fastest[turn % 2][example];
      least = std::min(least, std::chrono::duration<double>(Clock::now() - begin).count());
    });
  return std::pair(getMean(fastest[0]), getMean(fastest[1]));
}

} // namespace nnc::tools
