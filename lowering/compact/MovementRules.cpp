// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposes, broadcasts, concatenations, slices, gathers: an element goes with the one that it is
// a copy of.
#include "dialects/nnc/Nnc.h"
#include "lowering/compact/CompactionRule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

class TransposeRule : public CompactionRule {
public:
  bool covers(Operation *op) const override { return isa<TransposeOp>(op); }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto transpose = cast<TransposeOp>(op);
    const KnownElements &input = known.get(transpose.getInput());
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<int64_t> inverse = invertPermutationVector(permutation);
    return KnownElements::generate(
        applyPermutation(input.getShape(), permutation),
        [&](ArrayRef<int64_t> index) { return input.at(applyPermutation(index, inverse)); });
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto transpose = cast<TransposeOp>(op);
    for (auto [axis, from] : llvm::enumerate(transpose.getPermutation()))
      kept.unite(transpose.getInput(), from, transpose, axis);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    return compaction.cloneOn(builder, op, compaction.getOperand(builder, op->getOperand(0)));
  }
};

class BroadcastRule : public CompactionRule {
public:
  bool covers(Operation *op) const override { return isa<BroadcastOp>(op); }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    const KnownElements &input = known.get(op->getOperand(0));
    SmallVector<int64_t> shape(getTensorType(op->getResult(0)).getRank() - input.getShape().size(),
                               1);
    llvm::append_range(shape, input.getShape());
    return {shape, std::vector<KnownElements::Number>(input.getNumbers())};
  }

  /// Dimensions that are repeated may keep any part of what they repeat to.
  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto broadcast = cast<BroadcastOp>(op);
    ArrayRef<int64_t> shape = broadcast.getInput().getType().getShape();
    int64_t added = broadcast.getType().getRank() - shape.size();
    for (auto [axis, extent] : llvm::enumerate(shape)) {
      if (extent == 1)
        kept.addWhole(broadcast.getInput(), axis);
      else
        kept.unite(broadcast.getInput(), axis, broadcast, added + axis);
    }
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    return builder.createOrFold<BroadcastOp>(op->getLoc(), compaction.getType(op->getResult(0)),
                                             compaction.getOperand(builder, op->getOperand(0)));
  }
};

class ConcatRule : public CompactionRule {
public:
  bool covers(Operation *op) const override { return isa<tensor::ConcatOp>(op); }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto concat = cast<tensor::ConcatOp>(op);
    auto axis = static_cast<int64_t>(concat.getDim());
    SmallVector<int64_t> shape(concat.getResultType().getRank(), 1);
    bool isAnyKnown = false;
    for (Value part : concat.getInputs()) {
      isAnyKnown |= known.get(part).isAnyKnown();
      for (auto [extent, other] : llvm::zip_equal(shape, known.get(part).getShape()))
        extent = std::max(extent, other);
    }
    if (!isAnyKnown)
      return KnownElements(shape.size());
    shape[axis] = concat.getResultType().getDimSize(axis);
    return KnownElements::generate(shape, [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> position(index);
      for (Value part : concat.getInputs()) {
        int64_t extent = getTensorType(part).getDimSize(axis);
        if (position[axis] < extent)
          return known.get(part).at(position);
        position[axis] -= extent;
      }
      llvm_unreachable("the parts have all elements of the whole");
    });
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto concat = cast<tensor::ConcatOp>(op);
    auto along = static_cast<int64_t>(concat.getDim());
    int64_t offset = 0;
    for (Value part : concat.getInputs()) {
      for (int64_t axis = 0, rank = getTensorType(part).getRank(); axis < rank; ++axis)
        if (axis != along)
          kept.unite(part, axis, concat, axis);
      for (int64_t i = 0, extent = getTensorType(part).getDimSize(along); i < extent; ++i)
        if (kept.get(concat)[along].test(offset + i))
          kept.add(part, along, i);
        else if (kept.get(part)[along].test(i))
          kept.add(concat, along, offset + i);
      offset += getTensorType(part).getDimSize(along);
    }
  }

  /// A part of which nothing is left is none.
  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    auto concat = cast<tensor::ConcatOp>(op);
    SmallVector<Value> parts;
    for (Value part : concat.getInputs())
      if (compaction.kept.isKept(part))
        parts.push_back(compaction.getOperand(builder, part));
    if (parts.size() == 1)
      return parts.front();
    return tensor::ConcatOp::create(builder, op->getLoc(), compaction.getType(concat),
                                    concat.getDim(), parts);
  }
};

