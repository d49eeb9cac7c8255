// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which elements of a tensor are the same number whatever the model's input is.
#ifndef LOWERING_COMPACT_KNOWNELEMENTS_H
#define LOWERING_COMPACT_KNOWNELEMENTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace nnc {

/// A number for each known element of a tensor of floats or booleans. Dimensions that the numbers
/// do not depend on have extent 1 here: of an image of C channels, each constant everywhere, this
/// holds 1 x 1 x 1 x C numbers.
class KnownElements {
public:
  using Number = std::optional<double>;

  /// Nothing known, or one number everywhere.
  explicit KnownElements(int64_t rank, Number everywhere = std::nullopt)
      : shape(rank, 1), numbers(1, everywhere) {}
  /// `numbers` in row-major order; extents as in the tensor, or 1.
  KnownElements(llvm::ArrayRef<int64_t> shape, std::vector<Number> numbers);

  /// More numbers than this are not kept: then nothing is known.
  static constexpr int64_t kMost = 1 << 20;

  /// Numbers by index, of a shape as the constructor takes it.
  static KnownElements generate(llvm::ArrayRef<int64_t> shape,
                                llvm::function_ref<Number(llvm::ArrayRef<int64_t> index)> get);

  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  llvm::ArrayRef<Number> getNumbers() const { return numbers; }
  bool isAnyKnown() const;
  bool areAllKnown() const;
  /// Of the element at an index of the tensor.
  Number at(llvm::ArrayRef<int64_t> index) const;
  /// The number that all elements have whose index along `axis` is `position`.
  Number getUniform(int64_t axis, int64_t position) const;

  /// The same for a tensor of the same elements under another shape.
  KnownElements reshape(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) const;

private:
  void forgetIfNothing();

  llvm::SmallVector<int64_t> shape;
  std::vector<Number> numbers;
};

/// Dimensions of a reshape that have the same elements: `from` dimensions become `to` dimensions,
/// both in order. Groups cover all dimensions; extents of 1 may make one of the two empty.
struct ReshapeGroup {
  llvm::SmallVector<int64_t> from, to;
};

/// The finest groups.
llvm::SmallVector<ReshapeGroup> getReshapeGroups(llvm::ArrayRef<int64_t> from,
                                                 llvm::ArrayRef<int64_t> to);

} // namespace nnc

#endif // LOWERING_COMPACT_KNOWNELEMENTS_H
