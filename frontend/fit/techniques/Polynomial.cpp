// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Response surfaces: regression on the inputs, or on them, their products and their squares, with a
// ridge or with terms chosen one after the other.
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/QR>
#include <Eigen/SVD>

namespace nnc::fit {
namespace {

/// Inputs and, where wanted, all products of two of them.
struct Terms {
  std::vector<int> left, right; // products; empty for a linear surface

  Terms(Eigen::Index inputs, bool isQuadratic) {
    for (int i = 0; isQuadratic && i < inputs; ++i)
      for (int j = i; j < inputs; ++j) {
        left.push_back(i);
        right.push_back(j);
      }
  }

  Node add(Formula &formula) const {
    Node x = formula.input();
    if (left.empty())
      return x;
    return formula.join({x, formula.multiply(formula.columns(x, left), formula.columns(x, right))});
  }
};

/// The ridge penalty of the least error on points that are left out, from one decomposition.
class Ridge {
public:
  Ridge(const Matrix &terms, const Sample &sample) : sample(sample) {
    Vector root = sample.weights.cwiseSqrt();
    double total = sample.weights.sum();
    termMeans = (sample.weights.transpose() * terms) / total;
    mean = sample.weights.dot(sample.y) / total;
    Matrix centred = terms.rowwise() - termMeans;
    scales = ((centred.cwiseProduct(centred).transpose() * sample.weights) / total)
                 .cwiseSqrt()
                 .cwiseMax(1e-12);
    centred = centred * scales.cwiseInverse().asDiagonal();
    decomposition.compute(root.asDiagonal() * centred, Eigen::ComputeThinU | Eigen::ComputeThinV);
    target = root.cwiseProduct((sample.y.array() - mean).matrix());
    chooseLambda();
  }

  Matrix getCoefficients() const {
    Vector s = decomposition.singularValues();
    Vector shrunk = (s.array() / (s.array().square() + lambda)).max(0) *
                    (decomposition.matrixU().transpose() * target).array();
    return (decomposition.matrixV() * shrunk).cwiseQuotient(scales);
  }
  double getConstant(const Matrix &coefficients) const {
    return mean - (termMeans * coefficients)(0);
  }
  Vector getHeldOut() const { return heldOut; }
  double getLambda() const { return lambda; }

private:
  void chooseLambda() {
    double largest = decomposition.singularValues()(0), best = HUGE_VAL;
    for (double power = -12; power <= 1; power += 0.5) {
      double candidate = largest * largest * std::pow(10, power);
      Vector predicted = leaveOut(candidate);
      double error = (predicted - sample.y).cwiseAbs2().dot(sample.weights);
      if (error < best) {
        best = error;
        lambda = candidate;
        heldOut = predicted;
      }
    }
  }

  /// y_i - e_i / (1 - h_ii), the mean being one more term.
  Vector leaveOut(double candidate) const {
    Vector s = decomposition.singularValues();
    Vector shrink = s.array().square() / (s.array().square() + candidate);
    const Matrix &u = decomposition.matrixU();
    Vector fitted = u * shrink.cwiseProduct(u.transpose() * target);
    Vector leverage = u.cwiseAbs2() * shrink;
    leverage += sample.weights / sample.weights.sum();
    Vector root = sample.weights.cwiseSqrt();
    Vector residual = (target - fitted).cwiseQuotient(root);
    return sample.y - residual.cwiseQuotient((1 - leverage.array()).max(1e-6).matrix());
  }

  const Sample &sample;
  RowVector termMeans;
  Vector scales, target, heldOut;
  Eigen::BDCSVD<Matrix> decomposition;
  double mean, lambda = 0;
};

/// A surface: coefficients of its terms, most of them 0 where they were chosen.
struct Surface {
  Vector coefficients;
  double constant;
  Vector heldOut;
  std::string description;
};

Surface fitRidge(const Matrix &terms, const Sample &sample) {
  Ridge ridge(terms, sample);
  Matrix coefficients = ridge.getCoefficients();
  return {coefficients.col(0), ridge.getConstant(coefficients), ridge.getHeldOut(),
          llvm::formatv("{0} terms, ridge {1:e1}", terms.cols() + 1, ridge.getLambda())};
}

/// Takes the term that explains most of what is left, again and again, as long as predictions of
/// points that are left out get better (forward selection by the PRESS statistic, Allen, 1974).
class Stepwise {
public:
  Stepwise(const Matrix &terms, const Sample &sample) : sample(sample) {
    Vector root = sample.weights.cwiseSqrt();
    double total = sample.weights.sum();
    means = (sample.weights.transpose() * terms) / total;
    mean = sample.weights.dot(sample.y) / total;
    columns = root.asDiagonal() * (terms.rowwise() - means);
    residual = root.cwiseProduct((sample.y.array() - mean).matrix());
    leverage = sample.weights / total;
    norms = columns.colwise().squaredNorm();
    choose();
    solve(terms);
  }

