// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing an operation's meaning: short names for linalg.generic with named loops and for scalar
// arithmetic.
#ifndef DIALECTS_NNC_MEANINGBUILDER_H
#define DIALECTS_NNC_MEANINGBUILDER_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace nnc {

/// The loops of a `linalg.generic`, outermost first; the last `reductions` of them are reductions.
struct Loops {
  llvm::SmallVector<std::string> names;
  unsigned reductions = 0;

  /// The loops over the elements of a tensor of this rank: n, y, x, k or m, k or d0, d1, ...
  static Loops over(int64_t rank);
  /// These loops with reductions inside them.
  Loops reducing(llvm::ArrayRef<llvm::StringRef> reductionNames) const;
  /// These loops with `count` reductions r0, r1, ... inside them.
  Loops reducing(unsigned count) const;
};

/// A tensor and where in it a loop iteration reads or writes.
struct Access {
  mlir::Value tensor;
  llvm::SmallVector<mlir::AffineExpr> indices;
};

/// Builds linalg on statically shaped tensors at the insertion point of the builder that it is
/// given.
class MeaningBuilder : public mlir::ImplicitLocOpBuilder {
public:
  MeaningBuilder(mlir::OpBuilder &builder, mlir::Location location)
      : ImplicitLocOpBuilder(location, builder) {}

  /// Takes the elements at the inputs' accesses, then the one at the output's, and returns the new
  /// element.
  using Body = llvm::function_ref<mlir::Value(MeaningBuilder &, mlir::ValueRange)>;

  mlir::AffineExpr loop(unsigned position) { return getAffineDimExpr(position); }
  /// Loops `first`, `first + 1`, ... as indices.
  llvm::SmallVector<mlir::AffineExpr> loopRange(unsigned first, unsigned count);

  /// A number of type `elementType`, rounded to it.
  mlir::Value scalar(mlir::Type elementType, double value);
  /// The least number: minus infinity, or the lowest integer.
  mlir::Value lowest(mlir::Type elementType);
  /// The greatest number: infinity, or the highest integer.
  mlir::Value highest(mlir::Type elementType);
  mlir::Value index(int64_t value);

  /// A tensor whose elements do not matter; it gives a shape to a result or extents to reduction
  /// loops.
  mlir::Value empty(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);
  /// `input` with `low` and `high` more elements of `value` around it; `input` itself where there
  /// are none.
  mlir::Value pad(mlir::Value input, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                  mlir::Value value);
  /// A tensor of this shape with `value` everywhere.
  mlir::Value fill(llvm::ArrayRef<int64_t> shape, mlir::Value value);

  /// One `linalg.generic`; `output` holds the initial elements.
  mlir::Value generic(const Loops &loops, llvm::ArrayRef<Access> inputs, const Access &output,
                      Body body);
  /// One `linalg.generic` without reductions, over the elements of a new tensor of this shape.
  mlir::Value generic(llvm::ArrayRef<int64_t> shape, mlir::Type elementType,
                      llvm::ArrayRef<Access> inputs, Body body);

  /// Takes an element of the sequence and the state before it, and returns the state after it.
  using Step = llvm::function_ref<mlir::Value(MeaningBuilder &, mlir::Value, mlir::Value)>;

  /// The states after each element of `sequence` (its first dimension), one after the other, from
  /// the last element on where `isBackward`. One `scf.for`.
  mlir::Value repeat(mlir::Value sequence, mlir::Value state, bool isBackward, Step step);

  // Arithmetic on scalars of one type, floating point or signed integer (booleans are 0 and 1).
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value subtract(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, mlir::Value b);
  mlir::Value divide(mlir::Value a, mlir::Value b);
  mlir::Value maximum(mlir::Value a, mlir::Value b);
  mlir::Value minimum(mlir::Value a, mlir::Value b);
};

} // namespace nnc

#endif // DIALECTS_NNC_MEANINGBUILDER_H
