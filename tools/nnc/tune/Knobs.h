// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `nnc tune` turns: an approximation of single layers with levels from exact to coarse. One
// record a method.
#ifndef TOOLS_NNC_TUNE_KNOBS_H
#define TOOLS_NNC_TUNE_KNOBS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace nnc::tools {

/// The level of each layer; 0 is exact.
using Levels = std::vector<unsigned>;

struct Knob {
  /// As `--method` calls it.
  llvm::StringLiteral method, summary;
  /// Passes before all levels: the form in which layers are found.
  llvm::StringLiteral prepare;
  /// The pass that sets the level of the layers it names, and the option that is the level.
  llvm::StringLiteral pass, option;
  /// The option's values, from level 1 on, each coarser than the one before.
  llvm::ArrayRef<double> values;
  /// The constant that is all that a level changes of an operation of the prepared model, or null:
  /// of one that has it losses are found without a build for each level.
  mlir::OpOperand *(*getSetting)(mlir::Operation *);
  /// The value of that constant which is level 0.
  std::vector<int32_t> (*makeExactSetting)(mlir::RankedTensorType);
};

llvm::ArrayRef<Knob> listKnobs();
/// The knob of that method, or an error that names all of them.
llvm::Expected<const Knob *> lookupKnob(llvm::StringRef method);

/// A model with one knob on each of its layers.
class KnobbedModel {
public:
  /// `model` is prepared in place. `options` are those of the knob's pass besides its level and
  /// layers; `layers` are patterns of titles, none for all. A layer is what the pass changes at its
  /// coarsest level. Errors: no layer that the knob turns, and why the pass refused the first.
  static llvm::Expected<KnobbedModel> create(mlir::ModuleOp model, const Knob &knob,
                                             std::string options,
                                             llvm::ArrayRef<std::string> layers = {});

  const Knob &getKnob() const { return *knob; }
  /// The titles of the layers, in the model's order.
  const std::vector<std::string> &getLayers() const { return layers; }
  unsigned countLevels() const { return static_cast<unsigned>(knob->values.size()) + 1; }

  /// A copy of the model in which each layer has its level.
  mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> apply(const Levels &levels) const;

  /// Other options of the pass from here on, but for a layer at a level that `fix` has kept.
  void setOptions(std::string text) { options = std::move(text); }
  /// Keeps the present options for that layer at that level.
  void fix(size_t layer, unsigned level) { fixed[{layer, level}] = options; }

  /// Such as "kept=0.5", or "exact".
  std::string describe(unsigned level) const;

private:
  KnobbedModel(mlir::ModuleOp model, const Knob &knob, std::string options)
      : model(model), knob(&knob), options(std::move(options)) {}

  mutable mlir::ModuleOp model;
  const Knob *knob;
  std::string options;
  std::map<std::pair<size_t, unsigned>, std::string> fixed;
  std::vector<std::string> layers;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_KNOBS_H
