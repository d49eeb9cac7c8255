// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling, reductions, softmax and padding: some dimensions are whole, the others pass through.
#include "dialects/nnc/Nnc.h"
#include "lowering/compact/CompactionRule.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nnc;

namespace {

/// The dimensions of input and result that correspond, where an operation does the same for each
/// index of one. All others are whole.
using AxisPairs = SmallVector<std::pair<int64_t, int64_t>>;

void spreadAlong(const AxisPairs &pairs, Value input, Value result, KeptIndices &kept) {
  llvm::BitVector ofInput(kept.get(input).size(), true), ofResult(kept.get(result).size(), true);
  for (auto [from, to] : pairs) {
    kept.unite(input, from, result, to);
    ofInput.reset(from);
    ofResult.reset(to);
  }
  for (unsigned axis : ofInput.set_bits())
    kept.addWhole(input, axis);
  for (unsigned axis : ofResult.set_bits())
    kept.addWhole(result, axis);
}

/// The numbers that `isKept` says, under another shape of as many elements.
KnownElements filter(ArrayRef<int64_t> shape, const KnownElements &elements,
                     llvm::function_ref<bool(double)> isKept) {
  std::vector<KnownElements::Number> numbers(elements.getNumbers());
  for (KnownElements::Number &number : numbers)
    if (number && !isKept(*number))
      number.reset();
  return {shape, std::move(numbers)};
}

/// An operation on its first operand alone.
class AxisRule : public CompactionRule {
public:
  virtual AxisPairs getPairs(Operation *op) const = 0;

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    spreadAlong(getPairs(op), op->getOperand(0), op->getResult(0), kept);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    return compaction.cloneOn(builder, op, compaction.getOperand(builder, op->getOperand(0)));
  }
};

/// Windows of a constant image hold that constant; padding never counts.
class PoolRule : public AxisRule {
public:
  bool covers(Operation *op) const override { return isa<MaxPool2dOp, AvgPool2dOp>(op); }
  AxisPairs getPairs(Operation *) const override { return {{0, 0}, {3, 3}}; }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    const KnownElements &input = known.get(op->getOperand(0));
    return KnownElements::generate({1, 1, 1, input.getShape()[3]}, [&](ArrayRef<int64_t> index) {
      return input.getUniform(3, index[3]);
    });
  }
};

/// Mean, maximum and minimum of equal numbers are that number.
class ReduceRule : public AxisRule {
public:
  bool covers(Operation *op) const override { return isa<ReduceOp>(op); }

  AxisPairs getPairs(Operation *op) const override {
    auto reduce = cast<ReduceOp>(op);
    AxisPairs pairs;
    for (int64_t axis = 0, rank = reduce.getInput().getType().getRank(); axis < rank; ++axis)
      if (!llvm::is_contained(reduce.getAxes(), axis))
        pairs.emplace_back(axis, pairs.size());
    return pairs;
  }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto reduce = cast<ReduceOp>(op);
    const KnownElements &input = known.get(reduce.getInput());
    AxisPairs pairs = getPairs(op);
    bool isKept = reduce.getKind() != Reduction::Sum && reduce.getKind() != Reduction::Product;
    bool dependsOnReduced =
        llvm::any_of(reduce.getAxes(), [&](int64_t axis) { return input.getShape()[axis] != 1; });
    if (dependsOnReduced)
      return KnownElements(pairs.size());
    SmallVector<int64_t> shape;
    for (auto [from, to] : pairs)
      shape.push_back(input.getShape()[from]);
    return filter(shape, input, [&](double number) { return isKept || number == 0; });
  }
};

class SoftmaxRule : public AxisRule {
public:
  bool covers(Operation *op) const override { return isa<SoftmaxOp>(op); }

  AxisPairs getPairs(Operation *op) const override {
    auto softmax = cast<SoftmaxOp>(op);
    AxisPairs pairs;
    for (int64_t axis = 0, rank = softmax.getInput().getType().getRank(); axis < rank; ++axis)
      if (axis != static_cast<int64_t>(softmax.getAxis()))
        pairs.emplace_back(axis, axis);
    return pairs;
  }
};

/// Padding with a number: dimensions without any pass through.
class PadRule : public CompactionRule {
public:
  bool covers(Operation *op) const override {
    auto pad = dyn_cast<tensor::PadOp>(op);
    return pad && getNumber(pad) && pad.getLow().empty() && pad.getHigh().empty();
  }

  /// Where the number that is known is the one around it.
  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    auto pad = cast<tensor::PadOp>(op);
    const KnownElements &input = known.get(pad.getSource());
    for (auto [axis, extent] : llvm::enumerate(input.getShape()))
      if (extent != 1 && isPadded(pad, axis))
        return KnownElements(input.getShape().size());
    return filter(input.getShape(), input, [&](double number) { return number == getNumber(pad); });
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto pad = cast<tensor::PadOp>(op);
    AxisPairs pairs;
    for (int64_t axis = 0, rank = pad.getSourceType().getRank(); axis < rank; ++axis)
      if (!isPadded(pad, axis))
        pairs.emplace_back(axis, axis);
    spreadAlong(pairs, pad.getSource(), pad, kept);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    auto pad = cast<tensor::PadOp>(op);
    return tensor::PadOp::create(builder, op->getLoc(), compaction.getType(pad),
                                 compaction.getOperand(builder, pad.getSource()),
                                 pad.getMixedLowPad(), pad.getMixedHighPad(),
                                 pad.getConstantPaddingValue(), pad.getNofold());
  }

private:
  static bool isPadded(tensor::PadOp pad, int64_t axis) {
    return pad.getStaticLow()[axis] != 0 || pad.getStaticHigh()[axis] != 0;
  }

  static KnownElements::Number getNumber(tensor::PadOp pad) {
    FloatAttr number;
    Value padding = pad.getConstantPaddingValue();
    if (!padding || !matchPattern(padding, m_Constant(&number)))
      return std::nullopt;
    return number.getValueAsDouble();
  }
};

} // namespace

ArrayRef<const CompactionRule *> nnc::getWindowRules() {
  static const PoolRule pool;
  static const ReduceRule reduce;
  static const SoftmaxRule softmax;
  static const PadRule pad;
  static const CompactionRule *const rules[] = {&pool, &reduce, &softmax, &pad};
  return rules;
}
