// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/TensorTrain.h"

#include <Eigen/QR>
#include <Eigen/SVD>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnMatrix = Eigen::MatrixXd;

/// A = left * right with left's columns orthonormal and as few of them as the accuracy allows.
struct Factors {
  Matrix left, right;
};

/// The fewest leading singular values that leave at most `allowed` in the norm of the rest.
Eigen::Index countKept(const Eigen::VectorXd &values, double allowed, int64_t maxRank) {
  Eigen::Index kept = values.size();
  double rest = 0;
  while (kept > 1) {
    rest += values[kept - 1] * values[kept - 1];
    if (std::sqrt(rest) > allowed)
      break;
    --kept;
  }
  return maxRank > 0 ? std::min<Eigen::Index>(kept, maxRank) : kept;
}

/// A truncated singular value decomposition. A wide matrix is first reduced to the triangle of its
/// transpose's QR decomposition, which has the same left singular vectors.
Factors factor(const Matrix &a, double allowed, int64_t maxRank) {
  ColumnMatrix small = a;
  bool isWide = a.cols() > a.rows();
  Eigen::HouseholderQR<ColumnMatrix> qr;
  if (isWide) {
    qr.compute(a.transpose());
    small = qr.matrixQR().topRows(a.rows()).triangularView<Eigen::Upper>().transpose();
  }
  Eigen::BDCSVD<ColumnMatrix> svd(small, Eigen::ComputeThinU | Eigen::ComputeThinV);
  Eigen::Index kept = countKept(svd.singularValues(), allowed, maxRank);
  Matrix left = svd.matrixU().leftCols(kept);
  return {left, left.transpose() * a};
}

/// W as the tensor (i1 j1), (i2 j2), ..., row-major.
std::vector<double> interleave(llvm::ArrayRef<float> matrix, const Modes &modes) {
  size_t d = modes.inputs.size();
  std::vector<int64_t> extents, strides;
  int64_t rowStride = matrix.size(), columnStride = 1;
  for (int64_t mode : modes.outputs)
    columnStride *= mode;
  for (size_t k = 0; k < d; ++k) {
    rowStride /= modes.inputs[k];
    columnStride /= modes.outputs[k];
    extents.insert(extents.end(), {modes.inputs[k], modes.outputs[k]});
    strides.insert(strides.end(), {rowStride, columnStride});
  }
  std::vector<int64_t> at(extents.size(), 0);
  std::vector<double> result(matrix.size());
  int64_t offset = 0;
  for (double &element : result) {
    element = matrix[offset];
    for (size_t axis = at.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++at[axis] < extents[axis])
        break;
      offset -= strides[axis] * extents[axis];
      at[axis] = 0;
    }
  }
  return result;
}

double getNorm(const std::vector<double> &elements) {
  return Eigen::Map<const Eigen::VectorXd>(elements.data(), elements.size()).norm();
}

std::vector<double> toVector(const Matrix &matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

/// The truncation that each of the cuts may make, so that all together stay within the accuracy.
double getAllowed(double norm, size_t cores, const Accuracy &accuracy) {
  return accuracy.relativeError * norm / std::sqrt(std::max<double>(cores - 1, 1));
}

} // namespace

int64_t TensorTrain::countElements() const {
  int64_t count = 0;
  for (const TrainCore &core : cores)
    count += core.elements.size();
  return count;
}

int64_t TensorTrain::countElements(int64_t rank) const {
  int64_t count = 0;
  for (const TrainCore &core : cores)
    count += std::min(core.before, rank) * core.input * core.output * std::min(core.after, rank);
  return count;
}

llvm::SmallVector<int64_t> TensorTrain::getRanks() const {
  llvm::SmallVector<int64_t> ranks;
  for (const TrainCore &core : cores)
    ranks.push_back(core.after);
  ranks.pop_back();
  return ranks;
}

