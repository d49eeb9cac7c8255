// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/approximate/DenseConvolution.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_FORMWINOGRAD
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// The tile that is fastest, or 0 where the direct convolution is.
int64_t chooseTile(Conv2dOp op) {
  if (op.getGroups() != 1 || !op.getFilter().getDefiningOp<arith::ConstantOp>())
    return 0;
  ArrayRef<int64_t> taps = op.getFilter().getType().getShape();
  ArrayRef<int64_t> shape = op.getOutput().getType().getShape();
  auto isOne = [](int64_t v) { return v == 1; };
  bool isPlain = llvm::all_of(op.getStrides(), isOne) && llvm::all_of(op.getDilations(), isOne) &&
                 op.getInput().getType().getElementType().isF32();
  return chooseWinogradTile(
      {taps[0], taps[1], taps[2], taps[3], shape[0], shape[1], shape[2], isPlain});
}

std::string describe(int64_t tile) {
  return llvm::formatv("F({0}x{0}, 3x3), rounds differently; --exact keeps the direct sum", tile);
}

struct FormWinograd : nnc::impl::FormWinogradBase<FormWinograd> {
  void runOnOperation() override {
    getOperation()->walk([&](Conv2dOp op) {
      int64_t tile = chooseTile(op);
      if (tile == 0)
        return;
      OpBuilder builder(op);
      RankedTensorType type = op.getFilter().getType();
      ArrayRef<int64_t> taps = type.getShape();
      Value filter = WinogradFilterOp::create(builder, op.getLoc(),
                                              type.clone({tile + 2, tile + 2, taps[2], taps[3]}),
                                              op.getFilter(), static_cast<uint64_t>(tile));
      auto result =
          WinogradConv2dOp::create(builder, op.getLoc(), op.getType(), op.getInput(), filter,
                                   op.getBias(), static_cast<uint64_t>(tile), op.getPads());
      recordApproximation(getOperation(),
                          {getLayerTitle(op), "Winograd", describe(tile),
                           cast<RankedTensorType>(filter.getType()).getNumElements(),
                           type.getNumElements(), result.getFlops(), op.getFlops(),
                           getWinogradRounding(tile)});
      op.replaceAllUsesWith(result.getResult());
      op.erase();
    });
  }
};

} // namespace
