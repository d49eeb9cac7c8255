// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loss of a run's outputs on labelled data: a built-in one, or an ONNX model.
#ifndef TOOLS_NNC_TUNE_LOSS_H
#define TOOLS_NNC_TUNE_LOSS_H

#include "tools/nnc/Session.h"
#include "tools/nnc/tune/LabelledData.h"

namespace nnc::tools {

class Loss {
public:
  /// `name` is a built-in loss, an ONNX file, or empty: cross entropy for labels that are class
  /// numbers, else squared error. An ONNX model takes outputs and `labels` by name and gives a loss
  /// for each example, or the mean of a run. `output` is the model's output that a built-in loss
  /// reads; empty for the first, or for all of them where there are no labels.
  static llvm::Expected<std::unique_ptr<Loss>> create(Session &session, llvm::StringRef name,
                                                      llvm::StringRef output,
                                                      const Signature &signature,
                                                      const LabelledData &data);
  virtual ~Loss() = default;

  /// The mean over the examples of one run. For use by several threads at once.
  virtual llvm::Expected<Score> evaluate(llvm::ArrayRef<Buffer> outputs, size_t run) = 0;
  /// d loss / d output of one run's outputs, the loss summed over examples; zeros where it reads
  /// nothing. An error for an ONNX model.
  virtual llvm::Expected<std::vector<Buffer>> getGradient(llvm::ArrayRef<Buffer> outputs,
                                                          size_t run) = 0;
  /// What a run's outputs are as labels.
  virtual llvm::Expected<std::vector<Target>> toTargets(llvm::ArrayRef<Buffer> outputs) = 0;
  /// Whether scores have a share of wrong answers.
  virtual bool classifies() const = 0;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_LOSS_H
