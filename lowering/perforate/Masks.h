// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Perforation masks (arXiv:1504.08362, section 3.3): which positions of a layer's result are
// computed. One record a kind.
#ifndef LOWERING_PERFORATE_MASKS_H
#define LOWERING_PERFORATE_MASKS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>

namespace nnc {

/// The pooling that reads a layer's result.
struct PoolWindow {
  int64_t rows, columns;
  llvm::SmallVector<int64_t> strides, dilations, pads; // pads: top, left, bottom, right
};

/// Positions, counted row by row, in rising order, at least one.
using Positions = llvm::SmallVector<int64_t, 0>;

/// What a mask is asked for, and what it may look at.
struct MaskRequest {
  int64_t height, width; // of the result
  double kept;           // the fraction of positions to compute, above 0 and at most 1
  uint64_t seed = 0;     // of what is random
  std::optional<PoolWindow> pool = std::nullopt;
  /// How much each position matters, row by row: the mean over data of the sum over channels of
  /// |dL/dV V|; or none.
  llvm::SmallVector<float, 0> importance = {};
  /// The positions themselves.
  std::optional<Positions> given = std::nullopt;
};

/// 0, 1, ..., count - 1.
Positions listAll(int64_t count);

struct MaskKind {
  llvm::StringLiteral name, summary;
  bool needsImportance;
  /// The error says what the request lacks.
  llvm::Expected<Positions> (*choose)(const MaskRequest &);
};

llvm::ArrayRef<MaskKind> listMaskKinds();

/// The kind of that name, or an error that names all of them.
llvm::Expected<const MaskKind *> lookupMaskKind(llvm::StringRef name);

} // namespace nnc

#endif // LOWERING_PERFORATE_MASKS_H
