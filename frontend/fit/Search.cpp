// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Search.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <random>

namespace nnc::fit {
namespace {

class Stopwatch {
public:
  double getSeconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

/// A sample of logarithms, and the way back for a model of them.
class Logarithms {
public:
  Logarithms(const Sample &of, double shift) : sample(of) {
    double least = of.y.minCoeff();
    zero = least - shift * (of.y.maxCoeff() - least);
    Vector logarithms = (of.y.array() - zero).log();
    mean = logarithms.mean();
    scale = std::max(std::sqrt((logarithms.array() - mean).square().mean()), 1e-12);
    sample.y = (logarithms.array() - mean) / scale;
  }

  const Sample &getSample() const { return sample; }

  Fitted goBack(Fitted fitted) const {
    Formula &formula = fitted.formula;
    auto affine = [&](Node x, double factor, double shift) {
      return formula.affine(x, RowVector::Constant(1, factor), RowVector::Constant(1, shift));
    };
    Node power = formula.unary(Unary::Exp, affine(fitted.value, scale, mean));
    // To first order.
    if (fitted.deviation)
      fitted.deviation = formula.multiply(power, affine(*fitted.deviation, scale, 0));
    fitted.value = affine(power, 1, zero);
    fitted.heldOut = (scale * fitted.heldOut.array() + mean).exp() + zero;
    fitted.description += ", of logarithms";
    return fitted;
  }

private:
  Sample sample;
  double zero, mean, scale;
};

/// Draws what is tried next: near the best of a technique, the better ones more often.
class Proposals {
public:
  explicit Proposals(unsigned seed) : random(seed) {}

  Attempt draw(std::vector<const Tried *> known) {
    llvm::sort(known, [](const Tried *a, const Tried *b) { return a->error < b->error; });
    // Each technique's best, in order; every second draw is of the first.
    std::vector<const Tried *> best;
    for (const Tried *one : known)
      if (llvm::none_of(best, [&](const Tried *other) {
            return other->attempt.technique == one->attempt.technique;
          }))
        best.push_back(one);
    size_t rank =
        std::min<size_t>(std::geometric_distribution<size_t>(0.5)(random), best.size() - 1);
    Attempt attempt = best[rank]->attempt;
    bool hasSettings = !attempt.technique->settings.empty();
    if (!hasSettings || flip(0.3))
      moveShift(attempt);
    for (const Setting &setting : attempt.technique->settings)
      if (flip(0.6))
        move(attempt, setting);
    return attempt;
  }

private:
  bool flip(double probability) { return std::bernoulli_distribution(probability)(random); }

  /// To a number near the one of the attempt, or to any where it has none.
  void move(Attempt &attempt, const Setting &setting) {
    auto scale = [&](double x) { return setting.isLogarithmic ? std::log(x) : x; };
    double low = scale(setting.low), high = scale(setting.high);
    auto known = attempt.settings.find(setting.name);
    double at = known == attempt.settings.end()
                    ? std::uniform_real_distribution<double>(low, high)(random)
                    : scale(known->second) +
                          0.15 * (high - low) * std::normal_distribution<double>()(random);
    at = std::clamp(at, low, high);
    double number = setting.isLogarithmic ? std::exp(at) : at;
    attempt.settings[setting.name] = setting.isInteger ? std::round(number) : number;
  }

  void moveShift(Attempt &attempt) {
    if (attempt.logShift && flip(0.2)) {
      attempt.logShift.reset();
      return;
    }
    double at = attempt.logShift
                    ? std::log(*attempt.logShift) + 0.7 * std::normal_distribution<double>()(random)
                    : std::uniform_real_distribution<double>(std::log(0.003), 0)(random);
    attempt.logShift = std::clamp(std::exp(at), 0.001, 2.0);
  }

