// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and constraints of the layers; the labels (C1), (C2), ... are those of the descriptions in
// Layers.td.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/Nnc.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType withShape(RankedTensorType like, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, like.getElementType());
}

/// The attributes that describe how a window moves over an image.
struct Window {
  ArrayRef<int64_t> kernel, strides, pads, dilations;

  int64_t getDilatedExtent(int axis) const { return dilations[axis] * (kernel[axis] - 1) + 1; }
  int64_t getOutputExtent(int axis, int64_t input) const {
    return (input + pads[axis] + pads[axis + 2] - getDilatedExtent(axis)) / strides[axis] + 1;
  }
};

bool allAtLeast(ArrayRef<int64_t> values, size_t count, int64_t least) {
  return values.size() == count && llvm::all_of(values, [&](int64_t v) { return v >= least; });
}

LogicalResult checkNumbers(std::optional<Location> location, const Window &window) {
  if (!allAtLeast(window.kernel, 2, 1) || !allAtLeast(window.strides, 2, 1) ||
      !allAtLeast(window.dilations, 2, 1))
    return reject(location, "(C1) kernel [", window.kernel, "], strides [", window.strides,
                  "] and dilations [", window.dilations,
                  "] must each be two numbers of at least 1");
  if (!allAtLeast(window.pads, 4, 0))
    return reject(location, "(C1) pads [", window.pads, "] must be four numbers of at least 0");
  return success();
}

LogicalResult checkFits(std::optional<Location> location, StringRef label, const Window &window,
                        ArrayRef<int64_t> image) {
  for (int axis : {0, 1}) {
    int64_t padded = image[axis + 1] + window.pads[axis] + window.pads[axis + 2];
    if (window.getDilatedExtent(axis) > padded)
      return reject(location, label, " the dilated window of ", window.getDilatedExtent(axis),
                    axis == 0 ? " rows" : " columns", " does not fit into the padded input of ",
                    padded);
  }
  return success();
}

LogicalResult checkBias(std::optional<Location> location, StringRef label, Value bias,
                        int64_t channels) {
  if (!bias)
    return success();
  int64_t given = cast<RankedTensorType>(bias.getType()).getDimSize(0);
  if (given == channels)
    return success();
  return reject(location, label, " bias has ", given, " elements, but there are ", channels,
                " output channels");
}

LogicalResult checkGroups(std::optional<Location> location, int64_t groups, int64_t inputs,
                          int64_t outputs, int64_t filterInputs) {
  if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
    return reject(location, "(C2) groups ", groups, " must divide both ", inputs,
                  " input channels and ", outputs, " output channels");
  if (filterInputs * groups != inputs)
    return reject(location, "(C2) filter has ", filterInputs, " input channels in each of ", groups,
                  " groups, but the input has ", inputs, " channels");
  return success();
}

template <typename Adaptor>
LogicalResult inferPool(std::optional<Location> location, Adaptor adaptor,
                        SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  Window window{adaptor.getKernel(), adaptor.getStrides(), adaptor.getPads(),
                adaptor.getDilations()};
  if (failed(checkNumbers(location, window)) ||
      failed(checkFits(location, "(C2)", window, input.getShape())))
    return failure();
  for (int side = 0; side < 4; ++side)
    if (window.pads[side] >= window.getDilatedExtent(side % 2))
      return reject(location, "(C3) pad ", window.pads[side], " is not smaller than the window of ",
                    window.getDilatedExtent(side % 2));
  ArrayRef<int64_t> shape = input.getShape();
  types.push_back(withShape(input, {shape[0], window.getOutputExtent(0, shape[1]),
                                    window.getOutputExtent(1, shape[2]), shape[3]}));
  return success();
}

} // namespace

LogicalResult Conv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto filter = cast<RankedTensorType>(adaptor.getFilter().getType());
  ArrayRef<int64_t> shape = input.getShape(), taps = filter.getShape();
  Window window{taps.take_front(2), adaptor.getStrides(), adaptor.getPads(),
                adaptor.getDilations()};
  if (failed(checkNumbers(location, window)) ||
      failed(checkGroups(location, adaptor.getGroups(), shape[3], taps[3], taps[2])) ||
      failed(checkBias(location, "(C3)", adaptor.getBias(), taps[3])) ||
      failed(checkFits(location, "(C4)", window, shape)))
    return failure();
  types.push_back(withShape(input, {shape[0], window.getOutputExtent(0, shape[1]),
                                    window.getOutputExtent(1, shape[2]), taps[3]}));
  return success();
}

