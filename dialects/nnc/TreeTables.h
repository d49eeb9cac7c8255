// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trees as lists of nodes, and the tables of `nnc.tree_walk`.
#ifndef DIALECTS_NNC_TREETABLES_H
#define DIALECTS_NNC_TREETABLES_H

#include "mlir/IR/Builders.h"

#include <vector>

namespace nnc {

/// A row goes left where its column is less than the threshold; a leaf has values instead.
struct TreeNode {
  int32_t column = 0;
  double threshold = 0;
  int64_t left = -1, right = -1;       // places in the list
  llvm::SmallVector<double, 1> values; // of a leaf, one for each target

  bool isLeaf() const { return left < 0; }
};

/// The operation, of the input with the column of zeros that leaves read: the sum of trees whose
/// roots are at `roots`, in their order; nodes may be in any order, and part of several trees.
mlir::Value createTreeWalk(mlir::OpBuilder &builder, mlir::Location location, mlir::Value input,
                           llvm::ArrayRef<TreeNode> nodes, llvm::ArrayRef<int64_t> roots,
                           int64_t targets);

/// Numbers as a constant of f32 or f64.
mlir::DenseElementsAttr makeFloatTable(mlir::Type element, llvm::ArrayRef<int64_t> shape,
                                       llvm::ArrayRef<double> numbers);

} // namespace nnc

#endif // DIALECTS_NNC_TREETABLES_H
