// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch writes each result of the model straight to the caller's memory. Where a result is not a
// launch's own, a copy makes it so.
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_COPYRESULTS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

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
      if (isa_and_nonnull<halide::LaunchOp, tensor::ConcatOp>(root.getDefiningOp()) &&
          taken.insert(root).second)
        continue;
      OpBuilder builder(terminator);
      operand.set(kernels.copy(builder, operand.get()));
    }
  }
};

} // namespace
