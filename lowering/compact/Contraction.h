// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers as matrices of numbers, and what known input channels add to their outputs.
#ifndef LOWERING_COMPACT_CONTRACTION_H
#define LOWERING_COMPACT_CONTRACTION_H

#include "lowering/compact/CompactionRule.h"
#include "lowering/compact/Weights.h"

namespace nnc {

/// A layer as a matrix of taps * inputs rows and `outputs` columns, as `nnc.linear` and
/// `nnc.conv2d` hold it; inputs are those of one group.
struct Contraction {
  mlir::Operation *op;
  mlir::Value input, weight, bias;
  Weights weights;
  std::optional<Weights> biases;
  int64_t taps, inputs, outputs;
  bool isPadded;

  /// Reads the layer that `op` is; std::nullopt where it is none, or its weights are no constants
  /// of f32.
  static std::optional<Contraction> match(mlir::Operation *op);

  int64_t getChannelAxis() const {
    return llvm::cast<mlir::RankedTensorType>(input.getType()).getRank() - 1;
  }
  llvm::ArrayRef<float> getRow(int64_t tap, int64_t channel) const {
    return weights.get().slice((tap * inputs + channel) * outputs, outputs);
  }
  double getBias(int64_t output) const { return biases ? biases->get()[output] : 0.0; }
  /// Whether an input channel has a weight other than zero to one of these outputs.
  bool isRead(int64_t channel, const llvm::BitVector &byOutputs) const {
    for (int64_t tap = 0; tap < taps; ++tap) {
      llvm::ArrayRef<float> row = getRow(tap, channel);
      for (unsigned output : byOutputs.set_bits())
        if (row[output] != 0)
          return true;
    }
    return false;
  }
};

/// What the known input channels of a dense layer add to its outputs.
class KnownInputs {
public:
  KnownInputs(const Contraction &layer, const KnownValues &known) {
    const KnownElements &elements = known.get(layer.input);
    bool isAny = elements.isAnyKnown();
    for (int64_t channel = 0; channel < layer.inputs; ++channel)
      numbers.push_back(isAny ? elements.getUniform(layer.getChannelAxis(), channel)
                              : std::nullopt);
  }

  KnownElements::Number get(int64_t channel) const { return numbers[channel]; }
  /// Whether a channel is the same for a layer that sees zeros around it.
  bool isSameAtBorder(const Contraction &layer, int64_t channel) const {
    return !layer.isPadded || numbers[channel] == 0.0;
  }
  /// The sum over `channels`, which are known, for each output, at one tap.
  llvm::SmallVector<double, 0> sum(const Contraction &layer, const llvm::BitVector &channels,
                                   int64_t tap) const {
    llvm::SmallVector<double, 0> sums(layer.outputs, 0);
    for (unsigned channel : channels.set_bits())
      if (*numbers[channel] != 0)
        for (auto [total, weight] : llvm::zip_equal(sums, layer.getRow(tap, channel)))
          total += *numbers[channel] * weight;
    return sums;
  }

private:
  llvm::SmallVector<KnownElements::Number, 0> numbers;
};

/// The bias plus the sum over all taps: what the known channels make of outputs away from borders.
llvm::SmallVector<double, 0> sumAll(const Contraction &layer, const KnownInputs &known,
                                    const llvm::BitVector &channels);

/// Bias and known channels of a convolution for each position: a constant, 1 x rows x columns x
/// `outputs`.
mlir::Value makeBorderMap(mlir::OpBuilder &builder, const Contraction &layer,
                          const KnownInputs &known, const llvm::BitVector &channels,
                          const llvm::BitVector &outputs);

/// A constant of f32.
mlir::Value makeFloats(mlir::OpBuilder &builder, mlir::Location at, llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<float> floats);

} // namespace nnc

#endif // LOWERING_COMPACT_CONTRACTION_H
