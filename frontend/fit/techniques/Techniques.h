// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fits of all techniques.
#ifndef FRONTEND_FIT_TECHNIQUES_TECHNIQUES_H
#define FRONTEND_FIT_TECHNIQUES_TECHNIQUES_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

llvm::Expected<Fitted> fitLinear(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitQuadratic(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitSpline(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitTensor(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitTensorProcess(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitIncompleteTensor(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitGaussianProcess(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitVaryingNoise(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitSparseGaussianProcess(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitHighDimensional(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitTrendAndProcess(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitMixture(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitBoostedTrees(const Sample &sample, const Wishes &wishes);
llvm::Expected<Fitted> fitPiecewiseLinear(const Sample &sample, const Wishes &wishes);

/// Empty where the points are all of a grid, or most of one; else why not.
std::string lackGrid(const Sample &sample);
std::string lackPartOfGrid(const Sample &sample);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_TECHNIQUES_H
