// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// High-dimensional approximation: sums of linear, sigmoid and Gaussian functions of the inputs,
// means of several networks, boosted by more of what they leave over (GTApprox, arXiv:1609.01088,
// section 4, HDA), trained by quasi-Newton steps.
#include "frontend/fit/techniques/HighDimensional.h"
#include "frontend/fit/techniques/Minimize.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <random>

namespace nnc::fit {
namespace {

/// Squares of distances between rows of x and columns of `centers`.
Matrix getSquares(const Matrix &x, const Eigen::Ref<const Matrix> &centers) {
  Matrix squares = -2 * x * centers;
  squares.colwise() += x.rowwise().squaredNorm();
  squares.rowwise() += centers.colwise().squaredNorm();
  return squares.cwiseMax(0);
}

/// [tanh(x W + b), exp(-s |x - z|^2)] v + x u + c, with its parameters in a row. Of the scales s of
/// D inputs, log(D s) is a parameter: 0 is as wide as the sample.
class Network {
public:
  Network(Eigen::Index inputs, Eigen::Index sigmoids, Eigen::Index gaussians)
      : inputs(inputs), sigmoids(sigmoids), gaussians(gaussians) {}

  Eigen::Index countUnits() const { return sigmoids + gaussians; }
  Eigen::Index countParameters() const { return countUnits() * (inputs + 2) + inputs + 1; }

  Vector start(std::mt19937 &random) const {
    Vector p(countParameters());
    std::normal_distribution<double> normal;
    for (double &number : p)
      number = normal(random);
    p.head(inputs * sigmoids) *= 1.5 / std::sqrt(inputs);
    p.segment(atScales(), gaussians) *= 0.3;
    p.tail(countUnits() + inputs + 1) *= 0.1 / std::sqrt(countUnits());
    return p;
  }

  Eigen::Map<const Matrix> weight(const double *p) const { return {p, inputs, sigmoids}; }
  Eigen::Map<const RowVector> shift(const double *p) const {
    return {p + inputs * sigmoids, sigmoids};
  }
  Eigen::Map<const Matrix> centers(const double *p) const {
    return {p + atCenters(), inputs, gaussians};
  }
  RowVector scales(const double *p) const {
    Eigen::Map<const RowVector> logarithms(p + atScales(), gaussians);
    return logarithms.array().exp() / static_cast<double>(inputs);
  }
  Eigen::Map<const Vector> output(const double *p) const { return {p + atOutput(), countUnits()}; }
  Eigen::Map<const Vector> slope(const double *p) const {
    return {p + atOutput() + countUnits(), inputs};
  }
  double constant(const double *p) const { return p[countParameters() - 1]; }

  /// Mean square error with a penalty, and its gradient.
  double evaluate(const Sample &sample, double penalty, const double *p, double *gradient) const {
    const Matrix &x = sample.x;
    Matrix hidden(x.rows(), countUnits());
    hidden.leftCols(sigmoids) = ((x * weight(p)).rowwise() + shift(p)).array().tanh();
    Matrix scaled = getSquares(x, centers(p)) * scales(p).asDiagonal();
    hidden.rightCols(gaussians) = (-scaled.array()).exp();
    Vector residual =
        ((hidden * output(p) + x * slope(p)).array() + constant(p)).matrix() - sample.y;
    auto n = static_cast<double>(sample.countPoints());
    Eigen::Map<const Vector> all(p, countParameters());
    double value = residual.cwiseAbs2().dot(sample.weights) / n + penalty * all.squaredNorm();
    if (!gradient)
      return value;
    Vector of = 2 / n * residual.cwiseProduct(sample.weights);
    Eigen::Map<Vector> g(gradient, countParameters());
    differentiateSigmoids(x, hidden, of * output(p).head(sigmoids).transpose(), g);
    differentiateGaussians(x, hidden, scaled, of * output(p).tail(gaussians).transpose(), p, g);
    g.segment(atOutput(), countUnits()) = hidden.transpose() * of;
    g.segment(atOutput() + countUnits(), inputs) = x.transpose() * of;
    g(countParameters() - 1) = of.sum();
    g += 2 * penalty * all;
    return value;
  }

