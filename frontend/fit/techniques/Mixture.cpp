// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mixture of approximators: clusters of points by a mixture of normal distributions, a model of
// each, and their mean with the probabilities of the clusters as weights (GTApprox,
// arXiv:1609.01088, section 4, MoA; Bettebghor et al., 2011).
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

#include <Eigen/Cholesky>

#include <random>

namespace nnc::fit {
namespace {

/// A mixture of normal distributions, by expectation and maximization (Dempster, Laird and Rubin,
/// 1977).
class NormalMixture {
public:
  NormalMixture(const Matrix &x, Eigen::Index parts, unsigned seed) {
    draw(x, parts, seed);
    double last = -HUGE_VAL;
    for (int step = 0; step < 200; ++step) {
      maximize(x);
      Matrix scores = getScores(x);
      Vector largest = scores.rowwise().maxCoeff();
      shares = (scores.colwise() - largest).array().exp();
      Vector sums = shares.rowwise().sum();
      shares = sums.cwiseInverse().asDiagonal() * shares;
      logLikelihood = (sums.array().log() + largest.array()).sum();
      if (logLikelihood - last < 1e-6 * static_cast<double>(x.rows()))
        break;
      last = logLikelihood;
    }
  }

  /// The criterion of Schwarz (1978): less is better.
  double getCriterion() const {
    auto d = static_cast<double>(means.cols()), k = static_cast<double>(means.rows());
    return k * (1 + d + d * (d + 1) / 2) * std::log(shares.rows()) - 2 * logLikelihood;
  }

  /// The distributions of the first columns alone.
  NormalMixture restrict(Eigen::Index columns) const {
    NormalMixture result(*this);
    result.means = means.leftCols(columns);
    for (Matrix &covariance : result.covariances)
      covariance = Matrix(covariance.topLeftCorner(columns, columns));
    return result;
  }

  Eigen::Index countParts() const { return means.rows(); }

  /// The probabilities of the parts, a column each.
  Node add(Formula &formula, Node x) const {
    Eigen::Index k = means.rows(), d = means.cols();
    Matrix weight(d, k * d), sums = Matrix::Zero(k * d, k);
    RowVector shift(k * d), constant(k);
    for (Eigen::Index part = 0; part < k; ++part) {
      Eigen::LLT<Matrix> factor(covariances[static_cast<size_t>(part)]);
      Matrix whiten = factor.matrixL().solve(Matrix::Identity(d, d)).transpose();
      weight.middleCols(part * d, d) = whiten;
      shift.segment(part * d, d) = -means.row(part) * whiten;
      sums.block(part * d, part, d, 1).setConstant(-0.5);
      constant(part) =
          std::log(proportions(part)) - Matrix(factor.matrixL()).diagonal().array().log().sum();
    }
    Node whitened = formula.linear(x, weight, shift);
    return formula.softmax(formula.linear(formula.unary(Unary::Square, whitened), sums, constant));
  }

private:
  /// Points to the nearest of some of them, drawn far from each other (Arthur and Vassilvitskii,
  /// 2007).
  void draw(const Matrix &x, Eigen::Index parts, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<int> centres{
        static_cast<int>(std::uniform_int_distribution<Eigen::Index>(0, x.rows() - 1)(random))};
    Vector nearest = Vector::Constant(x.rows(), HUGE_VAL);
    shares = Matrix::Zero(x.rows(), parts);
    std::vector<Eigen::Index> of(static_cast<size_t>(x.rows()), 0);
    for (Eigen::Index part = 0;; ++part) {
      Vector distance = (x.rowwise() - x.row(centres.back())).rowwise().squaredNorm();
      for (Eigen::Index row = 0; row < x.rows(); ++row)
        if (distance(row) < nearest(row)) {
          nearest(row) = distance(row);
          of[static_cast<size_t>(row)] = part;
        }
      if (part + 1 == parts)
        break;
      std::discrete_distribution<int> far(nearest.begin(), nearest.end());
      centres.push_back(far(random));
    }
    for (Eigen::Index row = 0; row < x.rows(); ++row)
      shares(row, of[static_cast<size_t>(row)]) = 1;
  }

