// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Launches over the rows of an image that are listed when the program runs. An image is 1 x (R + 1)
// x C: R positions and a row of zeros for padding.
#ifndef LOWERING_HALTING_ACTIVEROWS_H
#define LOWERING_HALTING_ACTIVEROWS_H

#include "dialects/nnc/Nnc.h"
#include "lowering/fuse/KernelBuilder.h"

namespace nnc {

/// A list of rows: P numbers of which the first `count` (one number) are rows, those where `mask`
/// is true.
struct RowList {
  mlir::Value mask, positions, count;

  bool operator==(const RowList &other) const { return positions == other.positions; }
};

/// Builds lists and what works on them, at the insertion point of the builder.
class ActiveRows {
public:
  /// `rows` is R; lists are worked through in pieces of `piece` rows.
  ActiveRows(KernelBuilder &kernels, mlir::OpBuilder &builder, int64_t rows, int64_t piece)
      : kernels(kernels), builder(builder), rows(rows), piece(piece) {}

  /// Of a mask of R elements. Made where `condition` holds, if there is one.
  RowList listActive(mlir::Location at, mlir::Value mask, mlir::Value condition);
  /// The rows that a convolution's windows at listed positions read; likewise.
  RowList listRead(Conv2dOp conv, const RowList &list, mlir::Value condition);
  /// `image` with other rows at listed positions.
  mlir::Value update(mlir::Location at, mlir::Value image, mlir::Value listed, const RowList &list);

  /// `image` with these R rows, where `condition` holds.
  mlir::Value updateAll(mlir::Location at, mlir::Value image, mlir::Value all,
                        mlir::Value condition);

  /// What a kernel of one piece reads of a tensor: all of it, a piece of a list, or the rows that
  /// the list of positions names.
  enum class Access { Whole, Listed, Picked };

  struct Arguments {
    llvm::SmallVector<mlir::Value> values;
    llvm::SmallVector<int64_t> lists, picked;

    /// The number of the argument that `value` is.
    unsigned add(mlir::Value value, Access access);
  };
  /// Builds the body of a kernel for one piece, 1 x piece x C, from its arguments.
  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)>;

  /// A launch over the pieces of a list: 1 x P x C.
  mlir::Value launch(mlir::Location at, const RowList &list, const Arguments &arguments,
                     int64_t channels, mlir::Type element, llvm::StringRef kernelClass,
                     int64_t flops, Body body);

  int64_t getPiece() const { return piece; }
  int64_t getRows() const { return rows; }

private:
  /// A kernel that is one operation for which the runtime has a function.
  using BuildFunction = llvm::function_ref<mlir::Operation *(mlir::OpBuilder &, mlir::ValueRange)>;
  halide::LaunchOp launchFunction(mlir::Location at, mlir::ValueRange operands,
                                  llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                  BuildFunction build);

  KernelBuilder &kernels;
  mlir::OpBuilder &builder;
  int64_t rows, piece;
};

} // namespace nnc

#endif // LOWERING_HALTING_ACTIVEROWS_H