  Surface get() const {
    return {coefficients,
            constant,
            {},
            llvm::formatv("{0} of {1} terms, stepwise", chosen.size() + 1, norms.size() + 1)};
  }

private:
  void choose() {
    constexpr int kPatience = 8;
    Eigen::Index most = std::min<Eigen::Index>({columns.cols(), sample.countPoints() - 2, 150});
    double best = getPress();
    std::vector<int> all;
    while (static_cast<Eigen::Index>(all.size()) < most && all.size() < chosen.size() + kPatience) {
      Vector gains = (columns.transpose() * residual).cwiseAbs2();
      RowVector left = columns.colwise().squaredNorm();
      Eigen::Index next;
      // What others have explained already is rounding.
      double gain = (left.array() > 1e-9 * norms.array())
                        .select(gains.transpose().array() / left.array().max(1e-300), -1.0)
                        .maxCoeff(&next);
      if (gain <= 0)
        break;
      Vector direction = columns.col(next).normalized();
      residual -= direction * direction.dot(residual);
      columns -= direction * (direction.transpose() * columns);
      leverage += direction.cwiseAbs2();
      all.push_back(static_cast<int>(next));
      if (double press = getPress(); press < best) {
        best = press;
        chosen = all;
      }
    }
  }

  double getPress() const {
    return residual.cwiseQuotient((1 - leverage.array()).max(1e-6).matrix()).squaredNorm();
  }

  void solve(const Matrix &terms) {
    coefficients = Vector::Zero(terms.cols());
    Vector root = sample.weights.cwiseSqrt();
    if (!chosen.empty()) {
      Matrix used =
          root.asDiagonal() * (terms(Eigen::all, chosen).rowwise() - RowVector(means(chosen)));
      Vector target = root.cwiseProduct((sample.y.array() - mean).matrix());
      coefficients(chosen) = used.colPivHouseholderQr().solve(target);
    }
    constant = mean - means * coefficients;
  }

  const Sample &sample;
  RowVector means, norms;
  Matrix columns; // what the chosen terms do not explain of each
  Vector residual, leverage, coefficients;
  std::vector<int> chosen;
  double mean, constant;
};

/// Several passes over the terms for each that is chosen: not of large tables.
constexpr Eigen::Index kLargeTable = 2'000'000;

llvm::Expected<Fitted> fitSurface(const Sample &sample, bool isQuadratic) {
  Formula formula(sample.countInputs());
  Node terms = Terms(sample.countInputs(), isQuadratic).add(formula);
  Matrix values = formula.evaluate(terms, sample.x);
  Surface surface = fitRidge(values, sample);
  if (values.size() <= kLargeTable && sample.countPoints() >= 10) {
    Surface stepwise = Stepwise(values, sample).get();
    stepwise.heldOut = crossValidate(sample, 10, [&](const Sample &part) {
      Matrix of = formula.evaluate(terms, part.x);
      Surface fitted = Stepwise(of, part).get();
      return [&formula, terms, fitted](const Matrix &x) -> Vector {
        return (formula.evaluate(terms, x) * fitted.coefficients).array() + fitted.constant;
      };
    });
    auto getLoss = [&](const Surface &one) {
      return (one.heldOut - sample.y).cwiseAbs2().dot(sample.weights);
    };
    if (getLoss(stepwise) < getLoss(surface))
      surface = std::move(stepwise);
  }
  Node value =
      formula.linear(terms, surface.coefficients, RowVector::Constant(1, surface.constant));
  return Fitted{std::move(formula), value, std::nullopt, surface.heldOut, surface.description};
}

} // namespace

llvm::Expected<Fitted> fitLinear(const Sample &sample, const Wishes &) {
  return fitSurface(sample, /*isQuadratic=*/false);
}

llvm::Expected<Fitted> fitQuadratic(const Sample &sample, const Wishes &) {
  return fitSurface(sample, /*isQuadratic=*/true);
}

} // namespace nnc::fit
