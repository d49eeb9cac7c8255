// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A recurrent layer is one kernel, launched step by step.
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_FORMRECURRENCES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// The type of an element of a sequence.
RankedTensorType getElement(Value sequence) {
  auto type = cast<RankedTensorType>(sequence.getType());
  return type.clone(type.getShape().drop_front());
}

halide::KernelOp buildKernel(KernelBuilder &kernels, RecurrentOpInterface op, int64_t steps) {
  SmallVector<Type> types(op->getOperandTypes());
  types.front() = getElement(op->getOperand(0));
  auto type = FunctionType::get(op->getContext(), types, {types.back()});
  auto meaning = cast<MeaningOpInterface>(op.getOperation());
  halide::KernelOp kernel = kernels.start(op->getLoc(), type, meaning.getKernelClass());
  OpBuilder builder = OpBuilder::atBlockEnd(&kernel.getBody().front());
  Value state = op.buildStep(builder, kernel.getBody().getArguments());
  halide::YieldOp::create(builder, op->getLoc(), state);
  kernel->setAttr("nnc.flops", builder.getI64IntegerAttr(meaning.getFlops() / steps));
  return kernels.finish(kernel, getLayerNames(op->getLoc()));
}

void formRecurrence(KernelBuilder &kernels, RecurrentOpInterface op) {
  OpBuilder builder(op);
  int64_t steps = cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(0);
  SmallVector<std::string> layers = getLayerNames(op->getLoc());
  SmallVector<StringRef> names(layers.begin(), layers.end());
  auto launch = halide::LaunchOp::create(builder, op->getLoc(), op->getResultTypes(),
                                         buildKernel(kernels, op, steps).getSymName(),
                                         op->getOperands(), builder.getStrArrayAttr(names));
  launch.setSteps(steps);
  launch.setReverse(op.isBackward());
  op->replaceAllUsesWith(launch);
  op->erase();
}

struct FormRecurrences : nnc::impl::FormRecurrencesBase<FormRecurrences> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    KernelBuilder kernels(getOperation());
    for (auto op :
         llvm::make_early_inc_range(main.getBody().front().getOps<RecurrentOpInterface>()))
      formRecurrence(kernels, op);
  }
};

} // namespace
