// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fully connected layers and convolutions whose weights are numbers. An input channel that is known
// or meets zeros alone goes; what it added is in the bias or in a border map.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/compact/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nnc;

namespace {

/// A larger border map would cost more than the channels that it stands for.
constexpr int64_t kMostMapBytes = 1 << 20;

/// Multiply-adds that take as long as picking one number, by its index: vectors of 16, two a cycle.
constexpr int64_t kProductsPerPick = 64;

/// A fully connected layer with fewer non-zeros than one in so many weights becomes lists of them,
/// which read the inputs that they need and no others.
constexpr int64_t kWeightsPerListed = 10;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

class DenseRule : public CompactionRule {
public:
  bool covers(Operation *op) const override {
    auto conv = dyn_cast<Conv2dOp>(op);
    return (!conv || conv.getGroups() == 1) && Contraction::match(op);
  }

  /// An output is known whose weights are zero for all channels that are not.
  KnownElements getKnown(Operation *op, const KnownValues &values) const override {
    Contraction layer = *Contraction::match(op);
    KnownInputs known(layer, values);
    llvm::BitVector constant(layer.outputs, true), channels(layer.inputs);
    for (int64_t channel = 0; channel < layer.inputs && constant.any(); ++channel) {
      if (known.get(channel))
        channels.set(channel);
      if (!known.get(channel) || !known.isSameAtBorder(layer, channel))
        dropRead(layer, channel, constant);
    }
    int64_t rank = layer.getChannelAxis() + 1;
    if (constant.none())
      return KnownElements(rank);
    SmallVector<double, 0> sums = sumAll(layer, known, channels);
    SmallVector<int64_t> shape(rank, 1);
    shape.back() = layer.outputs;
    return KnownElements::generate(shape, [&](ArrayRef<int64_t> index) {
      return constant[index.back()] ? KnownElements::Number(static_cast<float>(sums[index.back()]))
                                    : std::nullopt;
    });
  }

  void spread(Operation *op, const KnownValues &values, KeptIndices &kept) const override {
    Contraction layer = *Contraction::match(op);
    KnownInputs known(layer, values);
    int64_t axis = layer.getChannelAxis();
    kept.unite(layer.input, 0, op->getResult(0), 0);
    for (int64_t spatial = 1; spatial < axis; ++spatial) {
      kept.addWhole(layer.input, spatial);
      kept.addWhole(op->getResult(0), spatial);
    }
    const llvm::BitVector outputs = kept.get(op->getResult(0)).back();
    for (int64_t channel = 0; channel < layer.inputs; ++channel)
      if (!kept.get(layer.input)[axis].test(channel) && isNeeded(layer, known, channel, outputs))
        kept.add(layer.input, axis, channel);
  }

  bool gains(Operation *op, const KnownValues &values, const KeptIndices &kept) const override {
    Contraction layer = *Contraction::match(op);
    return getReadInputs(layer, KnownInputs(layer, values), kept) != kept.get(layer.input).back();
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    Contraction layer = *Contraction::match(op);
    KnownInputs known(layer, compaction.known);
    const llvm::BitVector &outputs = compaction.kept.get(op->getResult(0)).back(),
                          &kept = compaction.kept.get(layer.input).back();
    llvm::BitVector inputs = getReadInputs(layer, known, compaction.kept);
    llvm::BitVector gone(inputs);
    gone.flip();
    bool isUneven = false;
    for (unsigned channel : llvm::to_vector(gone.set_bits())) {
      if (!known.get(channel))
        gone.reset(channel); // meets zeros alone
      else
        isUneven |= !known.isSameAtBorder(layer, channel) && layer.isRead(channel, outputs);
    }
    Value input = compaction.getOperand(builder, layer.input);
    if (inputs != kept)
      input = gatherChannels(builder, op->getLoc(), input, kept, inputs);
    SmallVector<Value> operands{input, cutWeight(builder, layer, inputs, outputs)};
    if (isUneven) {
      Value result = compaction.cloneOn(builder, op, operands);
      Value map = makeBorderMap(builder, layer, known, gone, outputs);
      map = builder.createOrFold<BroadcastOp>(op->getLoc(), result.getType(), map);
      return arith::AddFOp::create(builder, op->getLoc(), result, map);
    }
    SmallVector<double, 0> sums = sumAll(layer, known, gone);
    if (layer.bias || llvm::any_of(sums, [](double total) { return total != 0; }))
      operands.push_back(makeBias(builder, layer, sums, outputs));
    return compaction.cloneOn(builder, op, operands);
  }

private:
  /// Whether some output is computed from a channel that is not known, or too large a border map
  /// would stand for it.
  static bool isNeeded(const Contraction &layer, const KnownInputs &known, int64_t channel,
                       const llvm::BitVector &outputs) {
    bool isAbsorbed = known.get(channel) && (known.isSameAtBorder(layer, channel) ||
                                             getMapBytes(layer, outputs) <= kMostMapBytes);
    return !isAbsorbed && layer.isRead(channel, outputs);
  }

