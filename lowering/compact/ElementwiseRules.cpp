// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on elements: a known number of each operand gives a known number; all tensors keep the
// same indices.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/compact/CompactionRule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace nnc;

namespace {

using Number = KnownElements::Number;

TypedAttr toAttribute(Type type, double number) {
  if (isa<FloatType>(type))
    return FloatAttr::get(type, number);
  return IntegerAttr::get(type, static_cast<int64_t>(number));
}

Number toNumber(Attribute attribute) {
  if (auto real = dyn_cast_or_null<FloatAttr>(attribute))
    return std::isfinite(real.getValueAsDouble()) ? Number(real.getValueAsDouble()) : std::nullopt;
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
      integer && integer.getType().isInteger(1))
    return integer.getValue().getZExtValue();
  return std::nullopt;
}

/// The function of an element-wise operation, run by folding the same operation on scalars.
class ScalarFunction {
public:
  explicit ScalarFunction(Operation *op) : op(op) {}

  /// Nothing where an operand is not known, what folding cannot do, and what is not finite. A
  /// product with zero is zero.
  Number evaluate(ArrayRef<Number> operands) {
    if (isa<arith::MulFOp>(op) && llvm::is_contained(operands, Number(0)))
      return 0;
    std::vector<double> numbers;
    for (Number operand : operands)
      numbers.push_back(operand.value_or(0));
    if (llvm::is_contained(operands, std::nullopt))
      return std::nullopt;
    auto [entry, isNew] = results.try_emplace(std::move(numbers));
    if (isNew)
      entry->second = fold(entry->first);
    return entry->second;
  }

private:
  Number fold(ArrayRef<double> numbers) const {
    Block block;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointToEnd(&block);
    SmallVector<Value> operands;
    for (auto [number, operand] : llvm::zip_equal(numbers, op->getOperands()))
      operands.push_back(arith::ConstantOp::create(
          builder, op->getLoc(), toAttribute(getElementTypeOrSelf(operand.getType()), number)));
    OperationState state(op->getLoc(), op->getName(), operands,
                         getElementTypeOrSelf(op->getResult(0).getType()), op->getAttrs());
    state.propertiesAttr = op->getPropertiesAsAttribute();
    SmallVector<OpFoldResult> folded;
    if (failed(builder.create(state)->fold(folded)) || folded.size() != 1)
      return std::nullopt;
    Attribute result = dyn_cast<Attribute>(folded.front());
    if (!result)
      matchPattern(cast<Value>(folded.front()), m_Constant(&result));
    return toNumber(result);
  }

  Operation *op;
  std::map<std::vector<double>, Number> results;
};

bool haveOneShape(Value a, Value b) {
  auto left = dyn_cast<RankedTensorType>(a.getType()),
       right = dyn_cast<RankedTensorType>(b.getType());
  return left && right && left.getShape() == right.getShape();
}

class ElementwiseRule : public CompactionRule {
public:
  bool covers(Operation *op) const override {
    return OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 &&
           op->getNumRegions() == 0 && isa<RankedTensorType>(op->getResult(0).getType()) &&
           llvm::all_of(op->getOperands(),
                        [&](Value operand) { return haveOneShape(operand, op->getResult(0)); });
  }

  KnownElements getKnown(Operation *op, const KnownValues &known) const override {
    SmallVector<int64_t> shape(cast<RankedTensorType>(op->getResult(0).getType()).getRank(), 1);
    bool isAnyKnown = false;
    for (Value operand : op->getOperands()) {
      const KnownElements &elements = known.get(operand);
      isAnyKnown |= elements.isAnyKnown() && !isFreeConstant(operand);
      for (auto [extent, other] : llvm::zip_equal(shape, elements.getShape()))
        extent = std::max(extent, other);
    }
    // Zeros in a constant matter, the rest of it does not.
    if (!isAnyKnown && !isa<arith::MulFOp>(op) && !llvm::all_of(op->getOperands(), isFreeConstant))
      return KnownElements(shape.size());
    ScalarFunction function(op);
    return KnownElements::generate(shape, [&](ArrayRef<int64_t> index) {
      return function.evaluate(llvm::map_to_vector(
          op->getOperands(), [&](Value operand) { return known.get(operand).at(index); }));
    });
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    Value result = op->getResult(0);
    for (int64_t axis = 0, rank = kept.get(result).size(); axis < rank; ++axis)
      for (Value operand : op->getOperands())
        if (!isFreeConstant(operand))
          kept.unite(operand, axis, result, axis);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    ArrayRef<llvm::BitVector> sets = compaction.kept.get(op->getResult(0));
    return compaction.cloneOn(builder, op,
                              llvm::map_to_vector(op->getOperands(), [&](Value operand) {
                                return compaction.getOperand(builder, operand, sets);
                              }));
  }
};

} // namespace

ArrayRef<const CompactionRule *> nnc::getElementwiseRules() {
  static const ElementwiseRule elementwise;
  static const CompactionRule *const rules[] = {&elementwise};
  return rules;
}
