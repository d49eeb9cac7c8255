// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/Knobs.h"

#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "tools/nnc/ModelOptions.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using namespace mlir;

namespace nnc::tools {
namespace {

/// The rates of the paper's search (arXiv:1504.08362, section 4.3) as kept fractions.
constexpr double kKept[] = {1 / 1.5, 1 / 2., 1 / 3.,  1 / 4.,  1 / 5.,
                            1 / 6.,  1 / 8., 1 / 10., 1 / 15., 1 / 20.};
constexpr double kRanks[] = {64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2};
constexpr double kZeros[] = {0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99};
/// Of the thresholds that the model was trained with.
constexpr double kThresholds[] = {0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1};

OpOperand *getFill(Operation *op) {
  auto perforate = dyn_cast<PerforateOp>(op);
  return perforate ? &perforate.getFillMutable() : nullptr;
}

/// Each position is its own.
std::vector<int32_t> makeWholeFill(RankedTensorType type) {
  std::vector<int32_t> fill(type.getNumElements());
  std::iota(fill.begin(), fill.end(), 0);
  return fill;
}

OpOperand *getNone(Operation *) { return nullptr; }

constexpr Knob kKnobs[] = {
    {"perforate", "kept positions of convolutions", "nnc-simplify", "nnc-perforate", "kept", kKept,
     getFill, makeWholeFill},
    {"tensorize", "the TT-rank of layers' weights", "", "nnc-tensorize", "rank", kRanks, getNone,
     nullptr},
    {"sparsify", "the share of zeros in layers' weights", "", "nnc-sparsify", "magnitude", kZeros,
     getNone, nullptr},
    {"halt", "the threshold of halting scores", "nnc-simplify", "nnc-scale-thresholds", "scale",
     kThresholds, getNone, nullptr},
};

/// A pattern of `layers=` for that title: what would end the option stands for any character.
std::string makePattern(StringRef title) {
  std::string pattern = title.str();
  for (char &c : pattern)
    if (!llvm::isAlnum(c) && !StringRef("_-./:").contains(c))
      c = '?';
  return pattern;
}

LogicalResult runPasses(ModuleOp module, StringRef text) {
  if (text.empty())
    return success();
  PassManager manager(module.getContext());
  return success(succeeded(parsePasses(text, manager, llvm::errs())) &&
                 succeeded(manager.run(module)));
}

std::string printNumber(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", number);
  return text;
}

std::string getPass(const Knob &knob, StringRef options, double value, StringRef title) {
  return llvm::formatv("{0}{{{1}={2} {3} layers={4}}", knob.pass, knob.option, printNumber(value),
                       options, makePattern(title));
}

} // namespace

llvm::ArrayRef<Knob> listKnobs() { return kKnobs; }

llvm::Expected<const Knob *> lookupKnob(StringRef method) {
  const Knob *found =
      llvm::find_if(kKnobs, [&](const Knob &knob) { return knob.method == method; });
  if (found != std::end(kKnobs))
    return found;
  auto names = llvm::map_range(kKnobs, [](const Knob &knob) { return knob.method; });
  return llvm::createStringError("--method=" + method + ": known are " + llvm::join(names, ", "));
}

llvm::Expected<KnobbedModel> KnobbedModel::create(ModuleOp model, const Knob &knob,
                                                  std::string options,
                                                  ArrayRef<std::string> patterns) {
  KnobbedModel knobbed(model, knob, std::move(options));
  if (failed(runPasses(model, knob.prepare)))
    return llvm::createStringError("the passes '" + knob.prepare + "' failed");
  std::vector<std::string> titles;
  model.walk([&](Operation *op) {
    std::string title = getLayerTitle(op);
    if (op->getNumResults() == 1 && !op->hasTrait<OpTrait::ConstantLike>() &&
        isNamed(op, patterns) && !llvm::is_contained(titles, title))
      titles.push_back(title);
  });
  std::string refusal;
  ScopedDiagnosticHandler handler(model.getContext(), [&](Diagnostic &diagnostic) {
    if (refusal.empty())
      refusal = ": " + diagnostic.str();
  });
  for (const std::string &title : titles) {
    OwningOpRef<ModuleOp> copy = model.clone();
    OperationFingerPrint before(*copy);
    if (succeeded(runPasses(*copy, getPass(knob, knobbed.options, knob.values.back(), title))) &&
        OperationFingerPrint(*copy) != before)
      knobbed.layers.push_back(title);
  }
  if (knobbed.layers.empty())
    return llvm::createStringError("the model has no layer for --method=" + knob.method + " (" +
                                   knob.summary + ")" + refusal);
  return knobbed;
}

FailureOr<OwningOpRef<ModuleOp>> KnobbedModel::apply(const Levels &levels) const {
  std::vector<std::string> passes;
  for (auto [layer, level] : llvm::enumerate(levels)) {
    if (level == 0)
      continue;
    auto kept = fixed.find({layer, level});
    passes.push_back(getPass(*knob, kept == fixed.end() ? options : kept->second,
                             knob->values[level - 1], layers[layer]));
  }
  OwningOpRef<ModuleOp> copy = model.clone();
  if (failed(runPasses(*copy, llvm::join(passes, ","))))
    return failure();
  return copy;
}

std::string KnobbedModel::describe(unsigned level) const {
  return level == 0
             ? "exact"
             : llvm::formatv("{0}={1}", knob->option, printNumber(knob->values[level - 1])).str();
}

} // namespace nnc::tools
