// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which indices of each dimension of each tensor stay.
#ifndef LOWERING_COMPACT_KEPTINDICES_H
#define LOWERING_COMPACT_KEPTINDICES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

#include <memory>

namespace nnc {

/// A set of indices for each dimension of a tensor; an element stays if all of its indices do.
using IndexSets = llvm::SmallVector<llvm::BitVector>;

/// The sets of all tensors, which only grow. A tensor that nothing needs has empty sets.
class KeptIndices {
public:
  /// The sets of a statically shaped tensor.
  llvm::ArrayRef<llvm::BitVector> get(mlir::Value value) const;
  /// Whether anything needs the tensor.
  bool isKept(mlir::Value value) const;
  bool isWhole(mlir::Value value) const;

  void add(mlir::Value value, int64_t axis, const llvm::BitVector &indices);
  void add(mlir::Value value, int64_t axis, int64_t index);
  /// All indices of a dimension.
  void addWhole(mlir::Value value, int64_t axis);
  void addWhole(mlir::Value value);
  /// Makes the sets of two dimensions of the same extent equal.
  void unite(mlir::Value a, int64_t axisOfA, mlir::Value b, int64_t axisOfB);

  /// Whether anything was added since this was last asked.
  bool hasGrown() { return std::exchange(grown, false); }

private:
  IndexSets &find(mlir::Value value) const;

  mutable llvm::DenseMap<mlir::Value, std::unique_ptr<IndexSets>> sets;
  bool grown = false;
};

/// The extents that remain.
llvm::SmallVector<int64_t> countKept(llvm::ArrayRef<llvm::BitVector> sets);

} // namespace nnc

#endif // LOWERING_COMPACT_KEPTINDICES_H
