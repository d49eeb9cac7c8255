// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Says of weights that they are mostly zeros, wherever these come from: a posterior, pruning, or
// the model's file.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/approximate/SparseWeights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"

namespace nnc {
#define GEN_PASS_DEF_MARKSPARSE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Of weights with a smaller share of zeros nobody says that they are sparse.
constexpr double kFewestZeros = 0.3;

/// The weight of a layer, and its dimensions as lists of its non-zeros would have them: the outputs
/// first, what they read last.
struct Weight {
  OpOperand *operand;
  SmallVector<unsigned> order;
};

std::optional<Weight> getWeight(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return Weight{&linear.getWeightMutable(), {1, 0}};
  if (auto conv = dyn_cast<Conv2dOp>(op); conv && conv.getGroups() == 1)
    return Weight{&conv.getFilterMutable(), {3, 0, 1, 2}};
  if (auto lstm = dyn_cast<LstmOp>(op))
    return Weight{&lstm.getRecurrentMutable(), {1, 2, 0}};
  return std::nullopt;
}

bool hasManyZeros(Value weight) {
  std::optional<SmallVector<float, 0>> elements = getFloats(weight);
  return elements && static_cast<double>(llvm::count(*elements, 0.0f)) >=
                         kFewestZeros * static_cast<double>(elements->size());
}

struct MarkSparse : nnc::impl::MarkSparseBase<MarkSparse> {
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      std::optional<Weight> weight = getWeight(op);
      if (!weight || !hasManyZeros(weight->operand->get()))
        return;
      OpBuilder builder(op);
      weight->operand->set(markSparse(builder, weight->operand->get(), weight->order));
    });
  }
};

} // namespace
