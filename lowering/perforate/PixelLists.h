// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images as lists of some of their pixels.
#ifndef LOWERING_PERFORATE_PIXELLISTS_H
#define LOWERING_PERFORATE_PIXELLISTS_H

#include "lowering/perforate/Masks.h"

#include "mlir/IR/Builders.h"

#include "llvm/ADT/DenseMap.h"

namespace nnc {

/// An image of N x (H W) x C: the pixels of the positions `kept`, and for each position the number
/// of the pixel that is there.
struct PixelList {
  mlir::Value pixels; // N x R x C
  Positions kept;
  llvm::SmallVector<int64_t, 0> at;

  int64_t countPixels() const { return static_cast<int64_t>(kept.size()); }
  /// Whether each position has its own pixel, in order.
  bool isWhole() const;
  /// As `nnc.perforate` with this fill table would have it.
  PixelList perforate(llvm::ArrayRef<int64_t> fill) const;
};

/// Constants of 32-bit integers.
mlir::Value makeTable(mlir::OpBuilder &builder, mlir::Location at, llvm::ArrayRef<int64_t> numbers,
                      llvm::ArrayRef<int64_t> shape, llvm::StringRef name);

/// The images that are lists, by the value that they stand for: N x H x W x C, or the same as a
/// matrix of N H W rows.
class PixelLists {
public:
  const PixelList *find(mlir::Value value) const;
  void set(mlir::Value value, PixelList list) { lists[value] = std::move(list); }

  /// The list of `value`, or all pixels of it: `images` images.
  PixelList getOrMake(mlir::OpBuilder &builder, mlir::Value value, int64_t images) const;

  /// The whole of a value: itself where it is no list, else built where the builder stands first.
  mlir::Value getWhole(mlir::OpBuilder &builder, mlir::Value value);

private:
  llvm::DenseMap<mlir::Value, PixelList> lists;
  llvm::DenseMap<mlir::Value, mlir::Value> wholes;
};

} // namespace nnc

#endif // LOWERING_PERFORATE_PIXELLISTS_H
