// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reshapes: dimensions that are merged or split keep the same elements.
#include "dialects/nnc/Nnc.h"
#include "lowering/compact/CompactionRule.h"

using namespace mlir;
using namespace nnc;

namespace {

/// The elements of some dimensions of a tensor, in row-major order of these alone.
class Elements {
public:
  Elements(Value tensor, ArrayRef<int64_t> axes) : tensor(tensor), axes(axes) {}

  llvm::BitVector collect(const KeptIndices &kept) const {
    llvm::BitVector elements(1, true);
    for (int64_t axis : axes) {
      const llvm::BitVector &set = kept.get(tensor)[axis];
      llvm::BitVector finer(elements.size() * set.size());
      for (unsigned outer : elements.set_bits())
        for (unsigned inner : set.set_bits())
          finer.set(outer * set.size() + inner);
      elements = std::move(finer);
    }
    return elements;
  }

  bool areWhole(const KeptIndices &kept) const {
    return llvm::all_of(axes, [&](int64_t axis) { return kept.get(tensor)[axis].all(); });
  }

  /// Adds the indices of these elements.
  void add(const llvm::BitVector &elements, KeptIndices &kept) const {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
    int64_t stride = 1;
    for (int64_t axis : llvm::reverse(axes)) {
      llvm::BitVector indices(shape[axis]);
      for (unsigned element : elements.set_bits())
        indices.set(element / stride % shape[axis]);
      kept.add(tensor, axis, indices);
      stride *= shape[axis];
    }
  }

  void addWhole(KeptIndices &kept) const {
    for (int64_t axis : axes)
      kept.addWhole(tensor, axis);
  }

private:
  Value tensor;
  ArrayRef<int64_t> axes;
};

class ReshapeRule : public CompactionRule {
public:
  bool covers(Operation *op) const override { return isa<ReshapeOp>(op); }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto reshape = cast<ReshapeOp>(op);
    return known.get(reshape.getInput())
        .reshape(reshape.getInput().getType().getShape(), reshape.getType().getShape());
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto reshape = cast<ReshapeOp>(op);
    for (const ReshapeGroup &group :
         getReshapeGroups(reshape.getInput().getType().getShape(), reshape.getType().getShape())) {
      Elements before(reshape.getInput(), group.from), after(reshape.getOutput(), group.to);
      if (before.areWhole(kept) || after.areWhole(kept)) {
        before.addWhole(kept);
        after.addWhole(kept);
        continue;
      }
      llvm::BitVector elements = before.collect(kept);
      elements |= after.collect(kept);
      before.add(elements, kept);
      after.add(elements, kept);
    }
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    auto reshape = cast<ReshapeOp>(op);
    return builder.createOrFold<ReshapeOp>(op->getLoc(), compaction.getType(reshape),
                                           compaction.getOperand(builder, reshape.getInput()));
  }
};

} // namespace

ArrayRef<const CompactionRule *> nnc::getReshapeRules() {
  static const ReshapeRule reshape;
  static const CompactionRule *const rules[] = {&reshape};
  return rules;
}
