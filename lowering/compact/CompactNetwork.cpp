// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Removes what is constant or read by nobody: known numbers forward, needs backward until nothing
// grows, then every operation on what remains.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/compact/CompactionRule.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_COMPACTNETWORK
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

bool isTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape();
}

/// Numbers of the constants that an operation reads.
int64_t countWeights(Operation *op) {
  int64_t count = 0;
  for (Value operand : op->getOperands())
    if (getConstant(operand))
      count += cast<ShapedType>(operand.getType()).getNumElements();
  return count;
}

/// The operation of this name that `value` is computed by, behind arithmetic such as a border map.
Operation *findLayer(Value value, StringRef name) {
  Operation *op = value.getDefiningOp();
  while (op && op->getName().getStringRef() != name && op->getNumOperands() != 0)
    op = op->getOperand(0).getDefiningOp();
  return op;
}

class Compactor {
public:
  explicit Compactor(func::FuncOp function)
      : function(function), block(function.getBody().front()) {
    for (Operation &op : block)
      ops.push_back(&op);
  }

  void run() {
    replaceKnown();
    spreadNeeds();
    rebuild();
    for (Operation *op : llvm::reverse(ops))
      if (isOpTriviallyDead(op))
        op->erase();
  }

private:
  /// The rule for an operation whose tensors are all of static shape.
  static const CompactionRule *getRule(Operation *op) {
    bool isPlain = op->getNumResults() == 1 && isTensor(op->getResult(0));
    return isPlain ? lookupCompactionRule(op) : nullptr;
  }

  /// Tensors whose elements are all known become constants.
  void replaceKnown() {
    for (Operation *op : ops) {
      const CompactionRule *rule = getRule(op);
      if (!rule)
        continue;
      Value result = op->getResult(0);
      KnownElements elements = rule->getKnown(op, known);
      if (elements.areAllKnown() && !isFreeConstant(result) &&
          cast<ShapedType>(result.getType()).getElementType().isF32()) {
        Value constant = makeConstantFor(op, elements);
        result.replaceAllUsesWith(constant);
        known.set(constant, elements);
      }
      known.set(result, std::move(elements));
    }
  }

  static Value makeConstantFor(Operation *op, const KnownElements &elements) {
    OpBuilder builder(op);
    std::vector<float> floats;
    for (KnownElements::Number number : elements.getNumbers())
      floats.push_back(static_cast<float>(*number));
    auto type = RankedTensorType::get(elements.getShape(), builder.getF32Type());
    ArrayRef<char> bytes(reinterpret_cast<const char *>(floats.data()),
                         floats.size() * sizeof(float));
    Value constant = arith::ConstantOp::create(builder, op->getLoc(),
                                               cast<TypedAttr>(makeConstant(type, bytes, "known")));
    return builder.createOrFold<BroadcastOp>(op->getLoc(), op->getResult(0).getType(), constant);
  }

  void spreadNeeds() {
    for (BlockArgument argument : block.getArguments())
      if (isTensor(argument))
        kept.addWhole(argument);
    do
      for (Operation *op : llvm::reverse(ops))
        spread(op);
    while (kept.hasGrown());
  }

  void spread(Operation *op) {
    const CompactionRule *rule = getRule(op);
    if (op->getNumResults() == 1 && isTensor(op->getResult(0)) && isFreeConstant(op->getResult(0)))
      return;
    if (!rule && isNeeded(op))
      return addWhole(op);
    if (!rule || !kept.isKept(op->getResult(0)))
      return;
    rule->spread(op, known, kept);
    for (Value operand : op->getOperands())
      addOneEach(operand);
  }

  /// Whether an operation without a rule is there for more than what nobody reads.
  bool isNeeded(Operation *op) const {
    return op->getNumResults() == 0 || !isPure(op) ||
           llvm::any_of(op->getResults(),
                        [&](Value result) { return !isTensor(result) || kept.isKept(result); });
  }

  /// All that an operation without a rule reads and makes.
  void addWhole(Operation *op) {
    SetVector<Value> tensors(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), tensors);
    tensors.insert_range(op->getResults());
    for (Value tensor : tensors)
      if (isTensor(tensor))
        kept.addWhole(tensor);
  }

  /// A tensor that is needed somewhere along one dimension is needed somewhere along each.
  void addOneEach(Value tensor) {
    ArrayRef<llvm::BitVector> sets = kept.get(tensor);
    if (llvm::none_of(sets, [](const llvm::BitVector &set) { return set.any(); }))
      return;
    for (auto [axis, set] : llvm::enumerate(sets))
      if (set.none())
        kept.add(tensor, axis, 0);
  }

  bool isUnchanged(Operation *op, const CompactionRule &rule) const {
    if (isFreeConstant(op->getResult(0)))
      return true;
    bool isWhole = llvm::all_of(op->getOperands(), [&](Value operand) {
      return isFreeConstant(operand) || kept.isWhole(operand);
    });
    return isWhole && kept.isWhole(op->getResult(0)) && !rule.gains(op, known, kept);
  }

  void rebuild() {
    Compaction compaction(known, kept);
    for (Operation *op : ops) {
      const CompactionRule *rule = getRule(op);
      if (!rule || isUnchanged(op, *rule)) {
        for (OpOperand &operand : op->getOpOperands())
          operand.set(compaction.get(operand.get()));
        continue;
      }
      if (!kept.isKept(op->getResult(0)))
        continue;
      OpBuilder builder(op);
      Value remaining = rule->rebuild(builder, op, compaction);
      compaction.set(op->getResult(0), remaining);
      record(op, remaining);
    }
  }

  /// Of layers with weights, how much has stayed.
  void record(Operation *op, Value remaining) {
    auto layer = dyn_cast<MeaningOpInterface>(op);
    auto now =
        dyn_cast_or_null<MeaningOpInterface>(findLayer(remaining, op->getName().getStringRef()));
    auto channels = [](Value value) {
      return cast<RankedTensorType>(value.getType()).getShape().back();
    };
    int64_t before = countWeights(op);
    if (!layer || !now || before == 0 ||
        (now->getOperandTypes() == op->getOperandTypes() &&
         now->getResultTypes() == op->getResultTypes()))
      return;
    std::string form = llvm::formatv("{0} of {1} inputs, {2} of {3} outputs",
                                     channels(now->getOperand(0)), channels(op->getOperand(0)),
                                     channels(now->getResult(0)), channels(op->getResult(0)));
    recordApproximation(function->getParentOfType<ModuleOp>(),
                        {getLayerTitle(op), "compaction", form, countWeights(now), before,
                         now.getFlops(), layer.getFlops(), 0});
  }

  func::FuncOp function;
  Block &block;
  SmallVector<Operation *> ops;
  KnownValues known;
  KeptIndices kept;
};

struct CompactNetwork : nnc::impl::CompactNetworkBase<CompactNetwork> {
  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>("main");
    if (function && !function.isExternal() && function.getBody().hasOneBlock())
      Compactor(function).run();
  }
};

} // namespace
