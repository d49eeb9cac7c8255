// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recurrent weights as lists of non-zeros, where these take less time.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/approximate/SparseCosts.h"
#include "lowering/approximate/SparseWeights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_SPARSIFYRECURRENCES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

constexpr int64_t kLanes = 16; // lists in a slice

/// An entry of a list beside one of a linear layer's: sums go to their units by position.
constexpr double kUnitCost = 1.25;

/// The weights of all gates' units as `nnc.sparse_lstm` has them.
class Lists {
public:
  explicit Lists(LstmOp op) : op(op), builder(op) {
    SmallVector<float, 0> weights = *getFloats(op.getRecurrent());
    units = op.getRecurrent().getType().getDimSize(2);
    lists.resize(4 * units);
    for (auto [index, weight] : llvm::enumerate(weights))
      if (weight != 0)
        lists[index % lists.size()].emplace_back(index / lists.size(), weight);
    order.assign(llvm::seq<size_t>(0, lists.size()).begin(),
                 llvm::seq<size_t>(0, lists.size()).end());
    llvm::sort(order, [&](size_t a, size_t b) {
      return std::pair(lists[b].size(), a) < std::pair(lists[a].size(), b);
    });
    for (size_t first = 0; first < order.size(); first += kLanes)
      starts.push_back(starts.back() + static_cast<int64_t>(lists[order[first]].size()));
  }

  bool areFaster(const SparseCosts &costs) {
    auto entries = static_cast<double>(starts.back() * kLanes + 4 * units);
    return entries * getEntryCost(entries, costs) * kUnitCost <
           getReadingCost(4 * units * units, costs);
  }

  int64_t countEntries() const {
    int64_t count = 0;
    for (const auto &list : lists)
      count += static_cast<int64_t>(list.size());
    return count;
  }

  SparseLstmOp build() {
    int64_t rows = std::max<int64_t>(1, starts.back());
    SmallVector<float, 0> values(rows * kLanes, 0);
    SmallVector<int16_t, 0> columns(rows * kLanes, 0);
    SmallVector<int32_t, 0> positions(order.size());
    for (auto [position, list] : llvm::enumerate(order)) {
      positions[list] = static_cast<int32_t>(position);
      int64_t start = starts[position / kLanes];
      for (auto [step, entry] : llvm::enumerate(lists[list])) {
        int64_t at = (start + static_cast<int64_t>(step)) * kLanes + position % kLanes;
        columns[at] = static_cast<int16_t>(entry.first);
        values[at] = entry.second;
      }
    }
    SmallVector<int32_t, 0> ends(starts.begin(), starts.end());
    auto longest = std::max<int64_t>(1, static_cast<int64_t>(lists[order.front()].size()));
    return SparseLstmOp::create(
        builder, op.getLoc(), op.getGates(),
        table(builder.getF32Type(), ArrayRef(values), {rows, kLanes}),
        table(builder.getI16Type(), ArrayRef(columns), {rows, kLanes}),
        table(builder.getI32Type(), ArrayRef(ends), {static_cast<int64_t>(ends.size())}),
        table(builder.getI32Type(), ArrayRef(positions), {4 * units}), op.getInitial(),
        builder.getI64IntegerAttr(longest), op.getActivations(), op.getAlphaAttr(),
        op.getBetaAttr(), op.getReverseAttr());
  }

private:
  template <typename T> Value table(Type element, ArrayRef<T> elements, ArrayRef<int64_t> shape) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(elements.data()),
                         elements.size() * sizeof(T));
    ElementsAttr constant = makeConstant(RankedTensorType::get(shape, element), bytes, "lists");
    return arith::ConstantOp::create(builder, op.getLoc(), cast<TypedAttr>(constant));
  }

  LstmOp op;
  OpBuilder builder;
  int64_t units = 0;
  /// By gate and unit: hidden units and their weights.
  std::vector<SmallVector<std::pair<int64_t, float>, 0>> lists;
  /// From the longest list to the shortest.
  SmallVector<size_t, 0> order;
  SmallVector<int64_t> starts{0};
};

struct SparsifyRecurrences : nnc::impl::SparsifyRecurrencesBase<SparsifyRecurrences> {
  using SparsifyRecurrencesBase::SparsifyRecurrencesBase;

  void runOnOperation() override {
    SmallVector<LstmOp> layers;
    getOperation().walk([&](LstmOp op) { layers.push_back(op); });
    for (LstmOp op : layers) {
      constexpr int64_t mostUnits = 1 << 15; // columns are of 16 bits
      if (isMarkedSparse(op.getRecurrent()) && getFloats(op.getRecurrent()) &&
          op.getRecurrent().getType().getDimSize(0) <= mostUnits)
        rewrite(op);
    }
  }

private:
  void rewrite(LstmOp op) {
    Lists lists(op);
    bool areFaster = lists.areFaster({gatherCost, farWeightCost, 0});
    int64_t weights = op.getRecurrent().getType().getNumElements(), kept = lists.countEntries();
    int64_t steps = op.getGates().getType().getDimSize(0) * op.getGates().getType().getDimSize(1);
    std::string text =
        llvm::formatv("{0:f1} % zeros as {1}",
                      100 - 100 * static_cast<double>(kept) / static_cast<double>(weights),
                      areFaster ? "lists of units" : "dense");
    Approximation record{getLayerTitle(op),   "sparsity",          text, weights, weights,
                         2 * steps * weights, 2 * steps * weights, 0};
    if (areFaster) {
      SparseLstmOp sparse = lists.build();
      record.parameters = sparse.getValues().getType().getNumElements();
      record.flops = 2 * steps * kept;
      record.indexBytes = 2 * record.parameters +
                          4 * sparse.getStarts().getType().getNumElements() +
                          4 * sparse.getPositions().getType().getNumElements();
      op.replaceAllUsesWith(sparse.getStates());
      op.erase();
    }
    recordApproximation(getOperation(), record);
  }
};

} // namespace
