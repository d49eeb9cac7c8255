// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of layers as numbers, without a copy where they are held as floats.
#ifndef LOWERING_COMPACT_WEIGHTS_H
#define LOWERING_COMPACT_WEIGHTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace nnc {

/// The elements of a constant of f32. Valid as long as the constant is.
class Weights {
public:
  /// Reads the constant that defines `value`; std::nullopt where it is something else.
  static std::optional<Weights> read(mlir::Value value);

  llvm::ArrayRef<float> get() const { return expanded.empty() ? held : llvm::ArrayRef(expanded); }

private:
  llvm::ArrayRef<float> held;
  llvm::SmallVector<float, 0> expanded;
};

} // namespace nnc

#endif // LOWERING_COMPACT_WEIGHTS_H
