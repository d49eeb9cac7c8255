// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/halting/BranchDemands.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/halting/ActiveDemands.h"

using namespace mlir;

namespace nnc {

Value lookThroughShapes(Value value) {
  while (isa_and_nonnull<BroadcastOp, ReshapeOp>(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

Value getCondition(arith::SelectOp select) {
  if (!isa<RankedTensorType>(select.getType()) ||
      !isa<RankedTensorType>(select.getCondition().getType()))
    return {};
  Value condition = lookThroughShapes(select.getCondition());
  return countElements(condition) == 1 ? condition : Value();
}

void intersect(Conditions &conditions, const Conditions &others) {
  llvm::erase_if(conditions,
                 [&](Value condition) { return !llvm::is_contained(others, condition); });
}

bool BranchDemands::hasLayer(Value value, Value condition) {
  Operation *op = value.getDefiningOp();
  if (!op || !isWithin(value, condition))
    return false;
  auto meaning = dyn_cast<MeaningOpInterface>(op);
  bool isLayer = meaning && meaning.getFlops() > 0 && meaning.getKernelClass() != "elementwise" &&
                 !isa<ReduceOp, SoftmaxOp>(op);
  return isLayer || llvm::any_of(op->getOperands(),
                                 [&](Value operand) { return hasLayer(operand, condition); });
}

Conditions BranchDemands::get(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  Conditions common;
  for (OpOperand &use : value.getUses()) {
    Conditions ofUse = getOfUse(use);
    if (&use == &*value.getUses().begin())
      common = std::move(ofUse);
    else
      intersect(common, ofUse);
  }
  return known[value] = common;
}

Conditions BranchDemands::getOfUse(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto select = dyn_cast<arith::SelectOp>(user))
    if (Value condition = getCondition(select); condition && use.getOperandNumber() == operand) {
      Conditions implied = listImplied(condition);
      llvm::append_range(implied, get(select));
      return implied;
    }
  return user->getNumResults() == 1 ? get(user->getResult(0)) : Conditions();
}

/// That condition, and those without which it cannot hold: it may be false by a choice.
Conditions BranchDemands::listImplied(Value condition) {
  Conditions implied{condition};
  if (operand == 2)
    return implied;
  while (auto select = implied.back().getDefiningOp<arith::SelectOp>()) {
    if (getSplatNumber(select.getFalseValue()) != 0.0 || !getCondition(select))
      break;
    implied.push_back(getCondition(select));
  }
  return implied;
}

} // namespace nnc
