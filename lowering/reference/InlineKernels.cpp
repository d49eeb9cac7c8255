// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/halide/Halide.h"
#include "lowering/Passes.h" // IWYU pragma: keep

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_INLINEKERNELS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

/// Clones what the kernel computes to before the launch, without its schedule.
LogicalResult inlineLaunch(nnc::halide::LaunchOp launch, SymbolTable &symbols) {
  if (!launch.getOuts().empty())
    return launch.emitOpError("writes memrefs, but only launches on tensors can be inlined");
  auto kernel = symbols.lookup<nnc::halide::KernelOp>(launch.getCallee());
  Block &body = kernel.getBody().front();
  IRMapping values;
  values.map(body.getArguments(), launch.getInputs());
  OpBuilder builder(launch);
  for (Operation &op : body.without_terminator())
    if (!isa<nnc::halide::HalideDialect>(op.getDialect()))
      builder.clone(op, values);
  for (auto [result, yielded] : llvm::zip_equal(launch.getResults(), kernel.getYielded()))
    result.replaceAllUsesWith(values.lookupOrDefault(yielded));
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
