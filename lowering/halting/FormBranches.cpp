// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From choices by one number to branches (adaptive computation per sample): what is only asked for
// where a condition holds is not run where it does not.
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_FORMBRANCHES
#define GEN_PASS_DEF_GUARDLAUNCHES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The number that a choice depends on, or null: one boolean, for all elements.
Value getCondition(arith::SelectOp select) {
  if (!isa<RankedTensorType>(select.getType()) ||
      !isa<RankedTensorType>(select.getCondition().getType()))
    return {};
  Value condition = select.getCondition();
  while (Operation *op = condition.getDefiningOp()) {
    if (!isa<BroadcastOp, ReshapeOp>(op))
      break;
    condition = op->getOperand(0);
  }
  return getTensorType(condition).getNumElements() == 1 ? condition : Value();
}

/// What only the first value of choices by one condition needs, or only the second.
class Cones {
public:
  /// 1 or 2, as a choice's operands are numbered.
  explicit Cones(unsigned operand) : operand(operand) {}

  /// That condition, or null.
  Value get(Value value) {
    auto [found, isNew] = conditions.try_emplace(value, Value());
    if (!isNew)
      return found->second;
    Value condition = compute(value);
    return conditions[value] = condition;
  }

  /// Whether there is a layer among it.
  bool hasLayer(Value value, Value condition) {
    Operation *op = value.getDefiningOp();
    if (!op || get(value) != condition)
      return false;
    auto meaning = dyn_cast<MeaningOpInterface>(op);
    return (meaning && meaning.getFlops() > 0 && meaning.getKernelClass() != "elementwise") ||
           llvm::any_of(op->getOperands(),
                        [&](Value operand) { return hasLayer(operand, condition); });
  }

private:
  Value compute(Value value) {
    Value common;
    for (OpOperand &use : value.getUses()) {
      Value condition = getOfUse(use);
      if (!condition || (common && condition != common))
        return {};
      common = condition;
    }
    return common;
  }

  Value getOfUse(OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto select = dyn_cast<arith::SelectOp>(user))
      if (Value condition = getCondition(select))
        return use.getOperandNumber() == operand ? condition : Value();
    return user->getNumResults() == 1 ? get(user->getResult(0)) : Value();
  }

  unsigned operand;
  llvm::DenseMap<Value, Value> conditions;
};

/// The choice as a copy into the old value's memory, where the condition holds.
Value buildUpdate(KernelBuilder &kernels, arith::SelectOp select, Value condition) {
  OpBuilder builder(select);
  RankedTensorType type = getTensorType(select);
  Location at = select.getLoc();
  halide::KernelOp kernel =
      kernels.start(at, builder.getFunctionType({type, type}, {type}), "update");
  OpBuilder inside = OpBuilder::atBlockEnd(&kernel.getBody().front());
  Value copy = kernels.buildCopy(inside, at, kernel.getBody().getArgument(1));
  halide::YieldOp::create(inside, at, copy);
  kernel = kernels.finish(kernel, {"update"});
  auto number = RankedTensorType::get({1}, getTensorType(condition).getElementType());
  Value flag = builder.createOrFold<ReshapeOp>(at, number, condition);
  auto launch = halide::LaunchOp::create(builder, at, TypeRange{type}, kernel.getSymName(),
                                         ValueRange{select.getFalseValue(), select.getTrueValue()},
                                         builder.getStrArrayAttr({"update"}));
  launch.getCountMutable().assign(flag);
  launch.setTied(0);
  return launch.getResult(0);
}

