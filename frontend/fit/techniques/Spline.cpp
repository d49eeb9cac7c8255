// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Splines of one input that make the least of the integral of f''^2 + tension^2 f'^2 (Schweikert,
// 1966; without tension natural cubic splines, Green and Silverman, 1994, chapter 7), smoothed as
// much as points that are left out ask for.
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

namespace nnc::fit {
namespace {

/// Sums of a kernel to the points and a straight line. The kernel is |t|^3, or with tension
/// -6 (exp(-tension |t|) + tension |t|) / tension^3, which tends to it.
class SplineFamily {
public:
  SplineFamily(const Sample &sample, double tension) : sample(sample), tension(tension) {
    Eigen::Index n = sample.countPoints();
    root = sample.weights.cwiseSqrt();
    line.resize(n, 2);
    line << root, root.cwiseProduct(sample.x);
    kernel = root.asDiagonal() * computeKernel() * root.asDiagonal();
    target = root.cwiseProduct(sample.y);
    Matrix q = Eigen::HouseholderQR<Matrix>(line).householderQ();
    Matrix rest = q.rightCols(n - 2);
    Eigen::SelfAdjointEigenSolver<Matrix> solver(rest.transpose() * kernel * rest);
    values = solver.eigenvalues().cwiseMax(0);
    vectors = rest * solver.eigenvectors();
    projected = vectors.transpose() * target;
  }

  /// What is predicted for each point from the others: its residual over 1 - leverage.
  Vector predictHeldOut(double penalty) const {
    Vector share = invert(penalty);
    Vector cubes = vectors * share.cwiseProduct(projected);
    Vector left = vectors.cwiseAbs2() * share;
    return sample.y - cubes.cwiseQuotient(left).cwiseQuotient(root);
  }

  /// Weights of the kernel to each point, the slope, and the constant.
  Vector getCoefficients(double penalty) const {
    Vector cubes = vectors * invert(penalty).cwiseProduct(projected);
    Vector ofLine = line.colPivHouseholderQr().solve(target - kernel * cubes - penalty * cubes);
    Vector all(cubes.size() + 2);
    all << root.cwiseProduct(cubes), ofLine(1), ofLine(0);
    return all;
  }

  Node addKernel(Formula &formula) const {
    Node x = formula.input();
    Eigen::Index n = sample.countPoints();
    if (tension == 0)
      return formula.distances(x, sample.x, 3);
    Node s =
        formula.distances(formula.affine(x, RowVector::Constant(1, tension), RowVector::Zero(1)),
                          tension * sample.x, 1);
    Node sum = formula.add(formula.unary(Unary::Exp, formula.unary(Unary::Negate, s)), s);
    return formula.affine(sum, RowVector::Constant(n, -6 / std::pow(tension, 3)),
                          RowVector::Zero(n));
  }

private:
  Matrix computeKernel() const {
    Formula formula(1);
    return formula.evaluate(addKernel(formula), sample.x);
  }
  Vector invert(double penalty) const {
    double least = 1e-15 * values.maxCoeff();
    return (values.array() + penalty).max(least).inverse();
  }

  const Sample &sample;
  double tension;
  Matrix kernel, line, vectors;
  Vector root, target, values, projected;
};

struct Choice {
  double tension, penalty, error = HUGE_VAL;
};

/// Over the mean distance of neighbours.
std::vector<double> listTensions(const Sample &sample, const Wishes &wishes) {
  if (auto tension = wishes.find("tension"))
    return {*tension};
  // A decomposition for each.
  return sample.countPoints() <= 400 ? std::vector<double>{0, 0.5, 2, 8} : std::vector<double>{0};
}

/// A tension is taken where it is clearly better than none.
constexpr double kClearlyLess = 0.95;

} // namespace

llvm::Expected<Fitted> fitSpline(const Sample &sample, const Wishes &wishes) {
  double distance =
      (sample.x.maxCoeff() - sample.x.minCoeff()) / static_cast<double>(sample.countPoints() - 1);
  std::vector<double> penalties{0};
  for (double power = -8; power <= 2 && !has(wishes.required, Property::Exact); power += 0.5)
    penalties.push_back(std::pow(10, power));
  Choice best;
  for (double tension : listTensions(sample, wishes)) {
    SplineFamily family(sample, tension / distance);
    for (double penalty : penalties) {
      double error = (family.predictHeldOut(penalty) - sample.y).cwiseAbs2().dot(sample.weights);
      if (error < (tension == 0 || best.tension == tension ? 1 : kClearlyLess) * best.error)
        best = {tension, penalty, error};
    }
  }
  if (!std::isfinite(best.error))
    return llvm::createStringError("no penalty gives finite predictions of points left out");
  SplineFamily family(sample, best.tension / distance);
  Eigen::Index n = sample.countPoints();
  Formula formula(1);
  Node terms = formula.join({family.addKernel(formula), formula.input()});
  Vector coefficients = family.getCoefficients(best.penalty);
  Node value =
      formula.linear(terms, coefficients.head(n + 1), RowVector::Constant(1, coefficients(n + 1)));
  std::string description = llvm::formatv(
      "{0}, {1} knots, penalty {2:e1}",
      best.tension == 0 ? "cubic" : llvm::formatv("tension {0:f1}", best.tension).str(), n,
      best.penalty);
  return Fitted{std::move(formula), value, std::nullopt, family.predictHeldOut(best.penalty),
                description};
}

} // namespace nnc::fit
