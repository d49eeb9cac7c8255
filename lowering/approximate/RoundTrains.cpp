// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trains of smaller ranks from trains.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/WeightConstants.h"

#include "llvm/ADT/iterator_range.h"
#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_ROUNDTRAINS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// A layer's train, a convolution's spatial filters as the first core, 1 x taps x 1 x r(0); or
/// std::nullopt where a core is no constant.
std::optional<TensorTrain> readLayer(Operation *op) {
  if (auto linear = dyn_cast<TtLinearOp>(op))
    return readTrain(linear.getCores());
  auto conv = cast<TtConv2dOp>(op);
  std::optional<SmallVector<float, 0>> spatial = readWeight(conv.getSpatial());
  std::optional<TensorTrain> train = readTrain(conv.getCores());
  if (!spatial || !train)
    return std::nullopt;
  ArrayRef<int64_t> taps = getShape(conv.getSpatial());
  train->cores.insert(train->cores.begin(),
                      {1, taps[0] * taps[1], 1, taps[2], {spatial->begin(), spatial->end()}});
  return train;
}

/// Gives the layer other cores, a convolution's spatial filters as the first.
void setCores(Operation *op, ArrayRef<Value> cores) {
  if (auto linear = dyn_cast<TtLinearOp>(op))
    return linear.getCoresMutable().assign(cores);
  auto conv = cast<TtConv2dOp>(op);
  ArrayRef<int64_t> taps = getShape(conv.getSpatial());
  auto first = cast<RankedTensorType>(cores.front().getType());
  OpBuilder builder(op);
  Value spatial = ReshapeOp::create(
      builder, op->getLoc(), first.clone({taps[0], taps[1], first.getDimSize(3)}), cores.front());
  conv.getSpatialMutable().set(spatial);
  conv.getCoresMutable().assign(cores.drop_front());
}

/// Of the matrix that a train stands for.
int64_t countDense(const TensorTrain &train) {
  int64_t elements = 1;
  for (const TrainCore &core : train.cores)
    elements *= core.input * core.output;
  return elements;
}

std::string describe(const TensorTrain &from, const TensorTrain &to) {
  SmallVector<int64_t> before = from.getRanks(), after = to.getRanks();
  return llvm::formatv("ranks {0:$[ ]} -> {1:$[ ]}", llvm::make_range(before.begin(), before.end()),
                       llvm::make_range(after.begin(), after.end()));
}

struct RoundTrains : nnc::impl::RoundTrainsBase<RoundTrains> {
  using RoundTrainsBase::RoundTrainsBase;

  void runOnOperation() override {
    if (rank <= 0 && error <= 0) {
      getOperation().emitError("nnc-round-trains takes rank, error or both");
      return signalPassFailure();
    }
    SmallVector<Operation *> trains;
    getOperation()->walk([&](Operation *op) {
      if (isa<TtLinearOp, TtConv2dOp>(op) && isNamed(op, layers))
        trains.push_back(op);
    });
    for (Operation *op : trains)
      round(op);
  }

private:
  void round(Operation *op) {
    std::optional<TensorTrain> train = readLayer(op);
    if (!train)
      return;
    TensorTrain rounded = toFloats(nnc::round(*train, {rank, error}));
    if (rounded.countElements() >= train->countElements())
      return;
    OpBuilder builder(op);
    setCores(op, writeTrain(builder, op->getLoc(), rounded));
    auto layer = cast<MeaningOpInterface>(op);
    recordApproximation(getOperation(), {getLayerTitle(op), "rounding", describe(*train, rounded),
                                         rounded.countElements(), countDense(*train),
                                         layer.getFlops(), countDenseFlops(op, countDense(*train)),
                                         getRelativeError(*train, rounded)});
  }

  /// Two for each weight and row of input, or pixel of the output.
  static int64_t countDenseFlops(Operation *op, int64_t weights) {
    int64_t rows = 1;
    for (int64_t extent : getShape(op->getResult(0)).drop_back())
      rows *= extent;
    return 2 * rows * weights;
  }
};

} // namespace
