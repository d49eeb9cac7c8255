// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long the forms of a sparse layer take, in multiply-adds of full vectors. The numbers come
// from benchmarks/run.py sparsity.
#ifndef LOWERING_APPROXIMATE_SPARSECOSTS_H
#define LOWERING_APPROXIMATE_SPARSECOSTS_H

#include "lowering/approximate/NonZeroLists.h"
#include "lowering/approximate/SparseLayer.h"

namespace nnc {

/// Outputs that share a slice of lists: the lanes of the widest registers.
inline constexpr int64_t kListLanes = 16;

/// The machine's part (dialects/machine/Machine.h).
struct SparseCosts {
  double gather, farWeight, straightLine;
};

/// Of reading so many dense weights once, and of one of so many entries of lists for one row.
double getReadingCost(int64_t weights, const SparseCosts &costs);
double getEntryCost(double entries, const SparseCosts &costs);

/// Winograd's form included.
double getDenseCost(const SparseLayer &layer, const SparseCosts &costs);
/// Of `nnc.sparse_linear` with sliceLists' lists, and with blockLists'.
double getGatherCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs);
double getBlockCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs);
/// Of `nnc.unrolled_linear`, which is for so many non-zeros at most.
inline constexpr int64_t kMostUnrolled = 4096;
double getUnrolledCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs);
/// Of `nnc.phase_planes` and `nnc.sparse_conv2d`.
double getShiftCost(const SparseLayer &layer, NonZeroLists lists, const SparseCosts &costs);

/// Of transposes of the layer's input and output to the form's layout, channels first or last, that
/// no neighbour's cancels.
double getTransposeCost(const SparseLayer &layer, bool channelsFirst);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_SPARSECOSTS_H
