// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/compact/CompactionRule.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

#include <cmath>

using namespace mlir;

namespace nnc {

const KnownElements &KnownValues::get(Value value) const {
  std::unique_ptr<KnownElements> &entry = elements[value];
  if (!entry)
    entry = std::make_unique<KnownElements>(
        getConstant(value) ? readConstant(value)
                           : KnownElements(cast<RankedTensorType>(value.getType()).getRank()));
  return *entry;
}

void KnownValues::set(Value value, KnownElements known) {
  elements[value] = std::make_unique<KnownElements>(std::move(known));
}

Value Compaction::getOperand(OpBuilder &builder, Value operand,
                             ArrayRef<llvm::BitVector> sets) const {
  return isFreeConstant(operand) ? cutConstant(builder, operand, sets) : get(operand);
}

RankedTensorType Compaction::getType(Value value) const {
  return cast<RankedTensorType>(value.getType()).clone(countKept(kept.get(value)));
}

Value Compaction::cloneOn(OpBuilder &builder, Operation *op, ValueRange operands) const {
  return cloneWithoutRegions(builder, op, getType(op->getResult(0)), operands)->getResult(0);
}

KnownElements CompactionRule::getKnown(Operation *op, const KnownValues &) const {
  return KnownElements(cast<RankedTensorType>(op->getResult(0).getType()).getRank());
}

const CompactionRule *lookupCompactionRule(Operation *op) {
  for (ArrayRef<const CompactionRule *> rules :
       {getContractionRules(), getElementwiseRules(), getMatmulRules(), getMovementRules(),
        getReshapeRules(), getWindowRules()})
    for (const CompactionRule *rule : rules)
      if (rule->covers(op))
        return rule;
  return nullptr;
}

bool isFreeConstant(Value value) {
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getInput();
  return getConstant(value) != nullptr;
}

/// Copies the elements of the product of `sets`, dimension by dimension.
static void copyElements(ArrayRef<char> bytes, ArrayRef<llvm::BitVector> sets,
                         SmallVectorImpl<char> &copied) {
  if (sets.empty())
    return copied.append(bytes.begin(), bytes.end());
  size_t stride = bytes.size() / sets.front().size();
  for (unsigned position : sets.front().set_bits())
    copyElements(bytes.slice(position * stride, stride), sets.drop_front(), copied);
}

Value cutConstant(OpBuilder &builder, Value value, ArrayRef<llvm::BitVector> sets) {
  if (llvm::all_of(sets, [](const llvm::BitVector &set) { return set.all(); }))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType smaller = type.clone(countKept(sets));
  if (auto broadcast = value.getDefiningOp<BroadcastOp>()) {
    ArrayRef<int64_t> shape = broadcast.getInput().getType().getShape();
    IndexSets ofInput(sets.take_back(shape.size()));
    for (auto [set, extent] : llvm::zip_equal(ofInput, shape))
      if (extent == 1)
        set = llvm::BitVector(1, true);
    Value input = cutConstant(builder, broadcast.getInput(), ofInput);
    return BroadcastOp::create(builder, value.getLoc(), smaller, input);
  }
  ElementsAttr constant = getConstant(value);
  if (auto splat = dyn_cast<SplatElementsAttr>(constant))
    return arith::ConstantOp::create(builder, value.getLoc(), splat.resizeSplat(smaller));
  SmallVector<char> copied;
  std::optional<SmallVector<char, 0>> bytes = getConstantBytes(constant);
  assert(bytes && "a constant whose bytes are absent");
  copyElements(*bytes, sets, copied);
  return arith::ConstantOp::create(builder, value.getLoc(),
                                   cast<TypedAttr>(makeConstant(smaller, copied, "compacted")));
}

KnownElements readConstant(Value constant) {
  auto type = cast<RankedTensorType>(constant.getType());
  bool isBoolean = type.getElementType().isInteger(1);
  if (!isBoolean && !type.getElementType().isF32())
    return KnownElements(type.getRank());
  if (std::optional<double> number = getSplatNumber(constant); number && std::isfinite(*number))
    return KnownElements(type.getRank(), isBoolean ? std::abs(*number) : *number);
  if (type.getNumElements() > KnownElements::kMost)
    return KnownElements(type.getRank());
  std::vector<KnownElements::Number> numbers;
  if (std::optional<SmallVector<float, 0>> floats = getFloats(constant))
    numbers.assign(floats->begin(), floats->end());
  else if (std::optional<SmallVector<int64_t>> bits = getIntegers(getConstant(constant)))
    numbers.assign(bits->begin(), bits->end());
  else
    return KnownElements(type.getRank());
  for (KnownElements::Number &number : numbers)
    if (!std::isfinite(*number))
      number.reset();
  return {type.getShape(), std::move(numbers)};
}

} // namespace nnc
