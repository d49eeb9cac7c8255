// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Copies the parts of concatenations that cannot be written in place.
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_PLACECONCATS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

struct PlaceConcats : nnc::impl::PlaceConcatsBase<PlaceConcats> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    Placement placement(main.getBody().front());
    KernelBuilder kernels(getOperation());
    for (auto concat : main.getBody().front().getOps<tensor::ConcatOp>())
      for (OpOperand &operand : concat->getOpOperands())
        if (!placement.isInPlace(operand)) {
          OpBuilder builder(concat);
          operand.set(kernels.copy(builder, operand.get()));
        }
  }
};

} // namespace
