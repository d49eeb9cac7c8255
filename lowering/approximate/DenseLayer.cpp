// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/DenseLayer.h"

#include "dialects/nnc/LastDimension.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/approximate/WeightConstants.h"

#include <numeric>

using namespace mlir;
using namespace nnc;

namespace {

int64_t multiply(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

/// Writes one layer as the operation whose weight is a train.
class Writer {
public:
  explicit Writer(const DenseLayer &layer)
      : layer(layer), builder(layer.op), at(layer.op->getLoc()),
        inputs(multiply(layer.modes.inputs)), outputs(multiply(layer.modes.outputs)) {}

  MeaningOpInterface write(const TensorTrain &train) {
    SmallVector<Value> cores = writeTrain(builder, at, train);
    MeaningOpInterface written =
        layer.isConvolution() ? writeConvolution(cores) : writeLinear(cores);
    Value result = cutLastDimension(builder, at, written->getResult(0), layer.outputs);
    layer.op->getResult(0).replaceAllUsesWith(result);
    layer.op->erase();
    return written;
  }

private:
  Value pad(Value value, int64_t extent) {
    return value ? padLastDimension(builder, at, value, extent) : value;
  }

  MeaningOpInterface writeLinear(ValueRange cores) {
    auto linear = cast<LinearOp>(layer.op);
    return TtLinearOp::create(builder, at, pad(linear.getInput(), inputs), cores,
                              pad(linear.getBias(), outputs), ContractionOrder::LastToFirst);
  }

  MeaningOpInterface writeConvolution(ValueRange cores) {
    auto conv = cast<Conv2dOp>(layer.op);
    ArrayRef<int64_t> taps = conv.getFilter().getType().getShape();
    auto first = cast<RankedTensorType>(cores.front().getType());
    Value spatial = ReshapeOp::create(
        builder, at, first.clone({taps[0], taps[1], first.getDimSize(3)}), cores.front());
    return TtConv2dOp::create(builder, at, pad(conv.getInput(), inputs), spatial,
                              cores.drop_front(), pad(conv.getBias(), outputs), conv.getStrides(),
                              conv.getPads(), conv.getDilations(), ContractionOrder::FirstToLast);
  }

  const DenseLayer &layer;
  OpBuilder builder;
  Location at;
  int64_t inputs, outputs;
};

} // namespace

int64_t DenseLayer::countFlops() const { return cast<MeaningOpInterface>(op).getFlops(); }

bool DenseLayer::isConvolution() const { return isa<Conv2dOp>(op); }

Modes DenseLayer::getAllModes() const {
  Modes all = modes;
  if (isConvolution()) {
    all.inputs.insert(all.inputs.begin(), taps);
    all.outputs.insert(all.outputs.begin(), 1);
  }
  return all;
}

std::optional<DenseLayer> nnc::matchDenseLayer(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op)) {
    ArrayRef<int64_t> shape = linear.getWeight().getType().getShape();
    return DenseLayer{op, linear.getWeight(), 1, shape[0], shape[1], {}, {}};
  }
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!conv || conv.getGroups() != 1)
    return std::nullopt;
  ArrayRef<int64_t> shape = conv.getFilter().getType().getShape();
  return DenseLayer{op, conv.getFilter(), shape[0] * shape[1], shape[2], shape[3], {}, {}};
}

LogicalResult nnc::readMatrix(DenseLayer &layer) {
  std::optional<SmallVector<float, 0>> weight = readWeight(layer.weight);
  if (!weight)
    return failure();
  int64_t inputs = multiply(layer.modes.inputs), columns = multiply(layer.modes.outputs);
  layer.matrix.assign(layer.taps * inputs * columns, 0);
  for (int64_t tap = 0; tap < layer.taps; ++tap)
    for (int64_t row = 0; row < layer.inputs; ++row)
      llvm::copy(ArrayRef(*weight).slice((tap * layer.inputs + row) * layer.outputs, layer.outputs),
                 layer.matrix.begin() + (tap * inputs + row) * columns);
  return success();
}

int64_t nnc::replaceByTrain(const DenseLayer &layer, const TensorTrain &train) {
  return Writer(layer).write(train).getFlops();
}