TensorTrain decompose(llvm::ArrayRef<float> matrix, const Modes &modes, const Accuracy &accuracy) {
  std::vector<double> rest = interleave(matrix, modes);
  double allowed = getAllowed(getNorm(rest), modes.inputs.size(), accuracy);
  TensorTrain train;
  int64_t rank = 1;
  for (size_t k = 0; k + 1 < modes.inputs.size(); ++k) {
    int64_t rows = rank * modes.inputs[k] * modes.outputs[k];
    Eigen::Map<const Matrix> unfolded(rest.data(), rows, static_cast<int64_t>(rest.size()) / rows);
    Factors factors = factor(unfolded, allowed, accuracy.maxRank);
    train.cores.push_back(
        {rank, modes.inputs[k], modes.outputs[k], factors.left.cols(), toVector(factors.left)});
    rank = factors.left.cols();
    rest = toVector(factors.right);
  }
  train.cores.push_back({rank, modes.inputs.back(), modes.outputs.back(), 1, std::move(rest)});
  return train;
}

/// From the last core to the first: each becomes orthonormal rows, the rest moves into the one
/// before it, so that the first has the norm of the matrix.
static void orthogonalize(TensorTrain &train) {
  for (size_t k = train.cores.size(); k-- > 1;) {
    TrainCore &core = train.cores[k], &before = train.cores[k - 1];
    Eigen::Map<const Matrix> rows(core.elements.data(), core.before,
                                  core.input * core.output * core.after);
    Eigen::HouseholderQR<ColumnMatrix> qr(rows.transpose());
    Eigen::Index rank = std::min(rows.rows(), rows.cols());
    ColumnMatrix q = qr.householderQ() * ColumnMatrix::Identity(rows.cols(), rank);
    Matrix r = qr.matrixQR().topRows(rank).triangularView<Eigen::Upper>();
    Eigen::Map<const Matrix> left(before.elements.data(),
                                  before.before * before.input * before.output, before.after);
    Matrix moved = left * r.transpose();
    core = {rank, core.input, core.output, core.after, toVector(q.transpose())};
    before = {before.before, before.input, before.output, rank, toVector(moved)};
  }
}

TensorTrain round(const TensorTrain &train, const Accuracy &accuracy) {
  TensorTrain result = train;
  orthogonalize(result);
  double allowed =
      getAllowed(getNorm(result.cores.front().elements), result.cores.size(), accuracy);
  for (size_t k = 0; k + 1 < result.cores.size(); ++k) {
    TrainCore &core = result.cores[k], &next = result.cores[k + 1];
    Eigen::Map<const Matrix> unfolded(core.elements.data(), core.before * core.input * core.output,
                                      core.after);
    Factors factors = factor(unfolded, allowed, accuracy.maxRank);
    Eigen::Map<const Matrix> right(next.elements.data(), next.before,
                                   next.input * next.output * next.after);
    Matrix moved = factors.right * right;
    core = {core.before, core.input, core.output, factors.left.cols(), toVector(factors.left)};
    next = {factors.left.cols(), next.input, next.output, next.after, toVector(moved)};
  }
  return result;
}

std::vector<double> reconstruct(const TensorTrain &train) {
  // State: [i1 ... ik, j1 ... jk, r(k)].
  std::vector<double> state{1};
  int64_t rows = 1, columns = 1;
  for (const TrainCore &core : train.cores) {
    int64_t width = core.input * core.output * core.after;
    Eigen::Map<const Matrix> left(state.data(), rows * columns, core.before);
    Eigen::Map<const Matrix> right(core.elements.data(), core.before, width);
    Matrix product = left * right; // [rows, columns, input, output, after]
    std::vector<double> next(product.size());
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        for (int64_t i = 0; i < core.input; ++i) {
          const double *from =
              product.data() + (row * columns + column) * width + i * core.output * core.after;
          double *to = next.data() +
                       (((row * core.input + i) * columns + column) * core.output) * core.after;
          std::copy(from, from + core.output * core.after, to);
        }
    state = std::move(next);
    rows *= core.input;
    columns *= core.output;
  }
  return state;
}

