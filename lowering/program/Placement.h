// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the values of @main lie in memory: a part of a concatenation is written straight into the
// whole.
#ifndef LOWERING_PROGRAM_PLACEMENT_H
#define LOWERING_PROGRAM_PLACEMENT_H

#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Block.h"

#include <optional>

namespace nnc {

/// A tensor inside the buffer of `root`: element (i, j, ...) is at offset + i * strides[0] + j *
/// strides[1] + ...
struct Place {
  mlir::Value root;
  int64_t offset = 0;
  llvm::SmallVector<int64_t> strides;
};

/// The strides of the same memory under another shape, or std::nullopt where it has none.
std::optional<llvm::SmallVector<int64_t>> reshapeStrides(llvm::ArrayRef<int64_t> from,
                                                         llvm::ArrayRef<int64_t> strides,
                                                         llvm::ArrayRef<int64_t> to);

/// The value whose memory `value` is, reshapes aside.
mlir::Value getRoot(mlir::Value value);

/// The input with which the launch that computes `value` shares memory, or null.
mlir::Value getTied(mlir::Value value);

class Placement {
public:
  /// `block` is @main's: launches on tensors, `nnc.reshape`, `tensor.extract_slice`,
  /// `tensor.concat`, constants.
  explicit Placement(mlir::Block &block);

  /// The place of any tensor value of the block.
  Place lookUp(mlir::Value value) const;

  /// The place of a reshape's result, or std::nullopt where its input must be copied first.
  std::optional<Place> viewReshape(ReshapeOp reshape) const;

  /// Whether this operand of a concatenation is already where the whole wants it; if not it must be
  /// copied.
  bool isInPlace(mlir::OpOperand &operand) const { return inPlace.contains(&operand); }

private:
  void tryToPlace(mlir::OpOperand &operand, Place wanted);

  /// Launch results and concatenations that lie inside another value's buffer.
  llvm::DenseMap<mlir::Value, Place> places;
  llvm::DenseSet<mlir::OpOperand *> inPlace;
};

} // namespace nnc

#endif // LOWERING_PROGRAM_PLACEMENT_H