  /// The input channels that the layer is computed from: those that the input keeps, or only what
  /// this layer needs of them, where picking these costs less than the products with the others.
  static llvm::BitVector getReadInputs(const Contraction &layer, const KnownInputs &known,
                                       const KeptIndices &kept) {
    const llvm::BitVector &ofInput = kept.get(layer.input).back(),
                          &outputs = kept.get(layer.op->getResult(0)).back();
    llvm::BitVector needed(layer.inputs);
    for (unsigned channel : ofInput.set_bits())
      if (isNeeded(layer, known, channel, outputs))
        needed.set(channel);
    int64_t positions = getTensorType(layer.input).getNumElements() / layer.inputs,
            results = getTensorType(layer.op->getResult(0)).getNumElements() / layer.outputs;
    int64_t picked = needed.count(), left = ofInput.count() - picked;
    int64_t saved = results * layer.taps * static_cast<int64_t>(outputs.count()) * left;
    if (becomesLists(layer, ofInput, outputs))
      return ofInput;
    return needed.any() && saved > kProductsPerPick * positions * picked ? needed : ofInput;
  }

  static bool becomesLists(const Contraction &layer, const llvm::BitVector &inputs,
                           const llvm::BitVector &outputs) {
    int64_t nonZeros = 0;
    for (unsigned channel : inputs.set_bits()) {
      ArrayRef<float> row = layer.getRow(0, channel);
      nonZeros += llvm::count_if(outputs.set_bits(), [&](unsigned n) { return row[n] != 0; });
    }
    auto weights = static_cast<int64_t>(inputs.count()) * static_cast<int64_t>(outputs.count());
    return layer.getChannelAxis() == 1 && nonZeros * kWeightsPerListed < weights;
  }

  /// Of a tensor that has the channels `from`, those that are `to`.
  static Value gatherChannels(OpBuilder &builder, Location at, Value input,
                              const llvm::BitVector &from, const llvm::BitVector &to) {
    SmallVector<int64_t> indices;
    for (auto [position, channel] : llvm::enumerate(from.set_bits()))
      if (to.test(channel))
        indices.push_back(position);
    auto type = RankedTensorType::get({static_cast<int64_t>(indices.size())}, builder.getI64Type());
    ArrayRef<char> bytes(reinterpret_cast<const char *>(indices.data()),
                         indices.size() * sizeof(int64_t));
    Value constant = arith::ConstantOp::create(
        builder, at, cast<TypedAttr>(makeConstant(type, bytes, "channels")));
    return GatherOp::create(builder, at, input, constant, getTensorType(input).getRank() - 1);
  }

  /// Takes those off `outputs` to which a channel has a weight.
  static void dropRead(const Contraction &layer, int64_t channel, llvm::BitVector &outputs) {
    for (int64_t tap = 0; tap < layer.taps; ++tap)
      for (auto [output, weight] : llvm::enumerate(layer.getRow(tap, channel)))
        if (weight != 0)
          outputs.reset(output);
  }

  static int64_t getMapBytes(const Contraction &layer, const llvm::BitVector &outputs) {
    RankedTensorType type = getTensorType(layer.op->getResult(0));
    int64_t rows = type.getNumElements() / type.getDimSize(0) / layer.outputs;
    return rows * static_cast<int64_t>(outputs.count() * sizeof(float));
  }

