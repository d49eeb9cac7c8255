// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The truncated log-normal distribution of structured Bayesian pruning (Neklyudov et al.,
// arXiv:1705.07283, section 3): log theta is normal, truncated to -20 ... 0.
#ifndef DIALECTS_NNC_LOGNORMAL_H
#define DIALECTS_NNC_LOGNORMAL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace nnc {

/// Moments of theta.
struct LogNormalMoments {
  double mean;
  /// Mean over standard deviation; infinite where the deviation is below rounding.
  double snr;
};

/// `mu` and `logSigma` are clipped to -20 ... 5 first. Relative error below 1e-10 for the mean, and
/// for the ratio where it is below 1e3.
LogNormalMoments computeLogNormalMoments(double mu, double logSigma);

/// One factor a channel: the mean, or 0 where the ratio is at most `threshold`.
llvm::SmallVector<float, 0>
computeLogNormalScales(llvm::ArrayRef<float> mu, llvm::ArrayRef<float> logSigma, double threshold);

} // namespace nnc

#endif // DIALECTS_NNC_LOGNORMAL_H
