// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which values are asked for at active positions alone.
#ifndef LOWERING_HALTING_ACTIVEDEMANDS_H
#define LOWERING_HALTING_ACTIVEDEMANDS_H

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/DenseMap.h"

namespace nnc {

int64_t countElements(mlir::Value value);

/// The channels of a value that has this many rows, one behind the other; 0 where it has not.
int64_t getChannels(mlir::Value value, int64_t rows);

/// A choice between a new and an old image by a mask of positions.
struct Choice {
  mlir::arith::SelectOp op;
  mlir::Value mask; // an element for each position of N images

  explicit operator bool() const { return op != nullptr; }
  mlir::Value getNew() { return op.getTrueValue(); }
  mlir::Value getOld() { return op.getFalseValue(); }
};

/// Null for what is no such choice.
Choice matchChoice(mlir::Operation *op);

/// Whether an operand is the same at all positions, or differs by channel or by position alone.
enum class Spread { None, Number, Channels, Positions };

Spread getSpread(mlir::Value operand, int64_t rows, int64_t channels);

/// Which values are asked for where a mask is true, and nowhere else.
class ActiveDemands {
public:
  /// That mask, or null.
  mlir::Value get(mlir::Value value);

  /// Whether a value that is asked for where `mask` is true needs a sum over channels there.
  bool hasLayer(mlir::Value value, mlir::Value mask);

private:
  mlir::Value compute(mlir::Value value);
  mlir::Value getOfUse(mlir::OpOperand &use);

  llvm::DenseMap<mlir::Value, mlir::Value> masks;
};

} // namespace nnc

#endif // LOWERING_HALTING_ACTIVEDEMANDS_H
