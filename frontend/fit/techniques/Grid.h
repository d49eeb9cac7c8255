// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Points that are a grid: the product of the points of several factors, each of some inputs
// (factorial designs; Belyaev, Burnaev and Kapushev, arXiv:1403.6573).
#ifndef FRONTEND_FIT_TECHNIQUES_GRID_H
#define FRONTEND_FIT_TECHNIQUES_GRID_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

/// Inputs that vary together, and their points.
struct Factor {
  std::vector<int> inputs;
  Matrix points; // n x inputs, in lexicographic order
};

struct Grid {
  /// The last one varies fastest from cell to cell.
  std::vector<Factor> factors;
  /// The cell of each point of the sample.
  std::vector<Eigen::Index> cells;

  Eigen::Index countCells() const;
  /// "10 x 4 x 3".
  std::string formatExtents() const;
  bool isComplete() const { return static_cast<Eigen::Index>(cells.size()) == countCells(); }
  /// Results by cell; cells without a result have 0.
  Vector toCells(const Vector &y) const;
  Vector fromCells(const Vector &tensor) const { return tensor(cells); }
};

/// Of points all of which differ. Inputs of which not all pairs of values occur are one factor
/// where that makes the grid complete; else each input is a factor of its own.
Grid findGrid(const Matrix &x);

/// The product of one dimension of a tensor on the grid with a matrix, m x n of its factor, which
/// then has m.
Vector multiplyMode(const Grid &grid, size_t factor, const Matrix &matrix, const Vector &tensor);
/// That of all dimensions.
Vector multiplyModes(const Grid &grid, llvm::ArrayRef<Matrix> matrices, Vector tensor);
/// One dimension as rows: n x (all other cells).
Matrix unfold(const Grid &grid, size_t factor, const Vector &tensor);

/// The sum over all cells of an element of the tensor and the product of a column of each basis;
/// bases have a column for each point of their factor.
Node addTensorProduct(Formula &formula, llvm::ArrayRef<Node> bases, const Grid &grid,
                      const Vector &tensor);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TECHNIQUES_GRID_H
