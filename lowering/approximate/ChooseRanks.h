// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ranks of trains whose size is limited.
#ifndef LOWERING_APPROXIMATE_CHOOSERANKS_H
#define LOWERING_APPROXIMATE_CHOOSERANKS_H

#include "lowering/approximate/DenseLayer.h"

namespace nnc {

/// The layer's weight as a train, with the error that its cores in floats have.
struct ApproximatedLayer {
  DenseLayer layer;
  /// No cores: the layer stays dense.
  TensorTrain train;
  /// Relative, in the Frobenius norm.
  double error = 0;
};

/// The largest rank with at most `most` elements, or 0.
int64_t findRank(const TensorTrain &train, int64_t most);

/// Given the trains of layers without truncation, truncates them until all layers together have
/// `budget` elements, if they can: again and again where that adds the least squared relative error
/// for each parameter saved.
void shareBudget(llvm::MutableArrayRef<ApproximatedLayer> layers, int64_t budget);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_CHOOSERANKS_H
