// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/halide/Halide.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "lowering/Passes.h" // IWYU pragma: keep

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_INLINEKERNELS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

/// Clones what the kernel computes for these arguments, without its schedule; returns its results.
SmallVector<Value> inlineKernel(OpBuilder &builder, nnc::halide::KernelOp kernel,
                                ValueRange arguments) {
  Block &body = kernel.getBody().front();
  IRMapping values;
  values.map(body.getArguments(), arguments);
  for (Operation &op : body.without_terminator())
    if (!isa<nnc::halide::HalideDialect>(op.getDialect()))
      builder.clone(op, values);
  return llvm::map_to_vector(kernel.getYielded(),
                             [&](Value value) { return values.lookupOrDefault(value); });
}

/// The sequence of states that a launch with steps gives.
Value inlineSteps(OpBuilder &builder, nnc::halide::LaunchOp launch, nnc::halide::KernelOp kernel) {
  nnc::MeaningBuilder b(builder, launch.getLoc());
  auto build = [&](nnc::MeaningBuilder &inner, Value element, Value state) {
    SmallVector<Value> arguments(launch.getInputs());
    arguments.front() = element;
    arguments.back() = state;
    return inlineKernel(inner, kernel, arguments).front();
  };
  return b.repeat(launch.getInputs().front(), launch.getInputs().back(), launch.getReverse(),
                  build);
}

/// Puts what the kernel computes in the place of the launch.
LogicalResult inlineLaunch(nnc::halide::LaunchOp launch, SymbolTable &symbols) {
  if (!launch.getOuts().empty())
    return launch.emitOpError("writes memrefs, but only launches on tensors can be inlined");
  auto kernel = symbols.lookup<nnc::halide::KernelOp>(launch.getCallee());
  OpBuilder builder(launch);
  if (launch.getSteps() != 0)
    launch.getResult(0).replaceAllUsesWith(inlineSteps(builder, launch, kernel));
  else
    launch->replaceAllUsesWith(inlineKernel(builder, kernel, launch.getInputs()));
  launch.erase();
  return success();
}

struct InlineKernels : nnc::impl::InlineKernelsBase<InlineKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    WalkResult walk = module.walk([&](nnc::halide::LaunchOp launch) {
      return failed(inlineLaunch(launch, symbols)) ? WalkResult::interrupt()
                                                   : WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    for (auto kernel : llvm::make_early_inc_range(module.getOps<nnc::halide::KernelOp>()))
      kernel.erase();
  }
};

} // namespace
