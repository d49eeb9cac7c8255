// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/TuneReport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using llvm::json::Array, llvm::json::Object;

namespace nnc::tools {

std::string describeScore(const Score &score, bool classifies) {
  return classifies
             ? llvm::formatv("loss {0:f4}, wrong {1:f2} %", score.loss, 100 * score.wrong).str()
             : llvm::formatv("loss {0:e3}", score.loss).str();
}

static Object makeJson(const Score &score, bool classifies) {
  Object object{{"loss", score.loss}};
  if (classifies)
    object["wrong_percent"] = 100 * score.wrong;
  return object;
}

Object TuneReport::makeJson() const {
  auto describe = [&](const Score &score) { return tools::makeJson(score, classifies); };
  Array layers, steps;
  for (auto [title, level] : llvm::zip_equal(model.getLayers(), result.levels))
    layers.push_back(Object{{"layer", title}, {"level", model.describe(level)}});
  for (const SearchStep &step : result.steps) {
    Object object = describe(step.score);
    object["layer"] = model.getLayers()[step.layer];
    object["level"] = model.describe(step.level);
    object["drop"] = step.drop;
    object["estimated_speedup"] = step.speedup;
    steps.push_back(std::move(object));
  }
  Object report{{"examples", examples},
                {"evaluations", static_cast<int64_t>(evaluations)},
                {"dense", describe(dense)},
                {"tuned", describe(result.score)},
                {"drop", drop},
                {"dense_us", denseSeconds * 1e6},
                {"tuned_us", tunedSeconds * 1e6},
                {"speedup", getSpeedup()},
                {"layers", std::move(layers)},
                {"steps", std::move(steps)}};
  if (tested) {
    report["test_dense"] = describe(tested->first);
    report["test_tuned"] = describe(tested->second);
  }
  return report;
}

void TuneReport::print(llvm::raw_ostream &os) const {
  auto describe = [&](const Score &score) { return describeScore(score, classifies); };
  os << llvm::formatv("{0,-40} level\n", "layer");
  for (auto [title, level] : llvm::zip_equal(model.getLayers(), result.levels))
    os << llvm::formatv("{0,-40} {1}\n", title, model.describe(level));
  os << llvm::formatv(
      "\ndense: {0}, {1:f1} us\ntuned: {2}, {3:f1} us\n{4:f2} times the speed, drop {5:f2}, "
      "{6} evaluations of {7} examples\n",
      describe(dense), denseSeconds * 1e6, describe(result.score), tunedSeconds * 1e6, getSpeedup(),
      drop, evaluations, examples);
  if (tested)
    os << llvm::formatv("on {0}: dense {1}; tuned {2}\n", testFile, describe(tested->first),
                        describe(tested->second));
}

} // namespace nnc::tools
