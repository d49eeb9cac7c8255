// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A transposed convolution of stride s adds input i times tap t to output s * i + t. With t = s * j
// + p, output s * q + p, phase p of position q, is the sum over j of input q - j times tap s * j +
// p: a convolution with ceil(taps / s) taps and s times the channels, whose phases are interleaved.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/CreateChecked.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/simplify/Known.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace nnc {
#define GEN_PASS_DEF_SPLITTRANSPOSED
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// One axis of the convolution: `taps` taps for each of `stride` phases, computed for `positions`
/// positions; the output begins `crop` elements behind the first one's first phase.
struct Axis {
  int64_t stride, taps, low, high, positions, crop;
};

/// Nothing where the output leaves out whole positions of the input.
std::optional<Axis> getAxis(ConvTranspose2dOp op, int64_t axis) {
  int64_t input = op.getInput().getType().getDimSize(axis + 1);
  int64_t output = op.getOutput().getType().getDimSize(axis + 1);
  int64_t stride = op.getStrides()[axis], pad = op.getPads()[axis];
  int64_t taps = llvm::divideCeilSigned(op.getFilter().getType().getDimSize(axis), stride);
  int64_t first = pad / stride, end = llvm::divideCeilSigned(pad + output, stride);
  Axis result{stride, taps, taps - 1 - first, end - input, end - first, pad - first * stride};
  if (result.low < 0 || result.high < 0 || op.getDilations()[axis] != 1)
    return std::nullopt;
  return result;
}

/// Builds what replaces one transposed convolution.
class Splitter {
public:
  Splitter(ConvTranspose2dOp op, const Axis &rows, const Axis &columns)
      : op(op), builder(op), at(op.getLoc()), rows(rows), columns(columns),
        outputs(op.getOutput().getType().getDimSize(3)) {}

  void run() {
    Value result = convolve();
    Operation *last = op;
    while (Operation *user = getJoining(last)) {
      result = repeat(user, last->getResult(0), result);
      last = user;
    }
    builder.setInsertionPoint(last);
    last->getResult(0).replaceAllUsesWith(crop(interleave(result)));
    while (last != op) {
      Operation *before = getChainOperand(last);
      last->erase();
      last = before;
    }
    op.erase();
  }

private:
  RankedTensorType getType(ArrayRef<int64_t> shape, Value like) {
    return RankedTensorType::get(shape, cast<RankedTensorType>(like.getType()).getElementType());
  }
  Value reshape(Value value, ArrayRef<int64_t> shape) {
    return builder.createOrFold<ReshapeOp>(at, getType(shape, value), value);
  }
  int64_t getChannels() const { return rows.stride * columns.stride * outputs; }

