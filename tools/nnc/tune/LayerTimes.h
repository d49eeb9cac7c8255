// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long each layer takes at each level, measured.
#ifndef TOOLS_NNC_TUNE_LAYERTIMES_H
#define TOOLS_NNC_TUNE_LAYERTIMES_H

#include "tools/nnc/CompiledModel.h"
#include "tools/nnc/tune/Knobs.h"
#include "tools/nnc/tune/LabelledData.h"

namespace nnc::tools {

/// Seconds of a run: of what belongs to each layer, and of what is before the first.
struct LayerTimes {
  std::vector<double> layers;
  double rest = 0;

  double getTotal() const;
};

/// Builds the model at `levels` and times its launches on some of the data: of each example the
/// fastest run, and their mean, since what halts saves time by the example. A launch belongs to the
/// layers it computes; one that computes none of them to the layer before it, whose level may be
/// what saves its time.
mlir::FailureOr<LayerTimes> measureLayers(Session &session, const KnobbedModel &model,
                                          const Levels &levels, const LabelledData &data,
                                          const BuildOptions &options);

/// Seconds of a run of two models that take turns, of each example the fastest run, and their mean.
mlir::FailureOr<std::pair<double, double>> compareTimes(Session &session, mlir::ModuleOp first,
                                                        mlir::ModuleOp second,
                                                        const LabelledData &data,
                                                        const BuildOptions &options);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_LAYERTIMES_H