/// A choice whose second value needs layers that nothing else reads becomes two: that value where
/// the condition does not hold, then the first where it does. What is in neither is never read.
void splitChoices(Block &block) {
  Cones cones(2);
  SmallVector<std::pair<arith::SelectOp, Value>> choices;
  for (auto select : block.getOps<arith::SelectOp>())
    if (Value condition = getCondition(select);
        condition && cones.hasLayer(select.getFalseValue(), condition))
      choices.push_back({select, condition});
  llvm::DenseMap<Value, Value> opposites;
  for (auto [select, condition] : choices) {
    OpBuilder builder(select);
    Value &opposite = opposites[condition];
    if (!opposite) {
      builder.setInsertionPointAfterValue(condition);
      auto type = getTensorType(condition);
      Value yes = arith::ConstantOp::create(builder, select.getLoc(),
                                            DenseElementsAttr::get(type, true));
      opposite = arith::XOrIOp::create(builder, select.getLoc(), condition, yes);
    }
    builder.setInsertionPoint(select);
    RankedTensorType type = getTensorType(select);
    auto anything = arith::ConstantOp::create(builder, select.getLoc(), builder.getZeroAttr(type));
    auto flags = RankedTensorType::get(type.getShape(), builder.getI1Type());
    SmallVector<int64_t> ones(type.getRank(), 1);
    auto one = RankedTensorType::get(ones, builder.getI1Type());
    Value spread = builder.createOrFold<ReshapeOp>(select.getLoc(), one, opposite);
    spread = builder.createOrFold<BroadcastOp>(select.getLoc(), flags, spread);
    select.getFalseValueMutable().assign(arith::SelectOp::create(
        builder, select.getLoc(), spread, select.getFalseValue(), anything));
  }
}

struct FormBranches : nnc::impl::FormBranchesBase<FormBranches> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    Block &block = main.getBody().front();
    splitChoices(block);
    Cones cones(1);
    llvm::DenseSet<Value> worthwhile;
    SmallVector<std::pair<arith::SelectOp, Value>> choices;
    for (auto select : block.getOps<arith::SelectOp>())
      if (Value condition = getCondition(select)) {
        choices.push_back({select, condition});
        if (cones.hasLayer(select.getTrueValue(), condition))
          worthwhile.insert(condition);
      }
    llvm::erase_if(choices, [&](auto &choice) {
      auto [select, condition] = choice;
      return !worthwhile.contains(condition) || cones.get(select.getTrueValue()) != condition;
    });
    KernelBuilder kernels(getOperation());
    for (arith::SelectOp select : llvm::make_first_range(choices)) {
      // Anew: a choice may be the condition of a later one.
      select.replaceAllUsesWith(buildUpdate(kernels, select, getCondition(select)));
      select.erase();
    }
  }
};

struct GuardLaunches : nnc::impl::GuardLaunchesBase<GuardLaunches> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    auto launches = llvm::to_vector(main.getBody().front().getOps<halide::LaunchOp>());
    for (halide::LaunchOp launch : llvm::reverse(launches))
      guard(launch);
  }

  /// A launch that only guarded ones read is needed where they are.
  static void guard(halide::LaunchOp launch) {
    Value condition;
    for (Value result : launch.getResults())
      if (!collect(result, condition))
        return;
    if (!condition || launch.getCount() || launch.getSteps() != 0 ||
        !isKnownBefore(getRootValue(condition), launch))
      return;
    // The view of it that readers use may stand behind the launch.
    OpBuilder builder(launch);
    Operation *view = condition.getDefiningOp();
    if (view && !view->isBeforeInBlock(launch))
      condition = builder.createOrFold<ReshapeOp>(condition.getLoc(), condition.getType(),
                                                  getRootValue(condition));
    launch.getCountMutable().assign(condition);
  }

  static bool isKnownBefore(Value root, halide::LaunchOp launch) {
    return isa<BlockArgument>(root) || root.getDefiningOp()->isBeforeInBlock(launch);
  }

  /// Whether all readers of `value` are launches under the one condition.
  static bool collect(Value value, Value &condition) {
    return llvm::all_of(value.getUses(), [&](OpOperand &use) {
      if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner()))
        return collect(reshape, condition);
      auto reader = dyn_cast<halide::LaunchOp>(use.getOwner());
      if (!reader || reader.getPiece() != 0 || !reader.getCount() ||
          use.get() == reader.getCount() ||
          (reader.getTied() && *reader.getTied() == use.getOperandNumber()))
        return false;
      Value wanted = reader.getCount();
      if (condition && getRootValue(condition) != getRootValue(wanted))
        return false;
      condition = wanted;
      return true;
    });
  }

  static Value getRootValue(Value condition) {
    while (auto reshape = condition.getDefiningOp<ReshapeOp>())
      condition = reshape.getInput();
    return condition;
  }
};

} // namespace
