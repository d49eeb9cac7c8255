// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How much of a model with adaptive computation ran, as outputs of the model.
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/Results.h"
#include "lowering/Passes.h"
#include "lowering/halting/ActiveDemands.h"
#include "lowering/halting/BranchDemands.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace nnc {
#define GEN_PASS_DEF_COUNTUNITS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

int64_t getSize(Type type) { return cast<RankedTensorType>(type).getNumElements(); }

/// Adds outputs to a model.
class Counter {
public:
  explicit Counter(func::FuncOp main)
      : main(main), builder(main.getBody().front().getTerminator()), branches(1) {}

  void run() {
    findBlocks();
    if (blocks.empty())
      return;
    addUnits();
    addFlops();
  }

private:
  /// Masks and conditions of a block are those of choices between states of one type.
  void findBlocks() {
    for (auto select : main.getBody().front().getOps<arith::SelectOp>()) {
      Choice choice = matchChoice(select);
      Value condition = getCondition(select);
      if (choice && active.hasLayer(choice.getNew(), choice.mask))
        blocks[select.getType()].insert(choice.mask);
      else if (condition && branches.hasLayer(select.getTrueValue(), condition))
        blocks[select.getType()].insert(condition);
    }
    // Scores and sums are chosen by some of the masks that choose states.
    blocks.remove_if([&](auto &block) {
      return llvm::any_of(blocks, [&](auto &other) {
        return other.first != block.first && getSize(block.first) < getSize(other.first) &&
               llvm::all_of(block.second, [&](Value mask) { return other.second.contains(mask); });
      });
    });
  }

  /// 1 and how many of a block's masks are true: `units`, `units_2` ..., 32-bit integers in the
  /// masks' shape.
  void addUnits() {
    for (auto &[type, masks] : blocks) {
      auto counts = getTensorType(masks.front()).clone(builder.getI32Type());
      Value units = makeConstant(DenseElementsAttr::get(counts, int32_t(1)));
      for (Value mask : masks)
        units = arith::AddIOp::create(
            builder, main.getLoc(), units,
            arith::ExtUIOp::create(builder, main.getLoc(), counts, reshape(mask, counts)));
      addResult(main, units, numUnits++ == 0 ? "units" : "units_" + std::to_string(numUnits));
    }
  }

  /// The FLOPs of layers that were needed in this run: `flops`, one number.
  void addFlops() {
    auto number = RankedTensorType::get({1}, builder.getF32Type());
    double always = 0, all = 0;
    llvm::MapVector<Value, double> counted; // by what each of their positions or runs costs
    auto layers = llvm::to_vector(main.getBody().front().getOps<MeaningOpInterface>());
    for (MeaningOpInterface layer : layers) {
      if (layer->getNumResults() != 1 || layer.getFlops() == 0)
        continue;
      Value result = layer->getResult(0), mask = active.get(result);
      Conditions conditions = branches.get(result);
      auto flops = static_cast<double>(layer.getFlops());
      all += flops;
      if (mask)
        counted[getNeeded(result)] += flops / static_cast<double>(countElements(mask));
      else if (!conditions.empty())
        counted[toFloat(conditions.front())] += flops;
      else
        always += flops;
    }
    Value total = makeNumber(number, always);
    for (auto [mask, flops] : counted)
      total = arith::AddFOp::create(
          builder, main.getLoc(), total,
          arith::MulFOp::create(builder, main.getLoc(), sum(mask), makeNumber(number, flops)));
    addResult(main, total, "flops");
    main->getParentOfType<ModuleOp>()->setAttr(kDenseFlopsAttr, builder.getF64FloatAttr(all));
  }

  /// 1 where positions of a value are asked for, else 0: where a choice is active, or where windows
  /// of the layers that read it are.
  Value getNeeded(Value value) {
    auto found = needed.find(value);
    if (found != needed.end())
      return found->second;
    Value all;
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      Choice choice = matchChoice(user);
      Value one = choice ? toFloat(choice.mask) : getNeeded(user->getResult(0));
      if (auto conv = dyn_cast<Conv2dOp>(user))
        one = dilate(one, conv);
      if (!all)
        all = one;
      else if (all != one)
        all = arith::MaximumFOp::create(builder, main.getLoc(), all, one);
    }
    return needed[value] = all;
  }

  Value dilate(Value mask, Conv2dOp conv) {
    ArrayRef<int64_t> window = cast<RankedTensorType>(conv.getFilter().getType()).getShape();
    if (window[0] == 1 && window[1] == 1)
      return mask;
    // The reversed window: a position is read where it is in one.
    SmallVector<int64_t> pads{conv.getPads()[2], conv.getPads()[3], conv.getPads()[0],
                              conv.getPads()[1]};
    return MaxPool2dOp::create(builder, main.getLoc(), mask.getType(), mask, window.take_front(2),
                               ArrayRef<int64_t>{1, 1}, pads, conv.getDilations());
  }

  Value toFloat(Value mask) {
    Value &value = floats[mask];
    if (value)
      return value;
    RankedTensorType type = getTensorType(mask).clone(builder.getF32Type());
    return value = arith::UIToFPOp::create(builder, main.getLoc(), type, mask);
  }

  Value sum(Value mask) {
    RankedTensorType type = getTensorType(mask);
    auto row = RankedTensorType::get({1, type.getNumElements()}, type.getElementType());
    return ReduceOp::create(builder, main.getLoc(), Reduction::Sum, reshape(mask, row),
                            ArrayRef<int64_t>{1});
  }

  Value reshape(Value value, RankedTensorType type) {
    return builder.createOrFold<ReshapeOp>(
        main.getLoc(), type.clone(getTensorType(value).getElementType()), value);
  }

  Value makeConstant(DenseElementsAttr value) {
    return arith::ConstantOp::create(builder, main.getLoc(), value);
  }
  Value makeNumber(RankedTensorType type, double number) {
    return makeConstant(DenseElementsAttr::get(type, static_cast<float>(number)));
  }

  func::FuncOp main;
  OpBuilder builder;
  ActiveDemands active;
  BranchDemands branches;
  llvm::MapVector<Type, llvm::SetVector<Value>> blocks;
  llvm::DenseMap<Value, Value> needed, floats;
  unsigned numUnits = 0;
};

struct CountUnits : nnc::impl::CountUnitsBase<CountUnits> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (main && main.getBody().hasOneBlock())
      Counter(main).run();
  }
};

} // namespace
