// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/techniques/Grid.h"

#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <set>

namespace nnc::fit {
namespace {

using Point = std::vector<double>;

Point takePoint(const Matrix &x, Eigen::Index row, const std::vector<int> &inputs) {
  Point point;
  for (int input : inputs)
    point.push_back(x(row, input));
  return point;
}

std::vector<Point> listPoints(const Matrix &x, const std::vector<int> &inputs) {
  std::set<Point> points;
  for (Eigen::Index row = 0; row < x.rows(); ++row)
    points.insert(takePoint(x, row, inputs));
  return {points.begin(), points.end()};
}

Grid makeGrid(const Matrix &x, const std::vector<std::vector<int>> &groups) {
  Grid grid;
  grid.cells.assign(static_cast<size_t>(x.rows()), 0);
  for (const std::vector<int> &inputs : groups) {
    std::vector<Point> points = listPoints(x, inputs);
    Factor factor{inputs, Matrix(points.size(), inputs.size())};
    for (auto [row, point] : llvm::enumerate(points))
      factor.points.row(static_cast<Eigen::Index>(row)) =
          Eigen::Map<const RowVector>(point.data(), static_cast<Eigen::Index>(point.size()));
    for (auto [row, cell] : llvm::enumerate(grid.cells)) {
      auto at = llvm::lower_bound(points, takePoint(x, static_cast<Eigen::Index>(row), inputs));
      cell = cell * static_cast<Eigen::Index>(points.size()) + (at - points.begin());
    }
    grid.factors.push_back(std::move(factor));
  }
  return grid;
}

/// Inputs that are not independent of each other, together.
std::vector<std::vector<int>> groupInputs(const Matrix &x) {
  auto inputs = static_cast<int>(x.cols());
  llvm::EquivalenceClasses<int> classes;
  auto count = [&](const std::vector<int> &of) { return listPoints(x, of).size(); };
  for (int a = 0; a < inputs; ++a) {
    classes.insert(a);
    for (int b = 0; b < a; ++b)
      if (!classes.isEquivalent(a, b) && count({a, b}) < count({a}) * count({b}))
        classes.unionSets(a, b);
  }
  std::vector<std::vector<int>> groups;
  for (int a = 0; a < inputs; ++a) {
    if (classes.getLeaderValue(a) != a)
      continue;
    groups.emplace_back(classes.findLeader(a), classes.member_end());
    llvm::sort(groups.back());
  }
  return groups;
}

/// Where an input has another value in more than half of the points, no other factor can have two
/// points; grids of many inputs are not run, and pairs of many inputs are many.
bool mayBeGrid(const Matrix &x) {
  constexpr int kMostInputs = 12;
  if (x.cols() < 2 || x.cols() > kMostInputs)
    return false;
  for (int input = 0; input < x.cols(); ++input)
    if (2 * listPoints(x, {input}).size() > static_cast<size_t>(x.rows()))
      return false;
  return true;
}

/// Products of extents that are larger are no grid that anybody has run.
constexpr Eigen::Index kMostCells = 1'000'000;

} // namespace

Eigen::Index Grid::countCells() const {
  Eigen::Index count = 1;
  for (const Factor &factor : factors)
    count = std::min(count * factor.points.rows(), kMostCells + 1);
  return count;
}

std::string Grid::formatExtents() const {
  std::string extents;
  for (const Factor &factor : factors)
    extents += (extents.empty() ? "" : " x ") + std::to_string(factor.points.rows());
  return extents;
}

Vector Grid::toCells(const Vector &y) const {
  Vector tensor = Vector::Zero(countCells());
  tensor(cells) = y;
  return tensor;
}

Grid findGrid(const Matrix &x) {
  if (mayBeGrid(x)) {
    Grid grouped = makeGrid(x, groupInputs(x));
    if (grouped.isComplete())
      return grouped;
  }
  std::vector<std::vector<int>> single;
  for (int input = 0; input < x.cols(); ++input)
    single.push_back({input});
  return makeGrid(x, single);
}

/// How many cells are before and behind one dimension.
static std::pair<Eigen::Index, Eigen::Index> getSides(const Grid &grid, size_t factor) {
  Eigen::Index before = 1, behind = 1;
  for (auto [index, other] : llvm::enumerate(grid.factors))
    (index < factor ? before : behind) *= index == factor ? 1 : other.points.rows();
  return {before, behind};
}

Vector multiplyMode(const Grid &grid, size_t factor, const Matrix &matrix, const Vector &tensor) {
  auto [before, behind] = getSides(grid, factor);
  Eigen::Index from = matrix.cols(), to = matrix.rows();
  Vector result(before * to * behind);
  for (Eigen::Index block = 0; block < before; ++block) {
    Eigen::Map<const Matrix> slice(tensor.data() + block * from * behind, behind, from);
    Eigen::Map<Matrix>(result.data() + block * to * behind, behind, to).noalias() =
        slice * matrix.transpose();
  }
  return result;
}

Vector multiplyModes(const Grid &grid, llvm::ArrayRef<Matrix> matrices, Vector tensor) {
  for (auto [factor, matrix] : llvm::enumerate(matrices))
    tensor = multiplyMode(grid, factor, matrix, tensor);
  return tensor;
}

Matrix unfold(const Grid &grid, size_t factor, const Vector &tensor) {
  auto [before, behind] = getSides(grid, factor);
  Eigen::Index n = grid.factors[factor].points.rows();
  Matrix rows(n, before * behind);
  for (Eigen::Index block = 0; block < before; ++block)
    rows.middleCols(block * behind, behind) =
        Eigen::Map<const Matrix>(tensor.data() + block * n * behind, behind, n).transpose();
  return rows;
}

Node addTensorProduct(Formula &formula, llvm::ArrayRef<Node> bases, const Grid &grid,
                      const Vector &tensor) {
  Eigen::Index first = grid.factors[0].points.rows(), rest = tensor.size() / first;
  Matrix weight = Eigen::Map<const Matrix>(tensor.data(), rest, first).transpose();
  Node left = formula.linear(bases[0], weight, RowVector::Zero(rest));
  for (Node basis : bases.drop_front())
    left = formula.contract(left, basis);
  return left;
}

std::string lackGrid(const Sample &sample) {
  if (sample.weights.maxCoeff() > (1 + 1e-9) * sample.weights.minCoeff())
    return "results that all count the same, one of each point";
  Grid grid = findGrid(sample.x);
  if (grid.factors.size() < 2 || !grid.isComplete())
    return "a grid: all combinations of the values of two or more groups of inputs";
  return {};
}

std::string lackPartOfGrid(const Sample &sample) {
  constexpr double kLeastShare = 0.2;
  Grid grid = findGrid(sample.x);
  auto cells = static_cast<double>(grid.countCells()),
       points = static_cast<double>(sample.countPoints());
  if (grid.factors.size() < 2 || points < kLeastShare * cells || cells > 50'000)
    return "at least a fifth of the combinations of the values of two or more inputs, of which "
           "there are at most 50,000";
  if (grid.isComplete())
    return "combinations without a result; it has all, for which ta and tgp are made";
  return {};
}

} // namespace nnc::fit
