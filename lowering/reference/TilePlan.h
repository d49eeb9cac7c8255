// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which loop nests can work on vectors in registers, and how their operands are read there.
#ifndef LOWERING_REFERENCE_TILEPLAN_H
#define LOWERING_REFERENCE_TILEPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <optional>

namespace nnc {

/// Bytes of a vector in a register.
inline constexpr int64_t kVectorBytes = 64;

/// How an operand is read in a tile.
struct TileAccess {
  mlir::OpOperand *operand;
  mlir::AffineMap map;
  bool isVector; // varies with the vector loop: consecutive elements
  bool hasRows;  // varies with the row loop
  /// Null for a scalar, which every iteration reads.
  mlir::MemRefType getType() const {
    return mlir::dyn_cast<mlir::MemRefType>(operand->get().getType());
  }
  mlir::Type getElementType() const { return mlir::getElementTypeOrSelf(operand->get().getType()); }
};

/// A loop nest that can be tiled: lane-by-lane arithmetic on consecutive elements along the
/// output's last dimension.
struct TilePlan {
  mutable mlir::linalg::GenericOp op;
  llvm::SmallVector<int64_t> extents;
  unsigned vectorLoop = 0;
  std::optional<unsigned> rowLoop;
  int64_t lanes = 1;                      // most lanes of a vector
  llvm::SmallVector<TileAccess> accesses; // inputs, then the output

  bool isReduction(unsigned loop) const {
    return op.getIteratorTypesArray()[loop] == mlir::utils::IteratorType::reduction;
  }
  bool reduces() const { return op.getNumReductionLoops() != 0; }
};

/// How to tile `op`, or std::nullopt where plain loops must do.
std::optional<TilePlan> planTiles(mlir::linalg::GenericOp op);

} // namespace nnc

#endif // LOWERING_REFERENCE_TILEPLAN_H
