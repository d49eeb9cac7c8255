// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fits of all techniques.
#ifndef FRONTEND_FIT_TECHNIQUES_TECHNIQUES_H
#define FRONTEND_FIT_TECHNIQUES_TECHNIQUES_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

llvm::Expected<Fitted> fitLinear(const Sample &sample, const Requirements &requirements);
llvm::Expected<Fitted> fitQuadratic(const Sample &sample, const Requirements &requirements);
llvm::Expected<Fitted> fitSpline(const Sample &sample, const Requirements &requirements);
llvm::Expected<Fitted> fitGaussianProcess(const Sample &sample, const Requirements &requirements);
llvm::Expected<Fitted> fitSparseGaussianProcess(const Sample &sample,
                                                const Requirements &requirements);
llvm::Expected<Fitted> fitHighDimensional(const Sample &sample, const Requirements &requirements);
llvm::Expected<Fitted> fitTrendAndProcess(const Sample &sample, const Requirements &requirements);
llvm::Expected<Fitted> fitBoostedTrees(const Sample &sample, const Requirements &requirements);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_TECHNIQUES_H