/// Where a slice begins, and the steps, along each dimension of its source.
class SliceRule : public CompactionRule {
public:
  bool covers(Operation *op) const override {
    auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
    return slice && slice.getOffsets().empty() && slice.getSizes().empty() &&
           slice.getStrides().empty() &&
           slice.getType().getRank() == slice.getSourceType().getRank();
  }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto slice = cast<tensor::ExtractSliceOp>(op);
    const KnownElements &source = known.get(slice.getSource());
    SmallVector<int64_t> shape;
    for (auto [extent, size] : llvm::zip_equal(source.getShape(), slice.getStaticSizes()))
      shape.push_back(extent == 1 ? 1 : size);
    return KnownElements::generate(shape, [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> position;
      for (auto [axis, i] : llvm::enumerate(index))
        position.push_back(slice.getStaticOffsets()[axis] + i * slice.getStaticStrides()[axis]);
      return source.at(position);
    });
  }

  /// What lies between the steps of a slice would not remain evenly spaced: then all stays.
  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto slice = cast<tensor::ExtractSliceOp>(op);
    for (auto [axis, size] : llvm::enumerate(slice.getStaticSizes())) {
      if (slice.getStaticStrides()[axis] != 1) {
        kept.addWhole(slice.getSource(), axis);
        kept.addWhole(slice, axis);
        continue;
      }
      int64_t offset = slice.getStaticOffsets()[axis];
      for (int64_t i = 0; i < size; ++i)
        if (kept.get(slice)[axis].test(i))
          kept.add(slice.getSource(), axis, offset + i);
        else if (kept.get(slice.getSource())[axis].test(offset + i))
          kept.add(slice, axis, i);
    }
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    auto slice = cast<tensor::ExtractSliceOp>(op);
    SmallVector<OpFoldResult> offsets, sizes, strides = slice.getMixedStrides();
    for (auto [axis, offset] : llvm::enumerate(slice.getStaticOffsets())) {
      const llvm::BitVector &source = compaction.kept.get(slice.getSource())[axis];
      int64_t before = 0;
      for (int64_t i = 0; i < offset; ++i)
        before += source.test(i);
      offsets.push_back(builder.getIndexAttr(before));
    }
    for (int64_t extent : compaction.getType(slice).getShape())
      sizes.push_back(builder.getIndexAttr(extent));
    return builder.createOrFold<tensor::ExtractSliceOp>(
        op->getLoc(), compaction.getType(slice), compaction.getOperand(builder, slice.getSource()),
        offsets, sizes, strides);
  }
};

/// Picks whole slices: the dimensions of the slices pass through, such as the columns of a table.
class GatherRule : public CompactionRule {
public:
  bool covers(Operation *op) const override { return isa<GatherOp>(op); }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto gather = cast<GatherOp>(op);
    const KnownElements &input = known.get(gather.getInput());
    int64_t rank = gather.getType().getRank();
    auto axis = static_cast<int64_t>(gather.getAxis());
    if (!input.isAnyKnown())
      return KnownElements(rank);
    SmallVector<int64_t> shape(rank, 1);
    for (auto [from, to] : getPairs(gather))
      shape[to] = input.getShape()[from];
    KnownElements slices = ignoreAxis(input, axis, gather.getInput().getType().getDimSize(axis));
    return KnownElements::generate(shape, [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> position(input.getShape().size(), 0);
      for (auto [from, to] : getPairs(gather))
        position[from] = index[to];
      return slices.at(position);
    });
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto gather = cast<GatherOp>(op);
    auto axis = static_cast<int64_t>(gather.getAxis());
    for (auto [from, to] : getPairs(gather))
      kept.unite(gather.getInput(), from, gather, to);
    kept.addWhole(gather.getInput(), axis);
    kept.addWhole(gather.getIndices());
    for (int64_t i = 0, rank = gather.getIndices().getType().getRank(); i < rank; ++i)
      kept.addWhole(gather, axis + i);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    auto gather = cast<GatherOp>(op);
    return compaction.cloneOn(builder, op,
                              {compaction.getOperand(builder, gather.getInput()),
                               compaction.getOperand(builder, gather.getIndices())});
  }

private:
  /// Dimensions of the input and those of the result that they become.
  static SmallVector<std::pair<int64_t, int64_t>> getPairs(GatherOp gather) {
    SmallVector<std::pair<int64_t, int64_t>> pairs;
    auto axis = static_cast<int64_t>(gather.getAxis());
    int64_t added = gather.getIndices().getType().getRank() - 1;
    for (int64_t from = 0, rank = gather.getInput().getType().getRank(); from < rank; ++from)
      if (from != axis)
        pairs.emplace_back(from, from < axis ? from : from + added);
    return pairs;
  }

  /// What is known of all slices alike.
  static KnownElements ignoreAxis(const KnownElements &input, int64_t axis, int64_t extent) {
    SmallVector<int64_t> shape(input.getShape());
    int64_t count = std::exchange(shape[axis], 1) == 1 ? 1 : extent;
    return KnownElements::generate(shape, [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> position(index);
      KnownElements::Number number = input.at(position);
      for (position[axis] = 1; position[axis] < count; ++position[axis])
        if (input.at(position) != number)
          return KnownElements::Number();
      return number;
    });
  }
};

} // namespace

ArrayRef<const CompactionRule *> nnc::getMovementRules() {
  static const TransposeRule transpose;
  static const BroadcastRule broadcast;
  static const ConcatRule concat;
  static const SliceRule slice;
  static const GatherRule gather;
  static const CompactionRule *const rules[] = {&transpose, &broadcast, &concat, &slice, &gather};
  return rules;
}
