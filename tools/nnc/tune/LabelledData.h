// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Examples that a model is tried on, and what their outputs should be.
#ifndef TOOLS_NNC_TUNE_LABELLEDDATA_H
#define TOOLS_NNC_TUNE_LABELLEDDATA_H

#include "tools/nnc/Tensors.h"
#include "tools/nnc/tune/Losses.h"

namespace nnc::tools {

class LabelledData {
public:
  /// Reads arrays named as the model's inputs: N examples in front, as the model's own dimension 0
  /// or before it. An array `labels` holds class numbers (integers, N first) or numbers as the
  /// output has them. At most `limit` examples are taken (0: all), and as many as fill whole runs.
  static llvm::Expected<LabelledData> read(llvm::StringRef path, const Signature &signature,
                                           int64_t limit);

  /// The inputs of each run.
  const std::vector<std::vector<Buffer>> &getRuns() const { return runs; }
  int64_t countExamples() const { return runs.size() * examplesPerRun; }
  int64_t countExamplesPerRun() const { return examplesPerRun; }

  /// By example; empty where the file has no labels, until `setTargets`.
  const std::vector<Target> &getTargets() const { return targets; }
  void setTargets(std::vector<Target> values) { targets = std::move(values); }
  /// Whether labels are class numbers.
  bool hasClasses() const { return !targets.empty() && !targets.front().classes.empty(); }

private:
  llvm::Error readLabels(const npz::Array &array);

  std::vector<std::vector<Buffer>> runs;
  std::vector<Target> targets;
  int64_t examplesPerRun = 1;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_LABELLEDDATA_H