  Eigen::Index inputs, sigmoids, gaussians;

private:
  Eigen::Index atCenters() const { return (inputs + 1) * sigmoids; }
  Eigen::Index atScales() const { return atCenters() + inputs * gaussians; }
  Eigen::Index atOutput() const { return (inputs + 1) * countUnits(); }

  void differentiateSigmoids(const Matrix &x, const Matrix &hidden, const Matrix &ofHidden,
                             Eigen::Map<Vector> &g) const {
    Matrix inner = ofHidden.array() * (1 - hidden.leftCols(sigmoids).array().square());
    Matrix ofWeight = x.transpose() * inner;
    g.head(inputs * sigmoids) = ofWeight.reshaped();
    g.segment(inputs * sigmoids, sigmoids) = inner.colwise().sum().transpose();
  }

  void differentiateGaussians(const Matrix &x, const Matrix &hidden, const Matrix &scaled,
                              const Matrix &ofHidden, const double *p,
                              Eigen::Map<Vector> &g) const {
    Matrix inner = ofHidden.cwiseProduct(hidden.rightCols(gaussians));
    RowVector sums = inner.colwise().sum();
    Matrix ofCenters =
        (x.transpose() * inner - centers(p) * sums.asDiagonal()) * (2 * scales(p)).asDiagonal();
    g.segment(atCenters(), inputs * gaussians) = ofCenters.reshaped();
    g.segment(atScales(), gaussians) = -inner.cwiseProduct(scaled).colwise().sum().transpose();
  }
};

Minimum train(const Network &network, const Sample &sample, double penalty, int steps,
              unsigned seed) {
  std::mt19937 random(seed);
  SearchLimits limits{steps, 0, 1e-7, 20};
  return minimize(
      [&](const Vector &at, double *gradient) {
        return network.evaluate(sample, penalty, at.data(), gradient);
      },
      network.start(random), limits);
}

constexpr int kNetworks = 4, kSteps = 400;
/// A network whose mean square error is so many times the best one's is stuck, and left out.
constexpr double kStuck = 4;

/// A sum of networks, as one.
class NetworkSum {
public:
  explicit NetworkSum(Eigen::Index inputs) : slope(Vector::Zero(inputs)) {}

  void add(const Network &network, const double *p, double factor) {
    auto append = [](auto &all, const auto &more) {
      all.conservativeResize(more.rows(), all.cols() + more.cols());
      all.rightCols(more.cols()) = more;
    };
    Vector output = factor * network.output(p);
    append(weight, network.weight(p));
    append(shift, network.shift(p));
    append(centers, network.centers(p));
    append(scales, network.scales(p));
    append(ofSigmoids, output.head(network.sigmoids).transpose().eval());
    append(ofGaussians, output.tail(network.gaussians).transpose().eval());
    slope += factor * network.slope(p);
    constant += factor * network.constant(p);
  }

  Node build(Formula &formula) const {
    Node x = formula.input();
    std::vector<Node> functions;
    if (weight.cols() > 0)
      functions.push_back(formula.unary(Unary::Tanh, formula.linear(x, weight, shift)));
    if (centers.cols() > 0)
      functions.push_back(
          formula.unary(Unary::Exp, formula.affine(formula.distances(x, centers.transpose(), 2),
                                                   -scales, RowVector::Zero(scales.size()))));
    functions.push_back(x);
    Matrix output(ofSigmoids.size() + ofGaussians.size() + slope.size(), 1);
    output << ofSigmoids.transpose(), ofGaussians.transpose(), slope;
    return formula.linear(formula.join(functions), output, RowVector::Constant(1, constant));
  }

private:
  Matrix weight, centers;
  RowVector shift, scales, ofSigmoids, ofGaussians;
  Vector slope;
  double constant = 0;
};

void addUnstuck(NetworkSum &sum, const Network &network, std::vector<Minimum> networks,
                double scale) {
  llvm::sort(networks, [](const Minimum &a, const Minimum &b) { return a.value < b.value; });
  double most = kStuck * networks.front().value;
  llvm::erase_if(networks, [&](const Minimum &one) { return !(one.value <= most); });
  for (const Minimum &one : networks)
    sum.add(network, one.at.data(), scale / static_cast<double>(networks.size()));
}

} // namespace

Fitted fitNetworks(const Sample &sample, const NetworkSettings &settings) {
  Eigen::Index inputs = sample.countInputs();
  auto gaussians = static_cast<Eigen::Index>(
      std::lround(settings.gaussians * static_cast<double>(settings.units)));
  Network network(inputs, settings.units - gaussians, gaussians);
  NetworkSum sum(inputs);
  Sample rest = sample; // what the stages before have left over, scaled
  double scale = 1;
  for (int stage = 0; stage < settings.stages; ++stage) {
    if (stage > 0) {
      Formula formula(inputs);
      rest.y = sample.y - formula.evaluate(sum.build(formula), sample.x).col(0);
      scale = std::max(std::sqrt(rest.y.squaredNorm() / static_cast<double>(rest.y.size())), 1e-12);
      rest.y /= scale;
    }
    std::vector<Minimum> networks;
    for (int n = 0; n < kNetworks; ++n)
      networks.push_back(train(network, rest, settings.penalty, kSteps,
                               sample.seed + 100 * static_cast<unsigned>(stage * kNetworks + n)));
    addUnstuck(sum, network, std::move(networks), scale);
  }
  Formula formula(inputs);
  Node value = sum.build(formula);
  return Fitted{std::move(formula), value, std::nullopt, {}, ""};
}

namespace {

/// Compares settings by held-out parts.
class Comparison {
public:
  explicit Comparison(const Sample &sample) : sample(sample) {}

