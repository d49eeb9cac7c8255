// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers whose weights are mostly zeros, in the form that a count of time finds cheapest.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/approximate/SparseCosts.h"
#include "lowering/approximate/SparseWeights.h"
#include "lowering/approximate/SparseWriter.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_FORMSPARSE
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Less than this is not worth another form.
constexpr double kLeastGain = 1.1;

/// A sparse form: whether it can be, what it costs, how it is written.
struct Form {
  StringLiteral option, name;
  bool channelsFirst;
  bool (*fits)(const SparseLayer &, NonZeroLists);
  double (*getCost)(const SparseLayer &, NonZeroLists, const SparseCosts &);
  Value (*write)(SparseWriter &, NonZeroLists);
};

bool fitsLinear(const SparseLayer &layer, NonZeroLists) { return layer.isLinear(); }

const Form kForms[] = {
    {"unrolled", "straight-line code", false,
     [](const SparseLayer &layer, NonZeroLists lists) {
       return layer.isLinear() && countEntries(lists) <= kMostUnrolled &&
              layer.output[3] <= kMostUnrolled / 4;
     },
     getUnrolledCost,
     [](SparseWriter &writer, NonZeroLists lists) { return writer.writeUnrolled(lists); }},
    {"gathers", "lists of inputs", false, fitsLinear, getGatherCost,
     [](SparseWriter &writer, NonZeroLists lists) {
       return writer.writeGathers(sliceLists(lists, kListLanes));
     }},
    {"blocks", "lists of blocks", false, fitsLinear, getBlockCost,
     [](SparseWriter &writer, NonZeroLists lists) {
       return writer.writeGathers(blockLists(lists, kListLanes));
     }},
    {"shifts", "lists of shifts", true, [](const SparseLayer &, NonZeroLists) { return true; },
     getShiftCost,
     [](SparseWriter &writer, NonZeroLists lists) { return writer.writeShifts(lists); }},
};

struct FormSparse : nnc::impl::FormSparseBase<FormSparse> {
  using FormSparseBase::FormSparseBase;

  void runOnOperation() override {
    if (!form.empty() && form != "dense" && !findForm(form)) {
      getOperation().emitError("form=")
          << form << ": wanted is dense, unrolled, gathers, blocks or shifts";
      return signalPassFailure();
    }
    SmallVector<Operation *> found;
    getOperation()->walk([&](Operation *op) {
      if (std::optional<SparseLayer> layer = matchSparseLayer(op);
          layer && isMarkedSparse(layer->weight) && isNamed(op, layers))
        found.push_back(op);
    });
    for (Operation *op : found) // Matched again: what it reads may be another form by now.
      rewrite(*matchSparseLayer(op));
    unmarkSparse(getOperation());
  }

private:
  static const Form *findForm(StringRef name) {
    const Form *found = llvm::find_if(kForms, [&](const Form &f) { return f.option == name; });
    return found == std::end(kForms) ? nullptr : found;
  }

  /// The form that the option asks for, or the cheapest; null for the dense one.
  const Form *choose(const SparseLayer &layer, NonZeroLists lists) {
    if (const Form *given = findForm(form))
      return given->fits(layer, lists) ? given : nullptr;
    SparseCosts costs{gatherCost, farWeightCost, straightLineCost};
    double least = 0;
    if (form != "dense")
      least = (getDenseCost(layer, costs) + getTransposeCost(layer, false)) / kLeastGain;
    const Form *chosen = nullptr;
    for (const Form &candidate : kForms) {
      if (!candidate.fits(layer, lists))
        continue;
      double cost =
          candidate.getCost(layer, lists, costs) + getTransposeCost(layer, candidate.channelsFirst);
      if (cost < least)
        chosen = &candidate, least = cost;
    }
    return chosen;
  }

  void rewrite(const SparseLayer &layer) {
    std::optional<SmallVector<float, 0>> weight = getFloats(layer.weight);
    if (!weight)
      return;
    auto lists = listNonZeros(*weight, layer.countRows());
    const Form *chosen = choose(layer, lists);
    if (!chosen)
      return record(layer, "dense", countEntries(lists), {layer.countWeights(), 0});
    SparseWriter writer(layer);
    Value result = chosen->write(writer, lists);
    record(layer, chosen->name, countEntries(lists), writer.getSize());
    layer.op->getResult(0).replaceAllUsesWith(result);
    layer.op->erase();
  }

  void record(const SparseLayer &layer, StringRef chosen, int64_t entries, const TableSize &size) {
    int64_t weights = layer.countWeights(), pixels = layer.countPixels();
    double zeros = 100 * (1 - static_cast<double>(entries) / static_cast<double>(weights));
    std::string text = llvm::formatv("{0:f1} % zeros as {1}", zeros, chosen);
    int64_t products = chosen == "dense" ? weights : entries;
    recordApproximation(getOperation(),
                        {getLayerTitle(layer.op), "sparsity", text, size.values, weights,
                         2 * pixels * products, 2 * pixels * weights, 0, size.indexBytes});
  }
};

} // namespace