double getRelativeError(llvm::ArrayRef<float> matrix, const TensorTrain &train) {
  std::vector<double> approximation = reconstruct(train);
  double error = 0, norm = 0;
  for (size_t i = 0; i < matrix.size(); ++i) {
    double difference = matrix[i] - approximation[i];
    error += difference * difference;
    norm += static_cast<double>(matrix[i]) * matrix[i];
  }
  return norm == 0 ? 0 : std::sqrt(error / norm);
}

/// a - b: every core has those of both on its diagonal (section 4.1 of the article).
static TensorTrain subtract(const TensorTrain &a, const TensorTrain &b) {
  TensorTrain difference;
  for (size_t k = 0; k < a.cores.size(); ++k) {
    const TrainCore &first = a.cores[k], &second = b.cores[k];
    bool isFirst = k == 0, isLast = k + 1 == a.cores.size();
    TrainCore core{isFirst ? 1 : first.before + second.before,
                   first.input,
                   first.output,
                   isLast ? 1 : first.after + second.after,
                   {}};
    int64_t modes = core.input * core.output;
    core.elements.assign(core.before * modes * core.after, 0);
    auto place = [&](const TrainCore &part, int64_t row, int64_t column, double sign) {
      for (int64_t i = 0; i < part.before * modes; ++i)
        for (int64_t r = 0; r < part.after; ++r)
          core.elements[(row * modes + i) * core.after + column + r] +=
              sign * part.elements[i * part.after + r];
    };
    place(first, 0, 0, 1);
    place(second, isFirst ? 0 : first.before, isLast ? 0 : first.after, isLast ? -1 : 1);
    difference.cores.push_back(std::move(core));
  }
  return difference;
}

static double getNorm(TensorTrain train) {
  orthogonalize(train);
  return getNorm(train.cores.front().elements);
}

double getRelativeError(const TensorTrain &exact, const TensorTrain &train) {
  double norm = getNorm(exact);
  return norm == 0 ? 0 : getNorm(subtract(exact, train)) / norm;
}

TensorTrain toFloats(TensorTrain train) {
  for (TrainCore &core : train.cores)
    for (double &element : core.elements)
      element = static_cast<float>(element);
  return train;
}

//===--- modes ------------------------------------------------------------------------------===//

static llvm::SmallVector<int64_t> listPrimes(int64_t extent) {
  llvm::SmallVector<int64_t> primes;
  for (int64_t p = 2; p * p <= extent; ++p)
    for (; extent % p == 0; extent /= p)
      primes.push_back(p);
  if (extent > 1)
    primes.push_back(extent);
  return primes;
}

llvm::SmallVector<int64_t> factorize(int64_t extent, int64_t count) {
  llvm::SmallVector<int64_t> modes(count, 1);
  // The largest primes first, each into the smallest mode.
  llvm::SmallVector<int64_t> primes = listPrimes(extent);
  for (int64_t prime : llvm::reverse(primes))
    *std::min_element(modes.begin(), modes.end()) *= prime;
  std::sort(modes.begin(), modes.end());
  return modes;
}

Modes chooseModes(int64_t inputs, int64_t outputs) {
  double larger = static_cast<double>(std::max(inputs, outputs));
  auto count = std::max<int64_t>(2, std::lround(std::log(larger) / std::log(kUsualMode)));
  Modes modes{factorize(inputs, count), factorize(outputs, count)};
  // A large mode of one side beside a small one of the other.
  std::reverse(modes.outputs.begin(), modes.outputs.end());
  return modes;
}

int64_t padToSmooth(int64_t extent) {
  auto isSmooth = [](int64_t number) {
    llvm::SmallVector<int64_t> primes = listPrimes(number);
    return primes.empty() || primes.back() <= kLargestPrime;
  };
  while (!isSmooth(extent))
    ++extent;
  return extent;
}

} // namespace nnc
