// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recurrent layers with fewer hidden units and inputs (Lobacheva et al., arXiv:1708.00077): a unit
// whose state has no weight other than zero in what reads it is removed, however it is computed.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LastDimension.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/simplify/Channels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc {
#define GEN_PASS_DEF_COMPACTRECURRENCES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

constexpr int64_t kWholeVector = 16; // units, of the widest registers

/// Units of zeros fill vectors: a power of two up to a whole one, then whole ones.
int64_t roundUp(int64_t units) {
  return units < kWholeVector ? std::max<int64_t>(4, llvm::PowerOf2Ceil(units))
                              : llvm::alignTo(units, kWholeVector);
}

class Layer {
public:
  explicit Layer(LstmOp op) : op(op), builder(op) {
    reshape = op.getGates().getDefiningOp<ReshapeOp>();
    product = reshape ? reshape.getInput().getDefiningOp<LinearOp>() : LinearOp();
    units = op.getGates().getType().getDimSize(3);
  }

  /// Whether all that units are taken from is known.
  bool isKnown() {
    return product && product->hasOneUse() && reshape->hasOneUse() &&
           getFloats(product.getWeight()) && getFloats(op.getRecurrent()) &&
           getFloats(op.getInitial()) && (!product.getBias() || getFloats(product.getBias()));
  }

  void compact() {
    std::optional<llvm::BitVector> read = findReadChannels(op.getStates(), 3);
    SmallVector<int64_t> live = findLive(read);
    int64_t extent = roundUp(live.size());
    if (extent != units)
      takeUnits(live, extent, read.has_value());
    takeInputs();
  }

private:
  /// Units that the rest of the model reads, and those that they read.
  SmallVector<int64_t> findLive(const std::optional<llvm::BitVector> &read) {
    SmallVector<float, 0> recurrent = *getFloats(op.getRecurrent());
    llvm::BitVector live = read ? *read : llvm::BitVector(units, true);
    SmallVector<int64_t> open(live.set_bits());
    while (!open.empty()) {
      int64_t reader = open.pop_back_val();
      for (int64_t from = 0; from < units; ++from)
        for (int64_t gate = 0; gate < 4 && !live[from]; ++gate)
          if (recurrent[(from * 4 + gate) * units + reader] != 0) {
            live.set(from);
            open.push_back(from);
          }
    }
    if (live.none())
      live.set(0);
    return SmallVector<int64_t>(live.set_bits());
  }

  /// The same units of each gate, of a constant whose last dimension is 4 x units.
  Value takeGates(Value constant, ArrayRef<int64_t> live, int64_t extent) {
    int64_t last = cast<RankedTensorType>(constant.getType()).getRank() - 1;
    return takeSlices(builder, constant, last, live, extent, /*groups=*/4);
  }

  void takeUnits(ArrayRef<int64_t> live, int64_t extent, bool readersAreKnown) {
    Value bias = product.getBias() ? takeGates(product.getBias(), live, extent) : Value();
    product = LinearOp::create(builder, product.getLoc(), product.getInput(),
                               takeGates(product.getWeight(), live, extent), bias);
    SmallVector<int64_t> shape(op.getGates().getType().getShape());
    shape.back() = extent;
    auto gates =
        ReshapeOp::create(builder, op.getLoc(), op.getGates().getType().clone(shape), product);
    Value rows = takeSlices(builder, op.getRecurrent(), 0, live, extent);
    auto smaller =
        LstmOp::create(builder, op.getLoc(), gates, takeSlices(builder, rows, 2, live, extent),
                       takeSlices(builder, op.getInitial(), 2, live, extent), op.getActivations(),
                       op.getAlphaAttr(), op.getBetaAttr(), op.getReverseAttr());
    if (readersAreKnown)
      replaceChannels(builder, op.getStates(), smaller.getStates(), 3, live);
    else
      op.getStates().replaceAllUsesWith(
          cutLastDimension(builder, op.getLoc(), smaller.getStates(), units));
    op.erase();
  }

  /// Inputs that some gate reads; picking them must not cost more than it saves.
  void takeInputs() {
    SmallVector<float, 0> weights = *getFloats(product.getWeight());
    int64_t inputs = product.getWeight().getType().getDimSize(0);
    int64_t outputs = product.getWeight().getType().getDimSize(1);
    SmallVector<int64_t> live;
    for (int64_t input = 0; input < inputs; ++input)
      if (llvm::any_of(ArrayRef(weights).slice(input * outputs, outputs),
                       [](float weight) { return weight != 0; }))
        live.push_back(input);
    if (live.empty())
      live.push_back(0);
    if (static_cast<int64_t>(live.size()) * 2 > inputs)
      return;
    builder.setInsertionPoint(product);
    Value taken = selectChannels(builder, product.getInput(), 1, live);
    Value rows = takeSlices(builder, product.getWeight(), 0, live, live.size());
    product.getInputMutable().set(taken);
    product.getWeightMutable().set(rows);
  }

  LstmOp op;
  OpBuilder builder;
  ReshapeOp reshape;
  LinearOp product;
  int64_t units;
};

/// Movements and tables that nothing reads any more.
void eraseUnread(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

struct CompactRecurrences : nnc::impl::CompactRecurrencesBase<CompactRecurrences> {
  void runOnOperation() override {
    if (!getOperation().getBody().hasOneBlock())
      return;
    Block &block = getOperation().getBody().front();
    SmallVector<LstmOp> layers(block.getOps<LstmOp>());
    for (LstmOp op : llvm::reverse(layers)) // later layers tell what earlier ones need not compute
      if (Layer layer(op); layer.isKnown()) {
        layer.compact();
        eraseUnread(block);
      }
  }
};

} // namespace
