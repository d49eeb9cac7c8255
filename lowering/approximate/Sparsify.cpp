// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zeros in the weights of a model that has none: the smallest magnitudes, or those whose posterior
// is wide.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/DenseLayer.h"
#include "lowering/approximate/WeightConstants.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace nnc {
#define GEN_PASS_DEF_SPARSIFY
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// The magnitude below which `share` of the elements are, at most all of them.
float findThreshold(ArrayRef<float> elements, double share) {
  SmallVector<float, 0> magnitudes;
  for (float element : elements)
    magnitudes.push_back(std::abs(element));
  auto count = static_cast<size_t>(share * static_cast<double>(magnitudes.size()));
  if (count == magnitudes.size())
    return std::numeric_limits<float>::infinity();
  std::nth_element(magnitudes.begin(), magnitudes.begin() + count, magnitudes.end());
  return magnitudes[count];
}

/// Sets magnitudes below `threshold` to zero. Returns what was lost in the Frobenius norm, relative
/// to what was there.
double prune(MutableArrayRef<float> elements, float threshold) {
  double lost = 0, all = 0;
  for (float &element : elements) {
    double square = static_cast<double>(element) * element;
    all += square;
    if (std::abs(element) >= threshold)
      continue;
    lost += square;
    element = 0;
  }
  return all == 0 ? 0 : std::sqrt(lost / all);
}

struct Sparsify : nnc::impl::SparsifyBase<Sparsify> {
  using SparsifyBase::SparsifyBase;

  void runOnOperation() override {
    bool byMagnitude = magnitude > 0, byAlpha = !std::isnan(alpha);
    if (byMagnitude == byAlpha || magnitude > 1) {
      getOperation().emitError("nnc-sparsify takes either magnitude, a share of zeros from 0 to 1, "
                               "or alpha, a threshold on log alpha");
      return signalPassFailure();
    }
    if (byAlpha)
      return setThresholds();
    SmallVector<DenseLayer, 0> found;
    getOperation()->walk([&](Operation *op) {
      std::optional<DenseLayer> layer = matchDenseLayer(op);
      if (layer && layer->countParameters() >= minParameters && isNamed(op, layers))
        found.push_back(std::move(*layer));
    });
    for (const DenseLayer &layer : found)
      pruneLayer(layer);
  }

private:
  void setThresholds() {
    getOperation()->walk(
        [&](VariationalDropoutOp op) { op.setThreshold(APFloat(static_cast<float>(alpha))); });
  }

  void pruneLayer(const DenseLayer &layer) {
    std::optional<SmallVector<float, 0>> weight = readWeight(layer.weight);
    if (!weight)
      return;
    double error = prune(*weight, findThreshold(*weight, magnitude));
    int64_t kept = layer.countParameters() - llvm::count(*weight, 0.0f);
    OpBuilder builder(layer.op);
    auto type = cast<RankedTensorType>(layer.weight.getType());
    ArrayRef<char> bytes(reinterpret_cast<const char *>(weight->data()),
                         weight->size() * sizeof(float));
    Value pruned = arith::ConstantOp::create(builder, layer.op->getLoc(), type,
                                             makeConstant(type, bytes, "pruned"));
    layer.op->replaceUsesOfWith(layer.weight, pruned);
    std::string text = llvm::formatv("{0:f1} % zeros, the smallest magnitudes",
                                     100 - 100 * static_cast<double>(kept) /
                                               static_cast<double>(layer.countParameters()));
    recordApproximation(getOperation(),
                        {getLayerTitle(layer.op), "pruning", text, kept, layer.countParameters(),
                         layer.countFlops() / layer.countParameters() * kept, layer.countFlops(),
                         error});
  }
};

} // namespace
