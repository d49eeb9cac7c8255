// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor products of splines: a cubic spline of each factor of a grid (GTApprox, arXiv:1609.01088,
// section 4, TA and iTA; Belyaev, Burnaev and Kapushev, arXiv:1403.6573).
#include "frontend/fit/techniques/Grid.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Eigenvalues>
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/QR>
#include <Eigen/SparseCore>

namespace nnc::fit {
namespace {

/// Splines that are 1 at one point of a factor and 0 at the others: sums of |x - x_i|^3 and a
/// linear function, natural cubic splines where the factor is one input.
class Cardinals {
public:
  explicit Cardinals(const Factor &factor) : factor(factor) {
    Eigen::Index n = factor.points.rows(), d = factor.points.cols();
    Matrix system = Matrix::Zero(n + d + 1, n + d + 1);
    Formula formula(d);
    system.topLeftCorner(n, n) =
        formula.evaluate(addCubes(formula, formula.input()), factor.points);
    system.block(0, n, n, 1).setOnes();
    system.block(0, n + 1, n, d) = factor.points;
    system.bottomLeftCorner(d + 1, n) = system.topRightCorner(n, d + 1).transpose();
    Matrix targets = Matrix::Zero(n + d + 1, n);
    targets.topRows(n).setIdentity();
    // A factor of few points may lie in a plane.
    coefficients = system.completeOrthogonalDecomposition().solve(targets);
    roughness = 0.5 * (coefficients.topRows(n) + coefficients.topRows(n).transpose());
  }

  /// A column for each point.
  Node add(Formula &formula) const {
    Eigen::Index n = factor.points.rows(), d = factor.points.cols();
    Node x = formula.columns(formula.input(), factor.inputs);
    Node terms = formula.join({addCubes(formula, x), x});
    Matrix weight(n + d, n);
    weight << coefficients.topRows(n), coefficients.bottomRows(d);
    return formula.linear(terms, weight, coefficients.row(n));
  }

  /// The form that gives the roughness of a spline from its values, n x n.
  const Matrix &getRoughness() const { return roughness; }

private:
  Node addCubes(Formula &formula, Node x) const {
    if (factor.points.cols() == 1)
      return formula.distances(x, factor.points, 3);
    Node square = formula.distances(x, factor.points, 2);
    return formula.multiply(square, formula.unary(Unary::Sqrt, formula.atLeast(square, 1e-100)));
  }

  const Factor &factor;
  Matrix coefficients; // of the cubes, the constant, the inputs; a column for each cardinal spline
  Matrix roughness;
};

std::vector<Cardinals> makeCardinals(const Grid &grid) {
  std::vector<Cardinals> all;
  for (const Factor &factor : grid.factors)
    all.emplace_back(factor);
  return all;
}

Fitted makeModel(const Sample &sample, const Grid &grid, llvm::ArrayRef<Cardinals> cardinals,
                 const Vector &tensor, Vector heldOut, const std::string &description) {
  Formula formula(sample.countInputs());
  std::vector<Node> bases;
  for (const Cardinals &one : cardinals)
    bases.push_back(one.add(formula));
  Node value = addTensorProduct(formula, bases, grid, tensor);
  return Fitted{std::move(formula), value, std::nullopt, std::move(heldOut), description};
}

/// The smoother (I + penalty roughness)^-1 of each factor, and their product.
class Smoother {
public:
  Smoother(const Grid &grid, llvm::ArrayRef<Cardinals> cardinals, Vector results)
      : grid(grid), results(std::move(results)), penalties(cardinals.size(), kLeastPenalty) {
    for (const Cardinals &one : cardinals) {
      solvers.emplace_back(one.getRoughness());
      scales.push_back(std::max(solvers.back().eigenvalues().maxCoeff(), 1e-300));
    }
  }

  /// Penalties, factor by factor, of the least error of what is left out.
  void choose() {
    double best = getError();
    for (int round = 0; round < 2; ++round)
      for (double &penalty : penalties) {
        double kept = penalty;
        for (double power = -8; power <= 3; power += 0.5) {
          penalty = std::pow(10, power);
          if (double error = getError(); error < best)
            best = error, kept = penalty;
        }
        penalty = kept;
      }
  }

  Vector smooth() const {
    std::vector<Matrix> matrices;
    for (size_t factor = 0; factor < solvers.size(); ++factor)
      matrices.push_back(getMatrix(factor));
    return multiplyModes(grid, matrices, results);
  }

  /// Each result's prediction without it; as penalties go to 0, that of splines through the others.
  Vector predictHeldOut() const {
    Vector leverage = Vector::Ones(results.size());
    std::vector<Matrix> diagonals;
    for (size_t factor = 0; factor < solvers.size(); ++factor)
      diagonals.push_back(getMatrix(factor).diagonal().asDiagonal());
    leverage = multiplyModes(grid, diagonals, leverage);
    Vector residual = results - smooth();
    return results - residual.cwiseQuotient((1 - leverage.array()).max(1e-14).matrix());
  }

