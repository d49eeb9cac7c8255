// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/Demands.h"

#include "dialects/nnc/Constants.h"
#include "lowering/perforate/Pixelwise.h"

using namespace mlir;

namespace nnc {

SmallVector<int64_t, 0> readFill(PerforateOp op) {
  return SmallVector<int64_t, 0>(*getIntegers(getConstant(op.getFill())));
}

const std::optional<SmallVector<int64_t, 0>> &Demands::get(Value value) {
  auto [found, isNew] = demands.try_emplace(value);
  if (!isNew)
    return *found->second;
  auto demand = std::make_unique<std::optional<Table>>(compute(value));
  return *(demands[value] = std::move(demand));
}

std::optional<Demands::Table> Demands::compute(Value value) {
  std::optional<Table> common;
  for (OpOperand &use : value.getUses()) {
    std::optional<Table> demand = getOfUse(use);
    if (!demand || (common && *common != *demand))
      return std::nullopt;
    common = std::move(demand);
  }
  return common;
}

std::optional<Demands::Table> Demands::getOfUse(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto perforate = dyn_cast<PerforateOp>(user))
    return getConstant(perforate.getFill()) ? std::optional(readFill(perforate)) : std::nullopt;
  return isPixelwise(use) ? get(user->getResult(0)) : std::nullopt;
}

} // namespace nnc
