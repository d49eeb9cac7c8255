// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_FORMWINOGRAD
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Multiply-adds in the time that one weight takes to arrive from memory.
constexpr int64_t kWeightCost = 20;
/// The same for one element of a transform: its arithmetic, one store and one load.
constexpr int64_t kTransformCost = 8;
/// The least gain that is worth other rounding.
constexpr double kLeastGain = 1.2;
/// Fewer channels fill no vectors.
constexpr int64_t kFewestChannels = 16;

bool hasWinogradForm(Conv2dOp op) {
  ArrayRef<int64_t> taps = op.getFilter().getType().getShape();
  auto isOne = [](int64_t v) { return v == 1; };
  return taps[0] == 3 && taps[1] == 3 && op.getGroups() == 1 &&
         llvm::all_of(op.getStrides(), isOne) && llvm::all_of(op.getDilations(), isOne) &&
         taps[2] >= kFewestChannels && taps[3] >= kFewestChannels &&
         op.getInput().getType().getElementType().isF32() &&
         op.getFilter().getDefiningOp<arith::ConstantOp>();
}

/// Time of the convolution in multiply-adds; `tile` 0 is the direct one.
double getCost(Conv2dOp op, int64_t tile) {
  ArrayRef<int64_t> taps = op.getFilter().getType().getShape();
  ArrayRef<int64_t> shape = op.getOutput().getType().getShape();
  int64_t products = taps[2] * taps[3];
  if (tile == 0)
    return static_cast<double>(9 * products * (shape[0] * shape[1] * shape[2] + kWeightCost));
  int64_t tiles =
      shape[0] * llvm::divideCeilSigned(shape[1], tile) * llvm::divideCeilSigned(shape[2], tile);
  int64_t perPosition =
      tiles * (products + kTransformCost * (taps[2] + taps[3])) + kWeightCost * products;
  return static_cast<double>((tile + 2) * (tile + 2) * perPosition);
}

/// The tile that is fastest, or 0 where the direct convolution is.
int64_t chooseTile(Conv2dOp op) {
  int64_t best = getCost(op, 2) < getCost(op, 4) ? 2 : 4;
  return getCost(op, 0) >= kLeastGain * getCost(op, best) ? best : 0;
}

/// Rounding beyond that of the direct sum, relative to the largest output, as single layers show it
/// (Winograd.td).
double getRounding(int64_t tile) { return tile == 2 ? 1e-6 : 1e-5; }

std::string describe(int64_t tile) {
  return llvm::formatv("F({0}x{0}, 3x3), rounds differently; --exact keeps the direct sum", tile);
}

struct FormWinograd : nnc::impl::FormWinogradBase<FormWinograd> {
  void runOnOperation() override {
    getOperation()->walk([&](Conv2dOp op) {
      int64_t tile = hasWinogradForm(op) ? chooseTile(op) : 0;
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
                           getRounding(tile)});
      op.replaceAllUsesWith(result.getResult());
      op.erase();
    });
  }
};

} // namespace
