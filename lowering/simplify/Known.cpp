// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/simplify/Known.h"

#include "dialects/nnc/Nnc.h"

using namespace mlir;

namespace nnc {

bool isKnown(Value value, int depth) {
  Operation *op = value.getDefiningOp();
  if (!op || depth > 8)
    return false;
  if (op->hasTrait<OpTrait::ConstantLike>())
    return true;
  bool harmless = OpTrait::hasElementwiseMappableTraits(op) ||
                  isa<BroadcastOp, ReshapeOp, TransposeOp, VariationalDropoutOp>(op);
  return harmless &&
         llvm::all_of(op->getOperands(), [&](Value v) { return isKnown(v, depth + 1); });
}

} // namespace nnc
