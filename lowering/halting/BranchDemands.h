// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which values are asked for where a condition holds, and nowhere else.
#ifndef LOWERING_HALTING_BRANCHDEMANDS_H
#define LOWERING_HALTING_BRANCHDEMANDS_H

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/DenseMap.h"

namespace nnc {

/// What is in another shape, maybe more than once.
mlir::Value lookThroughShapes(mlir::Value value);

/// The number that a choice depends on, or null: one boolean, for all elements.
mlir::Value getCondition(mlir::arith::SelectOp select);

/// Conditions that must hold where a value is needed, the strictest first.
using Conditions = llvm::SmallVector<mlir::Value, 2>;

/// Leaves those that both have.
void intersect(Conditions &conditions, const Conditions &others);

/// What only the first value of choices needs, or only the second.
class BranchDemands {
public:
  /// 1 or 2, as a choice's operands are numbered.
  explicit BranchDemands(unsigned operand) : operand(operand) {}

  /// Conditions without which nobody needs the value.
  Conditions get(mlir::Value value);
  bool isWithin(mlir::Value value, mlir::Value condition) {
    return llvm::is_contained(get(value), condition);
  }
  /// Whether a value that is needed where `condition` holds takes a layer.
  bool hasLayer(mlir::Value value, mlir::Value condition);

private:
  Conditions getOfUse(mlir::OpOperand &use);
  Conditions listImplied(mlir::Value condition);

  unsigned operand;
  llvm::DenseMap<mlir::Value, Conditions> known;
};

} // namespace nnc

#endif // LOWERING_HALTING_BRANCHDEMANDS_H
