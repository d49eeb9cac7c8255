// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What compaction asks of an operation: which elements of its result are known, which indices of
// its operands it needs, and what it is on what remains.
#ifndef LOWERING_COMPACT_COMPACTIONRULE_H
#define LOWERING_COMPACT_COMPACTIONRULE_H

#include "lowering/compact/KeptIndices.h"
#include "lowering/compact/KnownElements.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

#include <memory>

namespace nnc {

/// The known elements of all tensors, filled in the order of the program. Those of constants are
/// read when they are asked for.
class KnownValues {
public:
  const KnownElements &get(mlir::Value value) const;
  void set(mlir::Value value, KnownElements elements);

private:
  mutable llvm::DenseMap<mlir::Value, std::unique_ptr<KnownElements>> elements;
};

/// The network, half rewritten: what remains of the operations so far.
class Compaction {
public:
  Compaction(const KnownValues &known, const KeptIndices &kept) : known(known), kept(kept) {}

  const KnownValues &known;
  const KeptIndices &kept;

  /// What remains of a tensor that the program has computed so far.
  mlir::Value get(mlir::Value value) const { return remains.lookupOrDefault(value); }
  void set(mlir::Value value, mlir::Value remaining) { remains.map(value, remaining); }
  /// What remains of an operand where an operation wants these of its indices: of a free constant
  /// they are cut out, a computed tensor has them.
  mlir::Value getOperand(mlir::OpBuilder &builder, mlir::Value operand,
                         llvm::ArrayRef<llvm::BitVector> sets) const;
  /// What remains of an operand at the indices that the operand itself keeps.
  mlir::Value getOperand(mlir::OpBuilder &builder, mlir::Value operand) const {
    return getOperand(builder, operand, kept.get(operand));
  }
  /// The type of what remains of a tensor.
  mlir::RankedTensorType getType(mlir::Value value) const;
  /// The operation on other operands; its result has the type of what remains of it.
  mlir::Value cloneOn(mlir::OpBuilder &builder, mlir::Operation *op,
                      mlir::ValueRange operands) const;

private:
  mlir::IRMapping remains;
};

/// A kind of operation with one result. Methods are called for operations that it covers.
class CompactionRule {
public:
  virtual ~CompactionRule() = default;
  virtual bool covers(mlir::Operation *op) const = 0;
  /// The known elements of the result; nothing, unless a rule knows better.
  virtual KnownElements getKnown(mlir::Operation *op, const KnownValues &known) const;
  /// Adds what the operation needs of its operands for what is needed of its result, which is
  /// something, and the other way round where both must have the same indices.
  virtual void spread(mlir::Operation *op, const KnownValues &known, KeptIndices &kept) const = 0;
  /// Whether an operation whose tensors have lost nothing is better written otherwise.
  virtual bool gains(mlir::Operation *op, const KnownValues &known, const KeptIndices &kept) const {
    return false;
  }
  /// What remains of the operation.
  virtual mlir::Value rebuild(mlir::OpBuilder &builder, mlir::Operation *op,
                              const Compaction &compaction) const = 0;
};

/// The rule for an operation, or null: then it needs all of its operands.
const CompactionRule *lookupCompactionRule(mlir::Operation *op);

/// A constant, or a broadcast of one: each reader cuts out of it what it wants.
bool isFreeConstant(mlir::Value value);

/// The elements at the product of `sets` of a free constant.
mlir::Value cutConstant(mlir::OpBuilder &builder, mlir::Value value,
                        llvm::ArrayRef<llvm::BitVector> sets);

/// Elements of a constant of floats or booleans as numbers.
KnownElements readConstant(mlir::Value constant);

// The rules, by family.
llvm::ArrayRef<const CompactionRule *> getContractionRules();
llvm::ArrayRef<const CompactionRule *> getElementwiseRules();
llvm::ArrayRef<const CompactionRule *> getMatmulRules();
llvm::ArrayRef<const CompactionRule *> getMovementRules();
llvm::ArrayRef<const CompactionRule *> getReshapeRules();
llvm::ArrayRef<const CompactionRule *> getWindowRules();

} // namespace nnc

#endif // LOWERING_COMPACT_COMPACTIONRULE_H
