// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/Taps.h"

#include "dialects/nnc/Nnc.h"

using namespace mlir;

namespace nnc {

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Windows getWindows(Operation *op) {
  ArrayRef<int64_t> image = getShape(op->getOperand(0)), output = getShape(op->getResult(0));
  auto fill = [&](auto layer, ArrayRef<int64_t> taps) {
    return Windows{image[1],
                   image[2],
                   output[1],
                   output[2],
                   taps[0],
                   taps[1],
                   SmallVector<int64_t>(layer.getStrides()),
                   SmallVector<int64_t>(layer.getDilations()),
                   SmallVector<int64_t>(layer.getPads())};
  };
  if (auto conv = dyn_cast<Conv2dOp>(op))
    return fill(conv, getShape(conv.getFilter()));
  if (auto pool = dyn_cast<MaxPool2dOp>(op))
    return fill(pool, pool.getKernel());
  auto pool = cast<AvgPool2dOp>(op);
  return fill(pool, pool.getKernel());
}

SmallVector<int64_t, 0> listTaps(const Windows &windows, ArrayRef<int64_t> outputs) {
  SmallVector<int64_t, 0> taps;
  for (int64_t output : outputs)
    for (int64_t tap = 0; tap < windows.countTaps(); ++tap) {
      int64_t y = output / windows.outputColumns * windows.strides[0] - windows.pads[0] +
                  tap / windows.tapColumns * windows.dilations[0];
      int64_t x = output % windows.outputColumns * windows.strides[1] - windows.pads[1] +
                  tap % windows.tapColumns * windows.dilations[1];
      bool isInside = y >= 0 && y < windows.height && x >= 0 && x < windows.width;
      taps.push_back(isInside ? y * windows.width + x : -1);
    }
  return taps;
}

} // namespace nnc