  static Value cutWeight(OpBuilder &builder, const Contraction &layer,
                         const llvm::BitVector &inputs, const llvm::BitVector &outputs) {
    IndexSets sets;
    for (int64_t extent : getTensorType(layer.weight).getShape())
      sets.emplace_back(extent, true);
    sets[sets.size() - 2] = inputs;
    sets.back() = outputs;
    return cutConstant(builder, layer.weight, sets);
  }

  static Value makeBias(OpBuilder &builder, const Contraction &layer, ArrayRef<double> sums,
                        const llvm::BitVector &outputs) {
    std::vector<float> bias;
    for (unsigned output : outputs.set_bits())
      bias.push_back(static_cast<float>(sums[output]));
    return makeFloats(builder, layer.op->getLoc(), {static_cast<int64_t>(bias.size())}, bias);
  }
};

/// A convolution of one channel a group: channels stay or go with their outputs.
class DepthwiseRule : public CompactionRule {
public:
  bool covers(Operation *op) const override {
    auto conv = dyn_cast<Conv2dOp>(op);
    return conv && conv.isDepthwise() && Contraction::match(op);
  }

  KnownElements getKnown(Operation *op, const KnownValues &values) const override {
    Contraction layer = *Contraction::match(op);
    const KnownElements &elements = values.get(layer.input);
    int64_t multiplier = layer.outputs / cast<Conv2dOp>(op).getGroups();
    return KnownElements::generate(
        {1, 1, 1, layer.outputs}, [&](ArrayRef<int64_t> index) -> KnownElements::Number {
          int64_t output = index.back();
          double factor = 0;
          bool isZero = true;
          for (int64_t tap = 0; tap < layer.taps; ++tap) {
            factor += layer.getRow(tap, 0)[output];
            isZero &= layer.getRow(tap, 0)[output] == 0;
          }
          if (isZero)
            return layer.getBias(output);
          KnownElements::Number number = elements.getUniform(3, output / multiplier);
          if (!number || (layer.isPadded && *number != 0))
            return std::nullopt;
          return static_cast<float>(layer.getBias(output) + *number * factor);
        });
  }

  void spread(Operation *op, const KnownValues &, KeptIndices &kept) const override {
    auto conv = cast<Conv2dOp>(op);
    kept.unite(conv.getInput(), 0, conv, 0);
    for (int64_t spatial : {1, 2}) {
      kept.addWhole(conv.getInput(), spatial);
      kept.addWhole(conv, spatial);
    }
    int64_t multiplier = conv.getType().getDimSize(3) / static_cast<int64_t>(conv.getGroups());
    // Copies: the sets grow while they are read.
    llvm::BitVector outputs = kept.get(conv)[3];
    for (unsigned output : outputs.set_bits())
      kept.add(conv.getInput(), 3, output / multiplier);
    llvm::BitVector inputs = kept.get(conv.getInput())[3];
    for (unsigned input : inputs.set_bits())
      for (int64_t i = 0; i < multiplier; ++i)
        kept.add(conv, 3, input * multiplier + i);
  }

  Value rebuild(OpBuilder &builder, Operation *op, const Compaction &compaction) const override {
    auto conv = cast<Conv2dOp>(op);
    const llvm::BitVector &outputs = compaction.kept.get(conv)[3];
    IndexSets sets;
    for (int64_t extent : getTensorType(conv.getFilter()).getShape())
      sets.emplace_back(extent, true);
    sets.back() = outputs;
    SmallVector<Value> operands{compaction.getOperand(builder, conv.getInput()),
                                cutConstant(builder, conv.getFilter(), sets)};
    if (conv.getBias())
      operands.push_back(cutConstant(builder, conv.getBias(), outputs));
    Value result = compaction.cloneOn(builder, op, operands);
    result.getDefiningOp<Conv2dOp>().setGroups(
        static_cast<uint64_t>(getTensorType(operands.front()).getDimSize(3)));
    return result;
  }
};

} // namespace

ArrayRef<const CompactionRule *> nnc::getContractionRules() {
  static const DenseRule dense;
  static const DepthwiseRule depthwise;
  static const CompactionRule *const rules[] = {&dense, &depthwise};
  return rules;
}
