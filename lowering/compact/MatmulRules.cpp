// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of two computed tensors, as in attention: a head that nobody reads is a batch that goes.
#include "dialects/nnc/Nnc.h"
#include "lowering/compact/CompactionRule.h"

using namespace mlir;
using namespace nnc;

namespace {

/// The number that column `column` of each matrix, or of the matrix `batch`, has in all rows.
KnownElements::Number getColumn(const KnownElements &rhs, int64_t batch, int64_t rows,
                                int64_t column) {
  KnownElements::Number first = rhs.at({batch, 0, column});
  for (int64_t row = 1; row < (rhs.getShape()[1] == 1 ? 1 : rows); ++row)
    if (rhs.at({batch, row, column}) != first)
      return std::nullopt;
  return first;
}

class MatmulRule : public CompactionRule {
public:
  bool covers(Operation *op) const override { return isa<MatmulOp>(op); }

  /// A column of zeros in rhs makes one in the result; where rows of lhs sum to 1, as after a
  /// softmax, so does any other number.
  KnownElements getKnown(Operation *op, const KnownValues &values) const override {
    auto matmul = cast<MatmulOp>(op);
    const KnownElements &rhs = values.get(matmul.getRhs());
    if (!rhs.isAnyKnown())
      return KnownElements(3);
    auto softmax = matmul.getLhs().getDefiningOp<SoftmaxOp>();
    bool sumsToOne = softmax && softmax.getAxis() == 2;
    int64_t rows = matmul.getRhs().getType().getDimSize(1);
    return KnownElements::generate(
        {rhs.getShape()[0], 1, rhs.getShape()[2]}, [&](ArrayRef<int64_t> index) {
          KnownElements::Number number = getColumn(rhs, index[0], rows, index[2]);
          return sumsToOne || number == 0.0 ? number : std::nullopt;
        });
  }

  void spread(Operation *op, const KnownValues &values, KeptIndices &kept) const override {
    auto matmul = cast<MatmulOp>(op);
    Value lhs = matmul.getLhs(), rhs = matmul.getRhs(), result = matmul.getOutput();
    for (Value operand : {lhs, rhs})
      kept.unite(operand, 0, result, 0);
    kept.unite(lhs, 0, result, 0); // what rhs has brought
    kept.unite(lhs, 1, result, 1);
    kept.unite(rhs, 2, result, 2);
    const KnownElements &left = values.get(lhs), &right = values.get(rhs);
    for (int64_t inner = 0, count = matmul.getLhs().getType().getDimSize(2); inner < count; ++inner)
      if (left.getUniform(2, inner) != 0.0 && right.getUniform(1, inner) != 0.0)
        kept.add(lhs, 2, inner);
    kept.unite(lhs, 2, rhs, 1);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    return compaction.cloneOn(builder, op,
                              llvm::map_to_vector(op->getOperands(), [&](Value operand) {
                                return compaction.getOperand(builder, operand);
                              }));
  }
};

} // namespace

ArrayRef<const CompactionRule *> nnc::getMatmulRules() {
  static const MatmulRule matmul;
  static const CompactionRule *const rules[] = {&matmul};
  return rules;
}
