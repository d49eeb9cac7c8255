// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From choices by one number to branches (adaptive computation per sample): what is only asked for
// where a condition holds is not run where it does not.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"
#include "lowering/halting/BranchDemands.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace nnc {
#define GEN_PASS_DEF_FORMBRANCHES
#define GEN_PASS_DEF_GUARDLAUNCHES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

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

/// A condition and something else is a choice of the latter, where the former holds: what leads to
/// it is asked for there.
void chooseConjunctions(Block &block) {
  llvm::DenseSet<Value> conditions;
  for (auto select : block.getOps<arith::SelectOp>())
    if (Value condition = getCondition(select))
      conditions.insert(condition);
  for (auto both : llvm::make_early_inc_range(block.getOps<arith::AndIOp>())) {
    Value first = both.getLhs(), second = both.getRhs();
    if (conditions.contains(lookThroughShapes(second)))
      std::swap(first, second);
    auto type = dyn_cast<RankedTensorType>(both.getType());
    if (!type || !type.getElementType().isInteger(1) || type.getNumElements() != 1 ||
        !conditions.contains(lookThroughShapes(first)) ||
        conditions.contains(lookThroughShapes(second)))
      continue;
    OpBuilder builder(both);
    Value no = arith::ConstantOp::create(builder, both.getLoc(), builder.getZeroAttr(type));
    Value choice = arith::SelectOp::create(builder, both.getLoc(), first, second, no);
    both.replaceAllUsesWith(choice);
    if (conditions.contains(both.getResult()))
      conditions.insert(choice);
    both.erase();
  }
}

/// Where a condition does not hold.
Value buildOpposite(Value condition) {
  OpBuilder builder(condition.getContext());
  builder.setInsertionPointAfterValue(condition);
  Value yes = arith::ConstantOp::create(builder, condition.getLoc(),
                                        DenseElementsAttr::get(getTensorType(condition), true));
  return arith::XOrIOp::create(builder, condition.getLoc(), condition, yes);
}

/// The second value of a choice where `opposite` holds, else zeros, which nobody reads.
Value buildSecond(arith::SelectOp select, Value opposite) {
  OpBuilder builder(select);
  RankedTensorType type = getTensorType(select);
  auto flags = type.clone(builder.getI1Type());
  SmallVector<int64_t> ones(type.getRank(), 1);
  Value spread = builder.createOrFold<ReshapeOp>(select.getLoc(), flags.clone(ones), opposite);
  spread = builder.createOrFold<BroadcastOp>(select.getLoc(), flags, spread);
  auto zeros = arith::ConstantOp::create(builder, select.getLoc(), builder.getZeroAttr(type));
  return arith::SelectOp::create(builder, select.getLoc(), spread, select.getFalseValue(), zeros);
}

/// A choice whose second value needs layers that nothing else reads becomes two: that value where
/// the condition does not hold, then the first where it does.
void splitChoices(Block &block) {
  BranchDemands demands(2);
  SmallVector<std::pair<arith::SelectOp, Value>> choices;
  for (auto select : block.getOps<arith::SelectOp>())
    if (Value condition = getCondition(select);
        condition && demands.hasLayer(select.getFalseValue(), condition))
      choices.push_back({select, condition});
  llvm::DenseMap<Value, Value> opposites;
  for (auto [select, condition] : choices) {
    Value &opposite = opposites[condition];
    if (!opposite)
      opposite = buildOpposite(condition);
    select.getFalseValueMutable().assign(buildSecond(select, opposite));
  }
}

struct FormBranches : nnc::impl::FormBranchesBase<FormBranches> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    Block &block = main.getBody().front();
    chooseConjunctions(block);
    splitChoices(block);
    BranchDemands demands(1);
    llvm::DenseSet<Value> worthwhile;
    SmallVector<std::pair<arith::SelectOp, Value>> choices;
    for (auto select : block.getOps<arith::SelectOp>())
      if (Value condition = getCondition(select)) {
        choices.push_back({select, condition});
        if (demands.hasLayer(select.getTrueValue(), condition))
          worthwhile.insert(condition);
      }
    llvm::erase_if(choices, [&](auto &choice) {
      auto [select, condition] = choice;
      return !worthwhile.contains(condition) || !demands.isWithin(select.getTrueValue(), condition);
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
    Conditions common;
    bool isFirst = true;
    for (Value result : launch.getResults())
      collect(result, common, isFirst);
    llvm::erase_if(common, [&](Value root) { return !isKnownBefore(root, launch); });
    if (common.empty() || launch.getCount() || launch.getSteps() != 0)
      return;
    OpBuilder builder(launch);
    auto number = RankedTensorType::get({1}, getTensorType(common.front()).getElementType());
    launch.getCountMutable().assign(
        builder.createOrFold<ReshapeOp>(launch.getLoc(), number, common.front()));
  }

  static bool isKnownBefore(Value root, halide::LaunchOp launch) {
    return isa<BlockArgument>(root) || root.getDefiningOp()->isBeforeInBlock(launch);
  }

  /// Leaves the conditions that hold for all readers of `value`, too.
  static void collect(Value value, Conditions &common, bool &isFirst) {
    for (OpOperand &use : value.getUses()) {
      // A view of it, or a part of a concatenation.
      if (isa<ReshapeOp, tensor::ConcatOp, tensor::ExtractSliceOp>(use.getOwner())) {
        collect(use.getOwner()->getResult(0), common, isFirst);
        continue;
      }
      Conditions ofUse = getOfUse(use);
      if (isFirst)
        common = std::move(ofUse);
      else
        intersect(common, ofUse);
      isFirst = false;
    }
  }

  static Conditions getOfUse(OpOperand &use) {
    auto reader = dyn_cast<halide::LaunchOp>(use.getOwner());
    bool isTied = reader && reader.getTied() && *reader.getTied() == use.getOperandNumber();
    if (!reader || reader.getPiece() != 0 || !reader.getCount() || use.get() == reader.getCount() ||
        isTied)
      return {};
    Conditions implied{lookThroughShapes(reader.getCount())};
    while (auto update = implied.back().getDefiningOp<halide::LaunchOp>()) {
      bool isFalseElse = update.getCount() && update.getTied() && update.getPiece() == 0 &&
                         getSplatNumber(update.getInputs()[*update.getTied()]) == 0.0;
      if (!isFalseElse)
        break;
      implied.push_back(lookThroughShapes(update.getCount()));
    }
    return implied;
  }
};

} // namespace
