// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// High-dimensional approximation: sums of linear and sigmoid functions of the inputs, several
// networks whose mean is taken (GTApprox, arXiv:1609.01088, section 4, HDA), trained by
// quasi-Newton steps.
#include "frontend/fit/techniques/HighDimensional.h"
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/Support/FormatVariadic.h"

#include <nlopt.h>

#include <random>

namespace nnc::fit {
namespace {

/// tanh(x W + b) v + x u + c, with its parameters in a row.
class Network {
public:
  Network(Eigen::Index inputs, Eigen::Index units) : inputs(inputs), units(units) {}

  Eigen::Index countParameters() const { return units * (inputs + 2) + inputs + 1; }

  Vector start(std::mt19937 &random) const {
    Vector p(countParameters());
    std::normal_distribution<double> normal;
    for (double &number : p)
      number = normal(random);
    p.head(inputs * units) *= 1.5 / std::sqrt(inputs);
    p.tail(units + inputs + 1) *= 0.1 / std::sqrt(units);
    return p;
  }

  Eigen::Map<const Matrix> weight(const double *p) const { return {p, inputs, units}; }
  Eigen::Map<const RowVector> shift(const double *p) const { return {p + inputs * units, units}; }
  Eigen::Map<const Vector> output(const double *p) const {
    return {p + (inputs + 1) * units, units};
  }
  Eigen::Map<const Vector> slope(const double *p) const {
    return {p + (inputs + 2) * units, inputs};
  }
  double constant(const double *p) const { return p[countParameters() - 1]; }

  Vector predict(const Matrix &x, const double *p) const {
    Matrix hidden = ((x * weight(p)).rowwise() + shift(p)).array().tanh();
    return ((hidden * output(p) + x * slope(p)).array() + constant(p)).matrix();
  }

  /// Mean square error with a penalty, and its gradient.
  double evaluate(const Sample &sample, double penalty, const double *p, double *gradient) const {
    Matrix hidden = ((sample.x * weight(p)).rowwise() + shift(p)).array().tanh();
    Vector residual =
        ((hidden * output(p) + sample.x * slope(p)).array() + constant(p)).matrix() - sample.y;
    auto n = static_cast<double>(sample.countPoints());
    Eigen::Map<const Vector> all(p, countParameters());
    double value = residual.cwiseAbs2().dot(sample.weights) / n + penalty * all.squaredNorm();
    if (!gradient)
      return value;
    Vector of = 2 / n * residual.cwiseProduct(sample.weights);
    Matrix inner = (of * output(p).transpose()).array() * (1 - hidden.array().square());
    Eigen::Map<Vector> g(gradient, countParameters());
    Matrix ofWeight = sample.x.transpose() * inner;
    g.head(inputs * units) = Eigen::Map<const Vector>(ofWeight.data(), inputs * units);
    g.segment(inputs * units, units) = inner.colwise().sum().transpose();
    g.segment((inputs + 1) * units, units) = hidden.transpose() * of;
    g.segment((inputs + 2) * units, inputs) = sample.x.transpose() * of;
    g(countParameters() - 1) = of.sum();
    g += 2 * penalty * all;
    return value;
  }

  Eigen::Index inputs, units;
};

struct Training {
  const Network &network;
  const Sample &sample;
  double penalty;
};

double evaluateForNlopt(unsigned, const double *p, double *gradient, void *data) {
  auto *training = static_cast<const Training *>(data);
  return training->network.evaluate(training->sample, training->penalty, p, gradient);
}

Vector train(const Network &network, const Sample &sample, double penalty, int steps,
             unsigned seed) {
  std::mt19937 random(seed);
  Vector p = network.start(random);
  Training training{network, sample, penalty};
  nlopt_opt search = nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(network.countParameters()));
  nlopt_set_min_objective(search, evaluateForNlopt, &training);
  nlopt_set_maxeval(search, steps);
  nlopt_set_ftol_rel(search, 1e-7);
  nlopt_set_vector_storage(search, 20);
  double value;
  nlopt_optimize(search, p.data(), &value);
  nlopt_destroy(search);
  return p;
}

constexpr int kNetworks = 4, kSteps = 400;

} // namespace

Fitted fitNetworks(const Sample &sample, const NetworkSettings &settings) {
  Network network(sample.countInputs(), settings.units);
  Eigen::Index units = settings.units, inputs = sample.countInputs();
  Matrix weight(inputs, units * kNetworks), output(units * kNetworks + inputs, 1);
  RowVector shift(units * kNetworks);
  output.setZero();
  double constant = 0;
  for (int n = 0; n < kNetworks; ++n) {
    Vector p = train(network, sample, settings.penalty, kSteps,
                     sample.seed + 100 * static_cast<unsigned>(n));
    weight.middleCols(n * units, units) = network.weight(p.data());
    shift.segment(n * units, units) = network.shift(p.data());
    output.middleRows(n * units, units) = network.output(p.data()) / kNetworks;
    output.bottomRows(inputs) += network.slope(p.data()) / kNetworks;
    constant += network.constant(p.data()) / kNetworks;
  }
  Formula formula(inputs);
  Node hidden = formula.unary(Unary::Tanh, formula.linear(formula.input(), weight, shift));
  Node value = formula.linear(formula.join({hidden, formula.input()}), output,
                              RowVector::Constant(1, constant));
  return Fitted{std::move(formula), value, std::nullopt, {}, ""};
}

llvm::Expected<Fitted> fitHighDimensional(const Sample &sample, const Wishes &wishes) {
  struct Best {
    NetworkSettings settings;
    double error = HUGE_VAL;
    Vector heldOut;
  } best;
  int folds = sample.countPoints() > 4000 ? 2 : 4;
  std::vector<NetworkSettings> all{{8, 1e-3}, {8, 1e-5}, {25, 1e-4}};
  if (sample.countPoints() > 1000)
    all = {{20, 1e-5}, {60, 1e-5}};
  auto units = wishes.find("units"), penalty = wishes.find("penalty");
  if (units || penalty)
    all = {{static_cast<Eigen::Index>(units.value_or(20)), penalty.value_or(1e-5)}};
  for (const NetworkSettings &settings : all) {
    llvm::Expected<Vector> heldOut =
        crossValidateModels(sample, folds, [&](const Sample &part) -> llvm::Expected<Fitted> {
          return fitNetworks(part, settings);
        });
    if (!heldOut)
      return heldOut.takeError();
    double error = (*heldOut - sample.y).cwiseAbs2().dot(sample.weights);
    if (error < best.error)
      best = {settings, error, *heldOut};
  }
  Fitted fitted = fitNetworks(sample, best.settings);
  fitted.heldOut = best.heldOut;
  fitted.description = llvm::formatv("{0} networks of {1} units, penalty {2:e1}", kNetworks,
                                     best.settings.units, best.settings.penalty);
  sample.report("high-dimensional approximation: " + fitted.description);
  return fitted;
}

} // namespace nnc::fit
