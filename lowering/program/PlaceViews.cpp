// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Copies what no view can give: parts of concatenations that cannot be written in place, reshapes
// of slices.
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

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
  }

  static void copyOperand(KernelBuilder &kernels, OpOperand &operand) {
    OpBuilder builder(operand.getOwner());
    operand.set(kernels.copy(builder, operand.get()));
  }
};

} // namespace