  void maximize(const Matrix &x) {
    Eigen::Index k = shares.cols(), d = x.cols();
    RowVector weights = shares.colwise().sum().array() + 1e-9;
    proportions = weights.transpose() / weights.sum();
    means = weights.cwiseInverse().asDiagonal() * (shares.transpose() * x);
    covariances.assign(static_cast<size_t>(k), {});
    for (Eigen::Index part = 0; part < k; ++part) {
      Matrix centred = x.rowwise() - means.row(part);
      covariances[static_cast<size_t>(part)] =
          (centred.transpose() * shares.col(part).asDiagonal() * centred) / weights(part) +
          1e-3 * Matrix::Identity(d, d);
    }
  }

  Matrix getScores(const Matrix &x) const {
    Matrix scores(x.rows(), means.rows());
    for (Eigen::Index part = 0; part < means.rows(); ++part) {
      Eigen::LLT<Matrix> factor(covariances[static_cast<size_t>(part)]);
      Matrix whitened = factor.matrixL().solve((x.rowwise() - means.row(part)).transpose());
      double constant =
          std::log(proportions(part)) - Matrix(factor.matrixL()).diagonal().array().log().sum();
      scores.col(part) = (constant - 0.5 * whitened.colwise().squaredNorm().array()).transpose();
    }
    return scores;
  }

  Matrix shares, means;
  std::vector<Matrix> covariances;
  Vector proportions;
  double logLikelihood = -HUGE_VAL;
};

/// Clusters of points with alike results; as many as the criterion says.
NormalMixture findClusters(const Sample &sample, const Wishes &wishes) {
  Matrix joint(sample.countPoints(), sample.countInputs() + 1);
  joint << sample.x, sample.y;
  if (auto parts = wishes.find("parts"))
    return NormalMixture(joint, static_cast<Eigen::Index>(*parts), sample.seed);
  std::optional<NormalMixture> best;
  for (Eigen::Index parts = 2; parts <= 4 && 30 * parts <= sample.countPoints(); ++parts) {
    NormalMixture mixture(joint, parts, sample.seed);
    if (!best || mixture.getCriterion() < best->getCriterion())
      best = std::move(mixture);
  }
  return *best;
}

/// A Gaussian process of large clusters, a linear surface of small ones.
llvm::Expected<Fitted> fitCluster(const Sample &cluster, const Wishes &wishes) {
  Eigen::Index least = 3 * (cluster.countInputs() + 1), most = 1500;
  if (cluster.countPoints() < least)
    return fitLinear(cluster, Wishes());
  return cluster.countPoints() > most ? fitSparseGaussianProcess(cluster, Wishes(wishes.required))
                                      : fitGaussianProcess(cluster, Wishes(wishes.required));
}

/// Without predictions of held-out points.
llvm::Expected<Fitted> fitParts(const Sample &sample, const Wishes &wishes) {
  NormalMixture mixture = findClusters(sample, wishes).restrict(sample.countInputs());
  Formula formula(sample.countInputs());
  Node shares = mixture.add(formula, formula.input());
  Matrix values = formula.evaluate(shares, sample.x);
  std::vector<Node> models;
  for (Eigen::Index part = 0; part < mixture.countParts(); ++part) {
    // Points that matter little to a cluster do not matter to its model.
    constexpr double kLeastShare = 0.05;
    std::vector<int> rows;
    for (Eigen::Index row = 0; row < sample.countPoints(); ++row)
      if (values(row, part) > kLeastShare)
        rows.push_back(static_cast<int>(row));
    if (rows.size() < 3)
      return llvm::createStringError("a cluster has fewer than 3 points");
    llvm::Expected<Fitted> fitted = fitCluster(sample.take(rows), wishes);
    if (!fitted)
      return fitted.takeError();
    models.push_back(formula.append(fitted->formula, fitted->value, formula.input()));
  }
  Node value = formula.sum(formula.multiply(shares, formula.join(models)));
  std::string description = llvm::formatv("{0} clusters", mixture.countParts());
  return Fitted{std::move(formula), value, std::nullopt, {}, description};
}

} // namespace

llvm::Expected<Fitted> fitMixture(const Sample &sample, const Wishes &wishes) {
  llvm::Expected<Fitted> fitted = fitParts(sample, wishes);
  if (!fitted)
    return fitted;
  llvm::Expected<Vector> heldOut =
      crossValidateModels(sample, 4, [&](const Sample &part) { return fitParts(part, wishes); });
  if (!heldOut)
    return heldOut.takeError();
  fitted->heldOut = std::move(*heldOut);
  return fitted;
}

} // namespace nnc::fit
