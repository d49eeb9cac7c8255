// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/compact/Contraction.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static bool isPaddedConvolution(Conv2dOp conv) {
  return llvm::any_of(conv.getPads(), [](int64_t pad) { return pad != 0; });
}

std::optional<Contraction> Contraction::match(Operation *op) {
  auto linear = dyn_cast<LinearOp>(op);
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!linear && !conv)
    return std::nullopt;
  Value input = linear ? linear.getInput() : conv.getInput();
  Value weight = linear ? linear.getWeight() : conv.getFilter();
  Value bias = linear ? linear.getBias() : conv.getBias();
  std::optional<Weights> weights = Weights::read(weight);
  std::optional<Weights> biases = bias ? Weights::read(bias) : std::nullopt;
  if (!weights || (bias && !biases))
    return std::nullopt;
  ArrayRef<int64_t> shape = getTensorType(weight).getShape();
  return Contraction{op,
                     input,
                     weight,
                     bias,
                     std::move(*weights),
                     std::move(biases),
                     linear ? 1 : shape[0] * shape[1],
                     shape[shape.size() - 2],
                     shape.back(),
                     conv && isPaddedConvolution(conv)};
}

Value makeFloats(OpBuilder &builder, Location at, ArrayRef<int64_t> shape, ArrayRef<float> floats) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(floats.data()),
                       floats.size() * sizeof(float));
  return arith::ConstantOp::create(builder, at,
                                   cast<TypedAttr>(makeConstant(type, bytes, "compacted")));
}

SmallVector<double, 0> sumAll(const Contraction &layer, const KnownInputs &known,
                              const llvm::BitVector &channels) {
  SmallVector<double, 0> sums(layer.outputs, 0);
  for (int64_t tap = 0; tap < layer.taps; ++tap)
    for (auto [total, part] : llvm::zip_equal(sums, known.sum(layer, channels, tap)))
      total += part;
  for (auto [output, total] : llvm::enumerate(sums))
    total += layer.getBias(output);
  return sums;
}

/// The input position that an output position reads at a tap, and whether it is inside.
static bool isInside(int64_t output, int64_t tap, int64_t stride, int64_t dilation, int64_t pad,
                     int64_t extent) {
  int64_t position = output * stride + tap * dilation - pad;
  return position >= 0 && position < extent;
}

Value makeBorderMap(OpBuilder &builder, const Contraction &layer, const KnownInputs &known,
                    const llvm::BitVector &channels, const llvm::BitVector &outputs) {
  auto conv = cast<Conv2dOp>(layer.op);
  ArrayRef<int64_t> image = getTensorType(conv.getInput()).getShape(),
                    result = getTensorType(conv.getOutput()).getShape(),
                    taps = getTensorType(conv.getFilter()).getShape();
  SmallVector<SmallVector<double, 0>> sums;
  for (int64_t tap = 0; tap < layer.taps; ++tap)
    sums.push_back(known.sum(layer, channels, tap));
  auto reads = [&](int64_t position, int64_t tap, int axis) {
    return isInside(position, tap, conv.getStrides()[axis], conv.getDilations()[axis],
                    conv.getPads()[axis], image[axis + 1]);
  };
  std::vector<float> map;
  for (int64_t y = 0; y < result[1]; ++y)
    for (int64_t x = 0; x < result[2]; ++x)
      for (unsigned output : outputs.set_bits()) {
        double total = layer.getBias(output);
        for (int64_t tap = 0; tap < layer.taps; ++tap)
          if (reads(y, tap / taps[1], 0) && reads(x, tap % taps[1], 1))
            total += sums[tap][output];
        map.push_back(static_cast<float>(total));
      }
  return makeFloats(builder, conv.getLoc(),
                    {1, result[1], result[2], static_cast<int64_t>(outputs.count())}, map);
}

} // namespace nnc