  /// The dimension backwards.
  Value reverse(Value value, int64_t axis) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(type.getDimSize(axis)));
    std::reverse(order.begin(), order.end());
    Value indices = arith::ConstantOp::create(builder, at, builder.getI64TensorAttr(order));
    return GatherOp::create(builder, at, type, value, indices, static_cast<uint64_t>(axis));
  }

  /// Taps by phase: [taps y, taps x, c, phase y, phase x, k], the last three as one.
  Value splitFilter() {
    Value filter = op.getFilter();
    ArrayRef<int64_t> shape = op.getFilter().getType().getShape();
    int64_t channels = shape[2];
    SmallVector<int64_t> whole{rows.taps * rows.stride, columns.taps * columns.stride, channels,
                               outputs};
    SmallVector<OpFoldResult> low(4, builder.getIndexAttr(0)), high;
    for (int64_t axis = 0; axis < 4; ++axis)
      high.push_back(builder.getIndexAttr(whole[axis] - shape[axis]));
    if (whole != shape) {
      Type element = op.getFilter().getType().getElementType();
      Value zero = arith::ConstantOp::create(builder, at, builder.getZeroAttr(element));
      filter = tensor::PadOp::create(builder, at, getType(whole, filter), filter, low, high, zero);
    }
    filter =
        reshape(filter, {rows.taps, rows.stride, columns.taps, columns.stride, channels, outputs});
    filter = reverse(reverse(filter, 0), 2);
    SmallVector<int64_t> shuffled{rows.taps,   columns.taps,   channels,
                                  rows.stride, columns.stride, outputs};
    filter = TransposeOp::create(builder, at, getType(shuffled, filter), filter,
                                 ArrayRef<int64_t>{0, 2, 4, 1, 3, 5});
    return reshape(filter, {rows.taps, columns.taps, channels, getChannels()});
  }

  Value convolve() {
    Value bias = op.getBias();
    if (bias)
      bias = reshape(BroadcastOp::create(
                         builder, at, getType({rows.stride * columns.stride, outputs}, bias), bias),
                     {getChannels()});
    SmallVector<int64_t> shape(op.getOutput().getType().getShape());
    auto type =
        getType({shape[0], rows.positions, columns.positions, getChannels()}, op.getOutput());
    return Conv2dOp::create(builder, at, type, op.getInput(), splitFilter(), bias,
                            ArrayRef<int64_t>{1, 1},
                            ArrayRef<int64_t>{rows.low, columns.low, rows.high, columns.high},
                            ArrayRef<int64_t>{1, 1}, /*groups=*/1);
  }

  static Operation *getChainOperand(Operation *user) {
    for (Value operand : user->getOperands())
      if (!getSplatNumber(operand))
        return operand.getDefiningOp();
    return nullptr;
  }

  /// The element-wise operation that alone reads `before`, together with numbers, or null.
  static Operation *getJoining(Operation *before) {
    if (!before->hasOneUse())
      return nullptr;
    Operation *user = *before->user_begin();
    bool joins = OpTrait::hasElementwiseMappableTraits(user) && user->getNumResults() == 1 &&
                 llvm::all_of(user->getOperands(), [&](Value operand) {
                   return operand == before->getResult(0) || getSplatNumber(operand).has_value();
                 });
    return joins ? user : nullptr;
  }

  /// `user` on `value` instead of `before`.
  Value repeat(Operation *user, Value before, Value value) {
    auto shape = cast<RankedTensorType>(value.getType());
    SmallVector<Value> operands;
    for (Value operand : user->getOperands()) {
      if (operand == before) {
        operands.push_back(value);
        continue;
      }
      auto number = cast<SplatElementsAttr>(getConstant(operand));
      auto type = getType(shape.getShape(), operand);
      operands.push_back(arith::ConstantOp::create(builder, at, number.resizeSplat(type)));
    }
    OperationState state(user->getLoc(), user->getName(), operands,
                         {getType(shape.getShape(), user->getResult(0))}, user->getAttrs());
    state.propertiesAttr = user->getPropertiesAsAttribute();
    return builder.create(state)->getResult(0);
  }

  /// Phases between positions: [n, y, x, phase y, phase x, k] as [n, y, phase y, x, phase x, k].
  Value interleave(Value value) {
    int64_t images = cast<RankedTensorType>(value.getType()).getDimSize(0);
    if (rows.stride * columns.stride == 1)
      return value;
    value = reshape(
        value, {images, rows.positions, columns.positions, rows.stride, columns.stride, outputs});
    SmallVector<int64_t> shuffled{images,         rows.positions, rows.stride, columns.positions,
                                  columns.stride, outputs};
    value = builder.createOrFold<TransposeOp>(at, getType(shuffled, value), value,
                                              ArrayRef<int64_t>{0, 1, 3, 2, 4, 5});
    return reshape(
        value, {images, rows.positions * rows.stride, columns.positions * columns.stride, outputs});
  }

  Value crop(Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    ArrayRef<int64_t> shape = op.getOutput().getType().getShape();
    if (type.getShape() == shape)
      return value;
    SmallVector<OpFoldResult> offsets(4, builder.getIndexAttr(0)), sizes,
        strides(4, builder.getIndexAttr(1));
    offsets[1] = builder.getIndexAttr(rows.crop);
    offsets[2] = builder.getIndexAttr(columns.crop);
    for (int64_t extent : shape)
      sizes.push_back(builder.getIndexAttr(extent));
    return tensor::ExtractSliceOp::create(builder, at, value, offsets, sizes, strides);
  }

  ConvTranspose2dOp op;
  OpBuilder builder;
  Location at;
  Axis rows, columns;
  int64_t outputs;
};

struct SplitTransposed : nnc::impl::SplitTransposedBase<SplitTransposed> {
  void runOnOperation() override {
    SmallVector<ConvTranspose2dOp> found;
    getOperation()->walk([&](ConvTranspose2dOp op) {
      if (op.getGroups() == 1 && isKnown(op.getFilter()) &&
          (!op.getBias() || isKnown(op.getBias())))
        found.push_back(op);
    });
    for (ConvTranspose2dOp op : found) {
      std::optional<Axis> rows = getAxis(op, 0), columns = getAxis(op, 1);
      if (rows && columns)
        Splitter(op, *rows, *columns).run();
    }
  }
};

} // namespace
