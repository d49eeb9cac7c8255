// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chooses masks for layers and says of their results that only these positions are their own.
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/perforate/FillTable.h"
#include "lowering/perforate/MaskFile.h"
#include "lowering/perforate/PixelLists.h"
#include "lowering/perforate/Pixelwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

namespace nnc {
#define GEN_PASS_DEF_PERFORATE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// On `nnc.perforate`: the kind of mask, for who reads the IR.
constexpr StringLiteral kMaskAttr = "nnc.mask";

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// What can be perforated: convolutions of one group or depthwise ones, and pooling.
bool canPerforate(Operation *op) {
  if (auto conv = dyn_cast<Conv2dOp>(op))
    return conv.getGroups() == 1 || conv.isDepthwise();
  return isa<MaxPool2dOp, AvgPool2dOp>(op);
}

/// A convolution of windows: what is perforated where no layers are named.
bool isWindowed(Operation *op) {
  auto conv = dyn_cast<Conv2dOp>(op);
  return conv && (getShape(conv.getFilter())[0] > 1 || getShape(conv.getFilter())[1] > 1);
}

/// The pooling that reads a layer's result, maybe behind what computes each pixel from the same
/// one; a mean of a whole image reads all pixels once.
std::optional<PoolWindow> findPool(Value result) {
  for (OpOperand &use : result.getUses()) {
    Operation *user = use.getOwner();
    if (isa<ReduceOp>(user))
      return PoolWindow{1, 1, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    if (isa<MaxPool2dOp, AvgPool2dOp>(user)) {
      auto get = [&](StringRef name) {
        return SmallVector<int64_t>(user->getAttrOfType<DenseI64ArrayAttr>(name).asArrayRef());
      };
      SmallVector<int64_t> kernel = get("kernel");
      return PoolWindow{kernel[0], kernel[1], get("strides"), get("dilations"), get("pads")};
    }
    if (isPixelwise(use) || isa<TransposeOp>(user))
      if (std::optional<PoolWindow> pool = findPool(user->getResult(0)))
        return pool;
  }
  return std::nullopt;
}

struct Perforate : nnc::impl::PerforateBase<Perforate> {
  using PerforateBase::PerforateBase;

  void runOnOperation() override {
    llvm::Expected<const MaskKind *> kind = lookupMaskKind(mask);
    if (!kind) {
      getOperation().emitError(llvm::toString(kind.takeError()));
      return signalPassFailure();
    }
    bool needsShare = mask != "positions";
    if (needsShare &&
        (std::isnan(rate) == std::isnan(kept) || !(getKept() > 0 && getKept() <= 1))) {
      getOperation().emitError(
          "nnc-perforate takes either kept, the fraction of positions to compute, above 0 and at "
          "most 1, or rate, the fraction to skip, at least 0 and below 1");
      return signalPassFailure();
    }
    std::optional<MaskFile> information;
    if (!file.empty()) {
      llvm::Expected<MaskFile> read = MaskFile::read(file);
      if (!read) {
        getOperation().emitError(llvm::toString(read.takeError()));
        return signalPassFailure();
      }
      information = std::move(*read);
    }
    SmallVector<Operation *> found;
    getOperation()->walk([&](Operation *op) {
      if (canPerforate(op) && (layers.empty() ? isWindowed(op) : isNamed(op, layers)))
        found.push_back(op);
    });
    for (Operation *op : found)
      if (failed(perforate(op, **kind, information)))
        return signalPassFailure();
  }

private:
  double getKept() const { return std::isnan(rate) ? kept : 1 - rate; }

  LogicalResult perforate(Operation *op, const MaskKind &kind,
                          const std::optional<MaskFile> &information) {
    Value result = op->getResult(0);
    ArrayRef<int64_t> shape = getShape(result);
    MaskRequest request{shape[1], shape[2], getKept(), static_cast<uint64_t>(seed),
                        findPool(result)};
    if (llvm::Error error =
            information ? information->add(getLayerTitle(op), request) : llvm::Error::success())
      return op->emitError(llvm::toString(std::move(error)));
    llvm::Expected<Positions> positions = kind.choose(request);
    if (!positions)
      return op->emitError(llvm::toString(positions.takeError()));
    insertPerforation(result, makeFillTable(shape[1], shape[2], *positions), kind.name);
    return success();
  }

  static void insertPerforation(Value result, ArrayRef<int64_t> table, StringRef mask) {
    OpBuilder builder(result.getContext());
    builder.setInsertionPointAfterValue(result);
    Value fill = makeTable(builder, result.getLoc(), table, getShape(result).slice(1, 2), "fill");
    auto op = PerforateOp::create(builder, result.getLoc(), result, fill);
    op->setAttr(kMaskAttr, builder.getStringAttr(mask));
    result.replaceAllUsesExcept(op.getOutput(), op);
  }
};

} // namespace