  bool isInterpolating() const {
    return llvm::all_of(penalties, [](double penalty) { return penalty == kLeastPenalty; });
  }

private:
  static constexpr double kLeastPenalty = 1e-8;

  double getError() const { return (predictHeldOut() - results).squaredNorm(); }

  Matrix getMatrix(size_t factor) const {
    const auto &solver = solvers[factor];
    Vector shrink =
        (1 + penalties[factor] / scales[factor] * solver.eigenvalues().array().max(0)).inverse();
    return solver.eigenvectors() * shrink.asDiagonal() * solver.eigenvectors().transpose();
  }

  const Grid &grid;
  Vector results;
  std::vector<double> penalties, scales;
  std::vector<Eigen::SelfAdjointEigenSolver<Matrix>> solvers;
};

/// The values of all cells that are near the results of some and not rough: the least of
/// sum w (value - result)^2 + penalty * the roughness along each factor.
class Completion {
public:
  Completion(const Grid &grid, llvm::ArrayRef<Cardinals> cardinals) : grid(grid) {
    Eigen::Index cells = grid.countCells();
    std::vector<Eigen::Triplet<double>> elements;
    Eigen::Index behind = cells;
    for (auto [factor, one] : llvm::zip(grid.factors, cardinals)) {
      Matrix scaled = one.getRoughness() / std::max(one.getRoughness().trace(), 1e-300);
      Eigen::Index n = factor.points.rows();
      behind /= n;
      for (Eigen::Index cell = 0; cell < cells; ++cell) {
        Eigen::Index at = cell / behind % n;
        for (Eigen::Index other = 0; other < n; ++other)
          elements.emplace_back(static_cast<int>(cell),
                                static_cast<int>(cell + (other - at) * behind), scaled(at, other));
      }
    }
    roughness.resize(cells, cells);
    roughness.setFromTriplets(elements.begin(), elements.end());
  }

  /// Weights and results by cell; cells without a result have weight 0.
  Vector solve(const Vector &weights, const Vector &results, double penalty) const {
    Eigen::SparseMatrix<double> system = penalty * roughness;
    system.diagonal() += weights;
    Eigen::ConjugateGradient<Eigen::SparseMatrix<double>, Eigen::Lower | Eigen::Upper> solver;
    solver.setTolerance(1e-9);
    solver.setMaxIterations(2000);
    solver.compute(system);
    return solver.solve(weights.cwiseProduct(results));
  }

  /// The same from the results of some points of the sample.
  Vector solve(const Sample &sample, llvm::ArrayRef<int> leftOut, double penalty) const {
    Vector weights = sample.weights;
    weights(std::vector<int>(leftOut)).setZero();
    return solve(grid.toCells(weights), grid.toCells(sample.y), penalty);
  }

private:
  const Grid &grid;
  Eigen::SparseMatrix<double> roughness;
};

} // namespace

llvm::Expected<Fitted> fitTensor(const Sample &sample, const Wishes &wishes) {
  Grid grid = findGrid(sample.x);
  std::vector<Cardinals> cardinals = makeCardinals(grid);
  Smoother smoother(grid, cardinals, grid.toCells(sample.y));
  bool isExact = has(wishes.required, Property::Exact);
  if (!isExact)
    smoother.choose();
  isExact |= smoother.isInterpolating();
  Vector tensor = isExact ? grid.toCells(sample.y) : smoother.smooth();
  return makeModel(sample, grid, cardinals, tensor, grid.fromCells(smoother.predictHeldOut()),
                   "splines on a grid of " + grid.formatExtents() +
                       (isExact ? ", exact" : ", smoothed"));
}

llvm::Expected<Fitted> fitIncompleteTensor(const Sample &sample, const Wishes &) {
  Grid grid = findGrid(sample.x);
  std::vector<Cardinals> cardinals = makeCardinals(grid);
  Completion completion(grid, cardinals);
  auto folds = drawFolds(sample.countPoints(), 4, sample.seed);
  double best = HUGE_VAL, chosen = 1;
  Vector heldOut(sample.countPoints()), bestHeldOut;
  for (double power = -4; power <= 1; power += 1) {
    for (const std::vector<int> &fold : folds)
      heldOut(fold) = grid.fromCells(completion.solve(sample, fold, std::pow(10, power)))(fold);
    double error = (heldOut - sample.y).cwiseAbs2().dot(sample.weights);
    if (error < best)
      best = error, chosen = std::pow(10, power), bestHeldOut = heldOut;
  }
  if (!std::isfinite(best))
    return llvm::createStringError("the grid's missing results cannot be found");
  std::string description = llvm::formatv("splines on {0} of a grid of {1}, penalty {2:e1}",
                                          sample.countPoints(), grid.formatExtents(), chosen);
  return makeModel(sample, grid, cardinals, completion.solve(sample, {}, chosen), bestHeldOut,
                   description);
}

} // namespace nnc::fit
