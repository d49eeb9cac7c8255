// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions to very few channels, as halting scores are: a vector of one channel's weights is
// used for one product alone, and every pixel is read by each of its windows.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace nnc {
#define GEN_PASS_DEF_SPLITNARROW
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// The products that every pixel has with all weights that meet it: a vector of AVX-512.
constexpr int64_t kPlanes = 16;
/// Below, the second layer takes as long as the first one saves.
constexpr int64_t kFewestChannels = 64;

bool isNarrow(Conv2dOp conv) {
  ArrayRef<int64_t> filter = conv.getFilter().getType().getShape();
  int64_t taps = filter[0] * filter[1];
  return conv.getGroups() == 1 && taps > 1 && taps * filter[3] <= kPlanes &&
         filter[2] >= kFewestChannels &&
         llvm::all_of(conv.getStrides(), [](int64_t stride) { return stride == 1; });
}

Value makeFilter(OpBuilder &builder, Location at, ArrayRef<int64_t> shape,
                 ArrayRef<float> elements) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(elements.data()),
                       elements.size() * sizeof(float));
  return arith::ConstantOp::create(builder, at, makeConstant(type, bytes, "planes"));
}

/// Plane t * K + k has the products with the weights of tap t and output k.
Value makeProducts(OpBuilder &builder, Conv2dOp conv, ArrayRef<float> weights) {
  ArrayRef<int64_t> filter = conv.getFilter().getType().getShape();
  int64_t channels = filter[2], outputs = filter[3];
  SmallVector<float, 0> moved(static_cast<size_t>(channels * kPlanes));
  for (int64_t tap = 0; tap < filter[0] * filter[1]; ++tap)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t k = 0; k < outputs; ++k)
        moved[c * kPlanes + tap * outputs + k] = weights[(tap * channels + c) * outputs + k];
  Value planes = makeFilter(builder, conv.getLoc(), {1, 1, channels, kPlanes}, moved);
  SmallVector<int64_t> shape(conv.getInput().getType().getShape());
  shape.back() = kPlanes;
  return Conv2dOp::create(builder, conv.getLoc(), conv.getInput().getType().clone(shape),
                          conv.getInput(), planes, Value(), ArrayRef<int64_t>{1, 1},
                          ArrayRef<int64_t>{0, 0, 0, 0}, ArrayRef<int64_t>{1, 1}, 1);
}

/// Adds up what windows need of the planes.
Value makeSums(OpBuilder &builder, Conv2dOp conv, Value products) {
  SmallVector<int64_t> shape(conv.getFilter().getType().getShape());
  int64_t outputs = shape[3], taps = shape[0] * shape[1];
  shape[2] = kPlanes;
  SmallVector<float, 0> ones(static_cast<size_t>(taps * kPlanes * outputs));
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t k = 0; k < outputs; ++k)
      ones[(tap * kPlanes + tap * outputs + k) * outputs + k] = 1;
  return Conv2dOp::create(builder, conv.getLoc(), conv.getType(), products,
                          makeFilter(builder, conv.getLoc(), shape, ones), conv.getBias(),
                          conv.getStrides(), conv.getPads(), conv.getDilations(), 1);
}

struct SplitNarrow : nnc::impl::SplitNarrowBase<SplitNarrow> {
  void runOnOperation() override {
    getOperation().walk([](Conv2dOp conv) {
      if (!isNarrow(conv))
        return;
      auto weights = getFloats(conv.getFilter());
      if (!weights)
        return;
      OpBuilder builder(conv);
      conv.replaceAllUsesWith(makeSums(builder, conv, makeProducts(builder, conv, *weights)));
      conv.erase();
    });
  }
};

} // namespace