  /// Takes other settings where their error is less than this share of the best.
  llvm::Error consider(const NetworkSettings &other, double worthwhile) {
    int folds = sample.countPoints() > kMany ? 2 : 4;
    llvm::Expected<Vector> predicted =
        crossValidateModels(sample, folds, [&](const Sample &part) -> llvm::Expected<Fitted> {
          return fitNetworks(part, other);
        });
    if (!predicted)
      return predicted.takeError();
    double square = (*predicted - sample.y).cwiseAbs2().dot(sample.weights);
    if (square < worthwhile * error) {
      settings = other;
      error = square;
      heldOut = std::move(*predicted);
    }
    return llvm::Error::success();
  }

  /// Points that are too many for further comparisons.
  static constexpr Eigen::Index kMany = 4000;

  const Sample &sample;
  NetworkSettings settings;
  double error = HUGE_VAL;
  Vector heldOut;
};

/// Numbers of units and penalties to begin with.
std::vector<NetworkSettings> listSettings(const Sample &sample, const Wishes &wishes) {
  std::vector<NetworkSettings> all{{8, 1e-3}, {8, 1e-5}, {25, 1e-4}};
  if (sample.countPoints() > 1000)
    all = {{20, 1e-5}, {60, 1e-5}};
  auto units = wishes.find("units"), penalty = wishes.find("penalty");
  if (units || penalty)
    all = {{static_cast<Eigen::Index>(units.value_or(20)), penalty.value_or(1e-5)}};
  for (NetworkSettings &settings : all) {
    settings.gaussians = wishes.find("gaussians").value_or(0);
    settings.stages = static_cast<int>(wishes.find("stages").value_or(1));
  }
  return all;
}

} // namespace

llvm::Expected<Fitted> fitHighDimensional(const Sample &sample, const Wishes &wishes) {
  constexpr double kWorthMore = 0.96; // squared errors
  Comparison best(sample);
  for (const NetworkSettings &settings : listSettings(sample, wishes))
    if (llvm::Error error = best.consider(settings, 1))
      return error;
  if (sample.countPoints() <= Comparison::kMany && wishes.settings.empty()) {
    NetworkSettings mixed = best.settings;
    mixed.gaussians = 0.5;
    if (llvm::Error error = best.consider(mixed, kWorthMore))
      return error;
    NetworkSettings boosted = best.settings;
    boosted.stages = 2;
    if (llvm::Error error = best.consider(boosted, kWorthMore))
      return error;
  }
  Fitted fitted = fitNetworks(sample, best.settings);
  fitted.heldOut = best.heldOut;
  fitted.description =
      llvm::formatv("{0} networks of {1} units{2}, penalty {3:e1}",
                    kNetworks * best.settings.stages, best.settings.units,
                    best.settings.gaussians > 0
                        ? llvm::formatv(", {0:f0} % Gaussian", 100 * best.settings.gaussians).str()
                        : "",
                    best.settings.penalty);
  sample.report("high-dimensional approximation: " + fitted.description);
  return fitted;
}

} // namespace nnc::fit
