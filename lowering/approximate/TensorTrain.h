// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrices as tensor trains, in double precision: decomposition (TT-SVD), rounding, reconstruction.
#ifndef LOWERING_APPROXIMATE_TENSORTRAIN_H
#define LOWERING_APPROXIMATE_TENSORTRAIN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <vector>

namespace nnc {

/// One core, r(k-1) x m(k) x n(k) x r(k), row-major.
struct TrainCore {
  int64_t before, input, output, after;
  std::vector<double> elements;
};

/// A matrix of m1 ... md rows and n1 ... nd columns; the first mode is the most significant one.
struct TensorTrain {
  std::vector<TrainCore> cores;

  int64_t countElements() const;
  /// The same with no rank above `rank`.
  int64_t countElements(int64_t rank) const;
  /// r1 ... r(d-1).
  llvm::SmallVector<int64_t> getRanks() const;
};

/// The modes of both sides of a matrix; as many input as output modes.
struct Modes {
  llvm::SmallVector<int64_t> inputs, outputs;
};

/// How exact a train has to be. Both limits hold at once.
struct Accuracy {
  /// The largest rank; 0: any.
  int64_t maxRank = 0;
  /// ||W - train|| / ||W|| in the Frobenius norm; 0: as exact as doubles are.
  double relativeError = 0;
};

/// TT-SVD (Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 33(5), 2011, algorithm 1)
/// of a row-major matrix with as many elements as the modes say: truncated singular values add up
/// to `relativeError` at most.
TensorTrain decompose(llvm::ArrayRef<float> matrix, const Modes &modes, const Accuracy &accuracy);

/// TT-rounding (algorithm 2 of the same article): a train of smaller ranks.
TensorTrain round(const TensorTrain &train, const Accuracy &accuracy);

/// The matrix, row-major.
std::vector<double> reconstruct(const TensorTrain &train);

/// ||matrix - train|| / ||matrix|| in the Frobenius norm, from the reconstruction; 0 for a matrix
/// of zeros.
double getRelativeError(llvm::ArrayRef<float> matrix, const TensorTrain &train);

/// ||exact - train|| / ||exact|| of trains of the same modes, from the train of their difference; 0
/// where `exact` is zero.
double getRelativeError(const TensorTrain &exact, const TensorTrain &train);

/// The train whose cores are stored as floats.
TensorTrain toFloats(TensorTrain train);

/// `count` factors of `extent`, as equal as its prime factors allow, in ascending order.
llvm::SmallVector<int64_t> factorize(int64_t extent, int64_t count);

/// Modes of a matrix: as many as make the larger side's modes about `kUsualMode`; extents that have
/// a large prime factor keep it in one mode.
Modes chooseModes(int64_t inputs, int64_t outputs);

/// The least extent of at least `extent` without a prime factor above `kLargestPrime`.
int64_t padToSmooth(int64_t extent);

inline constexpr int64_t kUsualMode = 8;
inline constexpr int64_t kLargestPrime = 13;

} // namespace nnc

#endif // LOWERING_APPROXIMATE_TENSORTRAIN_H
