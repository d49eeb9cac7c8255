// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of layers as tensor trains.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/ChooseRanks.h"

#include "llvm/ADT/iterator_range.h"
#include "llvm/Support/FormatVariadic.h"

#include <numeric>

namespace nnc {
#define GEN_PASS_DEF_TENSORIZE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

int64_t multiply(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

std::string describe(const ApproximatedLayer &of) {
  SmallVector<int64_t> ranks = of.train.getRanks();
  const Modes &modes = of.layer.modes;
  return llvm::formatv("modes {0:$[x]} -> {1:$[x]}, ranks {2:$[ ]}",
                       llvm::make_range(modes.inputs.begin(), modes.inputs.end()),
                       llvm::make_range(modes.outputs.begin(), modes.outputs.end()),
                       llvm::make_range(ranks.begin(), ranks.end()));
}

bool parseExtents(StringRef text, SmallVectorImpl<int64_t> &extents) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts)
    if (part.getAsInteger(10, extents.emplace_back()) || extents.back() < 1)
      return false;
  return true;
}

void setTrain(ApproximatedLayer &of, const TensorTrain &train) {
  of.train = toFloats(train);
  of.error = getRelativeError(of.layer.matrix, of.train);
}

struct Tensorize : nnc::impl::TensorizeBase<Tensorize> {
  using TensorizeBase::TensorizeBase;

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    SmallVector<ApproximatedLayer> found = collectLayers();
    chooseTrains(found);
    for (const ApproximatedLayer &of : found) {
      int64_t parameters = of.train.countElements(), dense = of.layer.countParameters();
      if (of.train.cores.empty() || parameters >= dense)
        continue;
      std::string title = getLayerTitle(of.layer.op);
      int64_t denseFlops = of.layer.countFlops();
      int64_t flops = replaceByTrain(of.layer, of.train);
      recordApproximation(getOperation(), {title, "tensor train", describe(of), parameters, dense,
                                           flops, denseFlops, of.error});
    }
  }

private:
  LogicalResult checkOptions() {
    bool byAccuracy = rank > 0 || error > 0;
    if (byAccuracy + (compression > 0) + (budget > 0) != 1)
      return getOperation().emitError(
          "nnc-tensorize takes rank, error or both, or compression, or budget");
    if (modes.empty())
      return success();
    auto [inputs, outputs] = StringRef(modes).split(':');
    if (parseExtents(inputs, given.inputs) && parseExtents(outputs, given.outputs) &&
        given.inputs.size() == given.outputs.size())
      return success();
    return getOperation().emitError("modes=") << modes
                                              << ": wanted are as many output as input modes, "
                                                 "such as 4x8x8:4x4x4";
  }

  /// Where modes are given, those layers whose extents they multiply to.
  bool setModes(DenseLayer &layer) {
    layer.modes = given;
    if (given.inputs.empty())
      layer.modes = chooseModes(padToSmooth(layer.inputs), padToSmooth(layer.outputs));
    return given.inputs.empty() || (multiply(layer.modes.inputs) == layer.inputs &&
                                    multiply(layer.modes.outputs) == layer.outputs);
  }

  SmallVector<ApproximatedLayer> collectLayers() {
    SmallVector<ApproximatedLayer> found;
    getOperation()->walk([&](Operation *op) {
      std::optional<DenseLayer> layer = matchDenseLayer(op);
      if (layer && layer->countParameters() >= minParameters && isNamed(op, layers) &&
          setModes(*layer) && succeeded(readMatrix(*layer)))
        found.push_back({std::move(*layer), {}, 0});
    });
    return found;
  }

  void chooseTrains(MutableArrayRef<ApproximatedLayer> found) {
    bool isBySize = budget > 0 || compression > 0;
    Accuracy accuracy = isBySize ? Accuracy() : Accuracy{rank, error};
    for (ApproximatedLayer &of : found) {
      of.train = decompose(of.layer.matrix, of.layer.getAllModes(), accuracy);
      if (compression > 0)
        compress(of);
      else if (!isBySize)
        setTrain(of, of.train);
    }
    if (budget > 0)
      shareBudget(found, budget);
  }

  /// The train of the largest rank that is small enough, from the one without truncation.
  void compress(ApproximatedLayer &of) {
    auto most = static_cast<int64_t>(static_cast<double>(of.layer.countParameters()) / compression);
    int64_t limit = findRank(of.train, most);
    if (limit > 0)
      return setTrain(of, nnc::round(of.train, {limit, 0}));
    of.layer.op->emitWarning("no train is ")
        << llvm::formatv("{0:f1}", double(compression)).str() << " times smaller than the layer";
    of.train.cores.clear();
  }

  Modes given;
};

} // namespace
