// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The measured search for schedules.
#ifndef TOOLS_NNC_TUNE_H
#define TOOLS_NNC_TUNE_H

#include "tools/nnc/CompiledModel.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace nnc::tools {

inline constexpr unsigned kTuneStages = 1;

struct TuneOptions {
  BuildOptions build;
  /// No kernel is begun after this time, but the first.
  double seconds;
  /// Whether each candidate gets a line, not only each kernel.
  bool listCandidates;
};

/// Measures schedules for the kernels of `model`, the most costly first: one stage. \returns the
/// text of a file for `--schedules`: the fastest of each. Leaves `model` as it is.
mlir::FailureOr<std::string> tuneModel(Session &session, mlir::ModuleOp model,
                                       const TuneOptions &options);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_H
