// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Copies what no view can give: parts of concatenations that cannot be written in place, reshapes
// of slices, sequences with gaps.
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace nnc {
#define GEN_PASS_DEF_PLACEVIEWS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

struct PlaceViews : nnc::impl::PlaceViewsBase<PlaceViews> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    KernelBuilder kernels(getOperation());
    Block &block = main.getBody().front();
    for (auto reshape : block.getOps<ReshapeOp>())
      if (!Placement(block).viewReshape(reshape))
        copyOperand(kernels, reshape->getOpOperand(0));
    Placement placement(block);
    for (auto concat : block.getOps<tensor::ConcatOp>())
      for (OpOperand &operand : concat->getOpOperands())
        if (!placement.isInPlace(operand))
          copyOperand(kernels, operand);
    for (auto launch : llvm::make_early_inc_range(block.getOps<halide::LaunchOp>()))
      if (launch.getTied() && !mayChange(launch))
        copyOperand(kernels, launch.getInputsMutable()[*launch.getTied()]);
    for (auto launch : block.getOps<halide::LaunchOp>())
      if (launch.getSteps() != 0)
        for (OpOperand &operand : launch.getInputsMutable())
          if (!isDense(placement, operand.get()))
            copyOperand(kernels, operand);
  }

  /// Whether nobody reads what the launch changes in place after it: launches' own memory.
  static bool mayChange(halide::LaunchOp launch) {
    return mayChange(launch.getInputs()[*launch.getTied()], launch, /*concat=*/{});
  }

  /// `concat` is what the value is read by as well, already seen.
  static bool mayChange(Value owner, halide::LaunchOp launch, tensor::ConcatOp concat) {
    while (Operation *op = owner.getDefiningOp()) {
      if (!isa<ReshapeOp, tensor::ExtractSliceOp>(op))
        break;
      owner = op->getOperand(0);
    }
    if (isReadAfter(owner, launch, concat))
      return false;
    // The parts lie in it: what they were is gone as well.
    if (auto parts = owner.getDefiningOp<tensor::ConcatOp>(); parts && !concat)
      return llvm::all_of(parts.getInputs(),
                          [&](Value part) { return mayChange(part, launch, parts); });
    return owner.getDefiningOp<halide::LaunchOp>();
  }

  static bool isReadAfter(Value value, halide::LaunchOp launch, tensor::ConcatOp concat) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (isa<ReshapeOp, tensor::ExtractSliceOp>(user))
        return isReadAfter(user->getResult(0), launch, concat);
      return user != concat && (isa<tensor::ConcatOp>(user) || launch->isBeforeInBlock(user));
    });
  }

  /// A repeated launch goes through its sequence and its states by their sizes.
  static bool isDense(const Placement &placement, Value value) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
    return placement.lookUp(value).strides == computeStrides(shape);
  }

  static void copyOperand(KernelBuilder &kernels, OpOperand &operand) {
    OpBuilder builder(operand.getOwner());
    operand.set(kernels.copy(builder, operand.get()));
  }
};

} // namespace
