// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model's loss at any levels of its knobs.
#ifndef TOOLS_NNC_TUNE_EVALUATOR_H
#define TOOLS_NNC_TUNE_EVALUATOR_H

#include "tools/nnc/CompiledModel.h"
#include "tools/nnc/tune/Knobs.h"
#include "tools/nnc/tune/LabelledData.h"
#include "tools/nnc/tune/Loss.h"

namespace nnc::tools {

/// A model that runs: the generated C++, or the reference in process.
class Predictor {
public:
  virtual ~Predictor() = default;
  virtual llvm::Expected<std::vector<Buffer>> run(llvm::ArrayRef<Buffer> inputs) = 0;
};

/// One for each worker.
using Predictors = std::vector<std::unique_ptr<Predictor>>;

struct EvaluatorOptions {
  BuildOptions build;
  unsigned workers = 1;
};

class Evaluator {
public:
  /// Where all levels are settings, they become inputs of generated C++ that is built once. Else
  /// the generated C++ and the reference are tried on the dense model, and what is done first, with
  /// the time to build it, is taken. Where the data has no labels, they become what the dense model
  /// gives.
  static mlir::FailureOr<std::unique_ptr<Evaluator>> create(Session &session,
                                                            const KnobbedModel &model,
                                                            LabelledData &data, Loss &loss,
                                                            const EvaluatorOptions &options);

  /// The mean over the data.
  mlir::FailureOr<Score> evaluate(const Levels &levels);

  /// Takes settings from the model once more, whose options are others.
  mlir::LogicalResult refresh();

  /// The same over other data, by the generated C++ of the model at these levels.
  mlir::FailureOr<Score> evaluateOn(const LabelledData &other, Loss &otherLoss,
                                    const Levels &levels);

  /// Such as "generated C++, built once".
  const std::string &describe() const { return description; }

private:
  Evaluator(Session &session, const KnobbedModel &model, LabelledData &data, Loss &loss,
            EvaluatorOptions options)
      : session(session), model(model), data(data), loss(loss), options(std::move(options)) {}

  mlir::FailureOr<Score> buildAndEvaluate(const Levels &levels, bool cpp,
                                          const LabelledData &examples, Loss &measure);
  mlir::LogicalResult chooseEngine();
  mlir::FailureOr<Predictors> build(mlir::ModuleOp module, bool isCpp);
  mlir::LogicalResult readSettings();
  mlir::LogicalResult liftSettings();
  mlir::LogicalResult takeTargets(Predictors &predictors, llvm::ArrayRef<Buffer> settings);
  mlir::FailureOr<Score> evaluate(Predictors &predictors, const LabelledData &examples,
                                  Loss &measure, llvm::ArrayRef<Buffer> settings);

  Session &session;
  const KnobbedModel &model;
  LabelledData &data;
  Loss &loss;
  EvaluatorOptions options;
  std::string description;
  bool isCpp = true;
  /// With settings as inputs; empty where each setting is built.
  Predictors lifted;
  /// By level and layer: the setting, an input of `lifted`.
  std::vector<std::vector<Buffer>> settings;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_EVALUATOR_H
