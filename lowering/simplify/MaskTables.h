// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of `nnc.tree_masks`.
#ifndef LOWERING_SIMPLIFY_MASKTABLES_H
#define LOWERING_SIMPLIFY_MASKTABLES_H

#include "dialects/nnc/TreeTables.h"

#include <optional>

namespace nnc {

/// Comparisons of groups of `width` trees, sorted by column; masks of `bits` bits. The trees of a
/// group share a comparison's column: one without a node for it keeps all leaves.
struct MaskTables {
  llvm::SmallVector<int32_t> starts, columns;
  std::vector<double> thresholds; // comparisons x width
  std::vector<int64_t> masks;
  std::vector<double> values; // trees x leaves
  int64_t width, bits, leaves = 1, longest = 1;
};

/// Tables of trees whose leaves have one value each; std::nullopt where a tree has more leaves than
/// bits, or none has a node.
std::optional<MaskTables> makeMaskTables(llvm::ArrayRef<TreeNode> nodes,
                                         llvm::ArrayRef<int64_t> roots, int64_t width,
                                         int64_t bits);

/// The operation, of the input as it is wanted: rows x columns, or transposed where width is 1.
mlir::Value createTreeMasks(mlir::OpBuilder &builder, mlir::Location location, mlir::Value input,
                            const MaskTables &tables);

} // namespace nnc

#endif // LOWERING_SIMPLIFY_MASKTABLES_H
