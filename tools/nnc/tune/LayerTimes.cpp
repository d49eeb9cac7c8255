// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/LayerTimes.h"

#include "codegen/package/Program.h"
#include "tools/nnc/Tensors.h"
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

/// How long each measurement lasts, in seconds; at least so many runs.
constexpr double kSeconds = 0.3;
constexpr unsigned kLeastRuns = 10;

/// With inputs at random.
FailureOr<BuiltModel> buildWithInputs(Session &session, ModuleOp module,
                                      const BuildOptions &options) {
  auto built = buildModel(session, module, options);
  if (succeeded(built))
    built->compiled->setInputs(makeRandomValues(readSignature(module).inputs));
  return built;
}

/// Calls `run` for kSeconds.
void repeat(llvm::function_ref<void()> run) {
  Clock::time_point begin = Clock::now();
  for (unsigned i = 0;
       i < kLeastRuns || std::chrono::duration<double>(Clock::now() - begin).count() < kSeconds;
       ++i)
    run();
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
                                    const Levels &levels, const BuildOptions &options) {
  auto module = model.apply(levels);
  if (failed(module))
    return failure();
  auto built = buildWithInputs(session, **module, options);
  if (failed(built))
    return failure();
  auto program = codegen::readProgram(*built->module);
  if (failed(program))
    return failure();
  size_t count = program->launches.size();
  std::vector<double> fastest(count, std::numeric_limits<double>::infinity());
  repeat([&] {
    std::vector<double> seconds(count);
    built->compiled->profile(seconds);
    for (auto [least, time] : llvm::zip_equal(fastest, seconds))
      least = std::min(least, time);
  });
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
                                                  const BuildOptions &options) {
  auto a = buildWithInputs(session, first, options), b = buildWithInputs(session, second, options);
  if (failed(a) || failed(b))
    return failure();
  std::pair<double, double> fastest(std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::infinity());
  auto time = [](CompiledModel &model, double &least) {
    Clock::time_point begin = Clock::now();
    model.run();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - begin).count());
  };
  for (int turn = 0; turn < 4; ++turn) {
    repeat([&] { time(*a->compiled, fastest.first); });
    repeat([&] { time(*b->compiled, fastest.second); });
  }
  return fastest;
}

} // namespace nnc::tools
