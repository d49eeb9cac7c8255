// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lists of the non-zeros of a weight, and the tables that sparse layers read.
#ifndef LOWERING_APPROXIMATE_NONZEROLISTS_H
#define LOWERING_APPROXIMATE_NONZEROLISTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace nnc {

/// One weight that is not zero, and the row of the matrix that it is in.
struct NonZero {
  int64_t row;
  float value;
};

/// The non-zeros of each output.
using NonZeroLists = llvm::ArrayRef<llvm::SmallVector<NonZero>>;

int64_t countEntries(NonZeroLists lists);

/// For every column of a matrix, `rows` x columns in row-major order, its non-zeros by row.
llvm::SmallVector<llvm::SmallVector<NonZero>> listNonZeros(llvm::ArrayRef<float> matrix,
                                                           int64_t rows);

/// Lists of outputs in slices of `lanes` (`nnc.sparse_linear`).
struct SlicedLists {
  /// T x lanes and T x lanes or T x 1, row-major.
  llvm::SmallVector<float, 0> values;
  llvm::SmallVector<int32_t, 0> columns;
  /// Where slices begin, and the end.
  llvm::SmallVector<int32_t> starts;
  /// The place of every output among slices and lanes.
  llvm::SmallVector<int32_t> positions;
  int64_t lanes, longest;
};
/// Outputs by the length of their lists.
SlicedLists sliceLists(NonZeroLists lists, int64_t lanes);

/// Outputs in their order; a slice lists every input that one of its outputs reads, once.
SlicedLists blockLists(NonZeroLists lists, int64_t lanes);

/// Elements of `values` that blockLists makes.
int64_t countBlocked(NonZeroLists lists, int64_t lanes);

/// Elements of `values` that sliceLists makes.
int64_t countSliced(NonZeroLists lists, int64_t lanes);

/// All lists one behind the other, or those parts of them that lie in the first block of rows, then
/// in the second ... (`nnc.sparse_conv2d`).
struct JoinedLists {
  llvm::SmallVector<float, 0> values;
  llvm::SmallVector<int32_t, 0> offsets;
  llvm::SmallVector<int32_t> starts;
  int64_t longest;
};
/// For each row of the matrix, where its inputs are and its block. There is at least one entry and
/// the longest list has at least length one.
JoinedLists joinLists(NonZeroLists lists, llvm::ArrayRef<int64_t> offsets,
                      llvm::ArrayRef<int64_t> rowBlocks, int64_t blocks);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_NONZEROLISTS_H