LogicalResult ConvTranspose2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                  Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto filter = cast<RankedTensorType>(adaptor.getFilter().getType());
  ArrayRef<int64_t> shape = input.getShape(), taps = filter.getShape();
  ArrayRef<int64_t> extra = adaptor.getOutputPadding();
  Window window{taps.take_front(2), adaptor.getStrides(), adaptor.getPads(),
                adaptor.getDilations()};
  if (failed(checkNumbers(location, window)))
    return failure();
  if (!allAtLeast(extra, 2, 0))
    return reject(location, "(C1) output_padding [", extra, "] must be two numbers of at least 0");
  int64_t groups = adaptor.getGroups();
  if (groups < 1 || shape[3] % groups != 0 || taps[2] != shape[3])
    return reject(location, "(C2) groups ", groups, " must divide ", shape[3],
                  " input channels, of which the filter has ", taps[2]);
  int64_t channels = taps[3] * groups;
  if (failed(checkBias(location, "(C3)", adaptor.getBias(), channels)))
    return failure();
  SmallVector<int64_t> output{shape[0], 0, 0, channels};
  for (int axis : {0, 1}) {
    output[axis + 1] = (shape[axis + 1] - 1) * window.strides[axis] +
                       window.getDilatedExtent(axis) + extra[axis] - window.pads[axis] -
                       window.pads[axis + 2];
    if (output[axis + 1] < 1)
      return reject(location, "(C4) output would have ", output[axis + 1],
                    axis == 0 ? " rows" : " columns");
  }
  types.push_back(withShape(input, output));
  return success();
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto weight = cast<RankedTensorType>(adaptor.getWeight().getType());
  if (input.getDimSize(1) != weight.getDimSize(0))
    return reject(location, "(C1) input has ", input.getDimSize(1),
                  " features, but the weight takes ", weight.getDimSize(0));
  if (failed(checkBias(location, "(C2)", adaptor.getBias(), weight.getDimSize(1))))
    return failure();
  types.push_back(withShape(input, {input.getDimSize(0), weight.getDimSize(1)}));
  return success();
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto lhs = cast<RankedTensorType>(adaptor.getLhs().getType());
  auto rhs = cast<RankedTensorType>(adaptor.getRhs().getType());
  if (lhs.getDimSize(0) != rhs.getDimSize(0))
    return reject(location, "(C1) batch dimensions are ", lhs.getDimSize(0), " and ",
                  rhs.getDimSize(0));
  if (lhs.getDimSize(2) != rhs.getDimSize(1))
    return reject(location, "(C2) lhs has ", lhs.getDimSize(2), " columns, but rhs has ",
                  rhs.getDimSize(1), " rows");
  types.push_back(withShape(lhs, {lhs.getDimSize(0), lhs.getDimSize(1), rhs.getDimSize(2)}));
  return success();
}

LogicalResult MaxPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferPool(location, adaptor, types);
}

LogicalResult AvgPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferPool(location, adaptor, types);
}

LogicalResult BatchNormOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  if (input.getRank() == 0)
    return emitOpError("(C1) input has no channels: its rank is 0");
  int64_t channels = input.getShape().back();
  for (Value parameter : {getScale(), getShift(), getMean(), getVariance()}) {
    int64_t given = cast<RankedTensorType>(parameter.getType()).getDimSize(0);
    if (given != channels)
      return emitOpError("(C1) a parameter has ")
             << given << " elements, but the input has " << channels << " channels";
  }
  if (getEpsilon().isNegative())
    return emitOpError("(C2) epsilon is negative");
  return success();
}

LogicalResult LrnOp::verify() {
  if (getSize() < 1)
    return emitOpError("(C1) size is ") << getSize() << ", but must be at least 1";
  return success();
}

LogicalResult SoftmaxOp::verify() {
  int64_t rank = cast<RankedTensorType>(getInput().getType()).getRank();
  if (static_cast<int64_t>(getAxis()) < 0 || static_cast<int64_t>(getAxis()) >= rank)
    return emitOpError("(C1) axis is ") << getAxis() << ", but the rank is " << rank;
  return success();
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> axes = adaptor.getAxes();
  bool inRange = llvm::all_of(axes, [&](int64_t a) { return a >= 0 && a < input.getRank(); });
  bool increasing =
      std::adjacent_find(axes.begin(), axes.end(), std::greater_equal<>()) == axes.end();
  if (axes.empty() || !inRange || !increasing)
    return reject(location, "(C1) axes [", axes,
                  "] must be strictly increasing and below the rank ", input.getRank());
  if (adaptor.getKind() == Reduction::Mean && !isa<FloatType>(input.getElementType()))
    return reject(location, "(C2) the mean of ", input.getElementType(), " is not defined here");
  SmallVector<int64_t> shape;
  for (auto [axis, extent] : llvm::enumerate(input.getShape()))
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      shape.push_back(extent);
  types.push_back(withShape(input, shape));
  return success();
}
