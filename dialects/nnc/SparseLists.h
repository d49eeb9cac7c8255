// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums over lists of non-zeros as linalg (sliced ELLPACK, as `nnc.sparse_linear` describes it).
#ifndef DIALECTS_NNC_SPARSELISTS_H
#define DIALECTS_NNC_SPARSELISTS_H

#include "dialects/nnc/MeaningBuilder.h"

namespace nnc {

/// The element of a table of integers, as an index, or of numbers.
mlir::Value lookUp(MeaningBuilder &b, mlir::Value table, mlir::ValueRange indices);

/// One step of a list: where its entry is (always one that is there), and whether the list is that
/// long.
struct ListEntry {
  mlir::Value position, isListed;
};

/// Entry `step` of list number `list` of those that begin and end at `starts` in `entries` entries.
ListEntry getListEntry(MeaningBuilder &b, mlir::Value starts, mlir::Value list, mlir::Value step,
                       int64_t entries);

/// The operands of a layer that are its lists: values are T x R, columns as well, or T x 1 where
/// all lanes of a row share one, starts has one element more than there are slices; no slice has
/// more than `longest` rows.
struct SparseLists {
  mlir::Value values, columns, starts;
  int64_t longest;

  /// Reads the layer's input in a row (sample) and at a column, both indices.
  using Read =
      llvm::function_ref<mlir::Value(MeaningBuilder &, mlir::Value row, mlir::Value column)>;

  /// rows x slices x R (loops m, s, l, and p along a list): the sum of each list.
  mlir::Value buildSums(MeaningBuilder &b, int64_t rows, Read read) const;

  /// In the body of a generic: the sum of the list at `position`, an integer, for a row (an index).
  mlir::Value lookUpSum(MeaningBuilder &b, mlir::Value sums, mlir::Value row,
                        mlir::Value position) const;
};

} // namespace nnc

#endif // DIALECTS_NNC_SPARSELISTS_H