  std::mt19937 random;
};

/// Adds a model, and forgets the worst of its technique where there are more than two.
void keep(std::vector<Tried> &tried, Tried one) {
  const Technique *technique = one.attempt.technique;
  tried.push_back(std::move(one));
  std::vector<size_t> same;
  for (auto [index, other] : llvm::enumerate(tried))
    if (other.attempt.technique == technique)
      same.push_back(index);
  if (same.size() <= 2)
    return;
  size_t worst =
      *llvm::max_element(same, [&](size_t a, size_t b) { return tried[a].error < tried[b].error; });
  tried.erase(tried.begin() + static_cast<std::ptrdiff_t>(worst));
}

} // namespace

std::string Attempt::describe() const {
  std::string text = technique->name;
  llvm::raw_string_ostream stream(text);
  for (const auto &[name, number] : settings)
    stream << " " << name << "=" << llvm::format("%.3g", number);
  if (logShift)
    stream << " of logarithms, shift " << llvm::format("%.3g", *logShift);
  return text;
}

llvm::Expected<Tried> fitAttempt(const Sample &sample, Property required, Attempt attempt) {
  Stopwatch watch;
  Wishes wishes(required);
  wishes.settings = attempt.settings;
  std::optional<Logarithms> logarithms;
  if (attempt.logShift)
    logarithms.emplace(sample, *attempt.logShift);
  llvm::Expected<Fitted> fitted =
      attempt.technique->fit(logarithms ? logarithms->getSample() : sample, wishes);
  if (!fitted)
    return llvm::createStringError(llvm::Twine(attempt.technique->name) + ": " +
                                   llvm::toString(fitted.takeError()));
  if (logarithms)
    *fitted = logarithms->goBack(std::move(*fitted));
  double error = getError(fitted->heldOut, sample.y, sample.weights);
  if (!std::isfinite(error))
    return llvm::createStringError(llvm::Twine(attempt.technique->name) +
                                   ": its predictions of held-out points are not finite");
  sample.report(llvm::formatv("{0}: error {1:f4} ({2}), {3:f1} s", attempt.describe(), error,
                              fitted->description, watch.getSeconds()));
  return Tried{std::move(attempt), std::move(*fitted), error, watch.getSeconds()};
}

std::vector<Tried> search(const Sample &sample, Property required, llvm::ArrayRef<Attempt> first,
                          double seconds) {
  Stopwatch watch;
  std::vector<Tried> tried;
  auto fit = [&](Attempt attempt) {
    llvm::Expected<Tried> one = fitAttempt(sample, required, std::move(attempt));
    if (one)
      keep(tried, std::move(*one));
    else
      sample.report(llvm::toString(one.takeError()));
  };
  for (const Attempt &attempt : first)
    if (tried.empty() || watch.getSeconds() < seconds)
      fit(attempt);
  Proposals proposals(sample.seed);
  while (!tried.empty() && watch.getSeconds() < seconds) {
    // One that takes longer than the time that is left is not begun.
    std::vector<const Tried *> known;
    for (const Tried &one : tried)
      if (one.seconds < seconds - watch.getSeconds())
        known.push_back(&one);
    if (known.empty())
      break;
    fit(proposals.draw(std::move(known)));
  }
  return tried;
}

double getError(const Vector &predicted, const Vector &y, const Vector &weights) {
  return std::sqrt((predicted - y).cwiseAbs2().dot(weights) / weights.sum());
}

Vector findWeights(llvm::ArrayRef<Tried> tried, const Vector &y, const Vector &weights) {
  auto count = static_cast<Eigen::Index>(tried.size());
  Matrix errors(y.size(), count);
  for (Eigen::Index i = 0; i < count; ++i)
    errors.col(i) = tried[static_cast<size_t>(i)].fitted.heldOut - y;
  Matrix moments = errors.transpose() * weights.asDiagonal() * errors;
  // Frank and Wolfe's steps towards the best vertex, with an exact line search.
  Eigen::Index best;
  moments.diagonal().minCoeff(&best);
  Vector result = Vector::Unit(count, best);
  for (int step = 0; step < 500; ++step) {
    Vector gradient = moments * result;
    Eigen::Index vertex;
    gradient.minCoeff(&vertex);
    Vector direction = Vector::Unit(count, vertex) - result;
    double slope = direction.dot(gradient), curvature = direction.dot(moments * direction);
    if (slope >= -1e-12 || curvature <= 0)
      break;
    result += std::min(1.0, -slope / curvature) * direction;
  }
  return result;
}

} // namespace nnc::fit
