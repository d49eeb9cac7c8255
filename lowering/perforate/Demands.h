// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// At which positions a value is looked at.
#ifndef LOWERING_PERFORATE_DEMANDS_H
#define LOWERING_PERFORATE_DEMANDS_H

#include "dialects/nnc/Nnc.h"

#include "llvm/ADT/DenseMap.h"

#include <memory>
#include <optional>

namespace nnc {

/// Of `nnc.perforate` whose fill is a constant.
llvm::SmallVector<int64_t, 0> readFill(PerforateOp op);

/// The fill table with which everybody perforates a value, whatever computes pixels from the same
/// pixels in between; or none.
class Demands {
public:
  const std::optional<llvm::SmallVector<int64_t, 0>> &get(mlir::Value value);

private:
  using Table = llvm::SmallVector<int64_t, 0>;

  std::optional<Table> compute(mlir::Value value);
  std::optional<Table> getOfUse(mlir::OpOperand &use);

  llvm::DenseMap<mlir::Value, std::unique_ptr<std::optional<Table>>> demands;
};

} // namespace nnc

#endif // LOWERING_PERFORATE_DEMANDS_H
