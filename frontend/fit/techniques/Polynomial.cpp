// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Response surfaces: ridge regression on the inputs, or on them, their products and their squares.
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

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

llvm::Expected<Fitted> fitSurface(const Sample &sample, bool isQuadratic) {
  Formula formula(sample.countInputs());
  Node terms = Terms(sample.countInputs(), isQuadratic).add(formula);
  Matrix values = formula.evaluate(terms, sample.x);
  Ridge ridge(values, sample);
  Matrix coefficients = ridge.getCoefficients();
  Node value =
      formula.linear(terms, coefficients, RowVector::Constant(1, ridge.getConstant(coefficients)));
  std::string description =
      llvm::formatv("{0} terms, ridge {1:e1}", values.cols() + 1, ridge.getLambda());
  Vector importance = coefficients.col(0).head(sample.countInputs()).cwiseAbs();
  importance /= std::max(importance.sum(), 1e-300);
  return Fitted{std::move(formula), value,       std::nullopt,
                ridge.getHeldOut(), description, importance};
}

} // namespace

llvm::Expected<Fitted> fitLinear(const Sample &sample, const Requirements &) {
  return fitSurface(sample, /*isQuadratic=*/false);
}

llvm::Expected<Fitted> fitQuadratic(const Sample &sample, const Requirements &) {
  return fitSurface(sample, /*isQuadratic=*/true);
}

} // namespace nnc::fit
