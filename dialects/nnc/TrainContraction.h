// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic of a train's contraction: extents of cores, steps in either order,
// multiplications, sizes of states. The meaning, the count of FLOPs and the choice of a plan read
// the same steps.
#ifndef DIALECTS_NNC_TRAINCONTRACTION_H
#define DIALECTS_NNC_TRAINCONTRACTION_H

#include "dialects/nnc/Nnc.h"

namespace nnc {

/// One core, or several merged ones: r(k-1) x m(k) x n(k) x r(k).
struct CoreExtents {
  int64_t before, input, output, after;

  int64_t countElements() const { return before * input * output * after; }
};

/// The extents of values that are cores, tensors of four dimensions.
llvm::SmallVector<CoreExtents> getCoreExtents(mlir::ValueRange cores);

/// Two neighbours as one (`nnc.tt_merge`).
CoreExtents merge(const CoreExtents &first, const CoreExtents &second);

/// Neighbours merged in runs of so many cores; the runs add up to the number of cores.
llvm::SmallVector<CoreExtents> mergeRuns(llvm::ArrayRef<CoreExtents> cores,
                                         llvm::ArrayRef<int64_t> runs);

int64_t countElements(llvm::ArrayRef<CoreExtents> cores);

/// The contraction of one core, for one row of input: outer * q * inner results, each a sum of
/// input * rank products. What is contracted already and what is not yet are loops of their own, so
/// that every step is a batch of matrix products without any transposition:
///
///   first to last: results [outer, q, inner] with outer = (j1 ... j(k-1)), q = (j(k), r(k)),
///                  inner = (i(k+1) ... i(d)), summed over (r(k-1), i(k))
///   last to first: results [outer, q, inner] with outer = (i1 ... i(k-1)), q = (r(k-1), j(k)),
///                  inner = (j(k+1) ... j(d)), summed over (i(k), r(k))
struct ContractionStep {
  int64_t outer, q, inner, input, rank;

  int64_t countResults() const { return outer * q * inner; }
  int64_t countReduced() const { return input * rank; }
  int64_t countProducts() const { return countResults() * countReduced(); }
};

/// The step that contracts core `k`, counted from 0.
ContractionStep getStep(llvm::ArrayRef<CoreExtents> cores, size_t k, ContractionOrder order);

/// The core that step `n` contracts.
size_t getCoreOfStep(size_t cores, size_t n, ContractionOrder order);

/// All steps, in the order in which they run.
llvm::SmallVector<ContractionStep> listSteps(llvm::ArrayRef<CoreExtents> cores,
                                             ContractionOrder order);

/// Multiply-adds of all steps for one row of input.
int64_t countProducts(llvm::ArrayRef<CoreExtents> cores, ContractionOrder order);

/// The largest result of a step that a later one reads, in elements for one row of input; 0 of a
/// single core.
int64_t getLargestState(llvm::ArrayRef<CoreExtents> cores, ContractionOrder order);

} // namespace nnc

#endif // DIALECTS_NNC_TRAINCONTRACTION_H
