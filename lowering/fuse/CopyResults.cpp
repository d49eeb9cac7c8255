// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch writes each result of the model straight to the caller's memory. Where a result is not a launch's own, a copy makes it so.
#include "dialects/nnc/MeaningBuilder.h"
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_COPYRESULTS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

Value getRoot(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

/// A kernel that copies a tensor of this type.
halide::KernelOp buildCopyKernel(KernelBuilder &kernels, Location location, RankedTensorType type) {
  auto signature = FunctionType::get(type.getContext(), {type}, {type});
  halide::KernelOp kernel = kernels.start(location, signature, "copy");
  OpBuilder builder = OpBuilder::atBlockEnd(&kernel.getBody().front());
  MeaningBuilder b(builder, location);
  Value copy = b.generic(type.getShape(), type.getElementType(),
                         {{kernel.getBody().getArgument(0), b.loopRange(0, type.getRank())}},
                         [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
  halide::YieldOp::create(builder, location, copy);
  return kernels.finish(kernel, {"copy"});
}

struct CopyResults : nnc::impl::CopyResultsBase<CopyResults> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    KernelBuilder kernels(getOperation());
    Operation *terminator = main.getBody().front().getTerminator();
    llvm::DenseSet<Value> taken;
    for (OpOperand &operand : terminator->getOpOperands()) {
      Value root = getRoot(operand.get());
      if (root.getDefiningOp<halide::LaunchOp>() && taken.insert(root).second)
        continue;
      auto type = cast<RankedTensorType>(operand.get().getType());
      halide::KernelOp kernel = buildCopyKernel(kernels, operand.get().getLoc(), type);
      OpBuilder builder(terminator);
      auto launch = halide::LaunchOp::create(builder, operand.get().getLoc(), TypeRange{type},
                                             kernel.getSymName(), ValueRange{operand.get()}, ValueRange(),
                                             Value(), builder.getStrArrayAttr({"copy"}));
      operand.set(launch.getResult(0));
    }
  }
};

} // namespace
