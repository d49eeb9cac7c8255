// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Choose.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace nnc::fit {
namespace {

/// What the command line calls a requirement, and which techniques meet it.
struct Requirement {
  const char *name;
  bool Requirements::*wanted;
  bool Technique::*met;
};

constexpr Requirement kRequirements[] = {
    {"--exact", &Requirements::exact, &Technique::isExact},
    {"--error-bars", &Requirements::errorBars, &Technique::hasErrorBars},
    {"--gradient", &Requirements::gradient, &Technique::hasGradient},
    {"--linear", &Requirements::linear, &Technique::isLinear},
};

/// The requirement that a technique does not meet, or null.
const Requirement *findUnmet(const Technique &technique, const Requirements &requirements) {
  for (const Requirement &requirement : kRequirements)
    if (requirements.*requirement.wanted && !(technique.*requirement.met))
      return &requirement;
  return nullptr;
}

llvm::Error checkRequirements(const Requirements &requirements) {
  for (const Requirement &a : kRequirements)
    for (const Requirement &b : kRequirements)
      if (&a < &b && requirements.*a.wanted && requirements.*b.wanted &&
          llvm::none_of(
              listTechniques(),
              [&](const Technique &technique) { return technique.*a.met && technique.*b.met; }))
        return llvm::createStringError(llvm::Twine(a.name) + " and " + b.name +
                                       " contradict each other: no technique meets both");
  return llvm::Error::success();
}

bool fits(const Technique &technique, const Sample &sample) {
  return sample.countPoints() >= technique.leastPoints(sample.countInputs()) &&
         sample.countPoints() <= technique.mostPoints &&
         (technique.mostInputs == 0 || sample.countInputs() <= technique.mostInputs);
}

llvm::Expected<std::vector<const Technique *>> findNamed(const Sample &sample,
                                                         const Requirements &requirements,
                                                         llvm::ArrayRef<std::string> names) {
  std::vector<const Technique *> found;
  for (const std::string &name : names) {
    const Technique *technique = findTechnique(name);
    if (!technique)
      return llvm::createStringError(
          "--technique=" + name + ": there is no such technique; there are " +
          llvm::join(llvm::map_range(listTechniques(),
                                     [](const Technique &t) { return std::string(t.name); }),
                     ", "));
    if (const Requirement *unmet = findUnmet(*technique, requirements))
      return llvm::createStringError("--technique=" + name + " and " + unmet->name +
                                     " contradict each other");
    if (!fits(*technique, sample))
      return llvm::createStringError(
          llvm::formatv("--technique={0}: the table has {1} points of {2} inputs, but it takes {3} "
                        "to {4} points{5}",
                        name, sample.countPoints(), sample.countInputs(),
                        technique->leastPoints(sample.countInputs()),
                        technique->mostPoints == std::numeric_limits<Eigen::Index>::max()
                            ? "any number of"
                            : std::to_string(technique->mostPoints),
                        technique->mostInputs == 1 ? " of one input" : "")
              .str());
    found.push_back(technique);
  }
  return found;
}

} // namespace

llvm::Expected<std::vector<const Technique *>> chooseTechniques(const Sample &sample,
                                                                const Requirements &requirements,
                                                                llvm::ArrayRef<std::string> names) {
  if (llvm::Error error = checkRequirements(requirements))
    return error;
  if (!names.empty())
    return findNamed(sample, requirements, names);
  std::vector<const Technique *> found;
  for (const Technique &technique : listTechniques()) {
    if (findUnmet(technique, requirements) || !fits(technique, sample))
      continue;
    llvm::StringRef name = technique.name;
    // A full Gaussian process knows all that one on inducing points knows.
    const Technique *full = findTechnique("gp");
    if (name == "sgp" && fits(*full, sample))
      continue;
    if (name == "linear" && !requirements.linear &&
        sample.countPoints() > 4 * (sample.countInputs() + 1))
      continue;
    found.push_back(&technique);
  }
  if (found.empty())
    return llvm::createStringError(
        llvm::formatv("{0} points of {1} inputs are too few for what is required; at least {2} are "
                      "needed",
                      sample.countPoints(), sample.countInputs(),
                      findTechnique("gp")->leastPoints(sample.countInputs()))
            .str());
  return found;
}

double getError(const Vector &predicted, const Vector &y, const Vector &weights) {
  return std::sqrt((predicted - y).cwiseAbs2().dot(weights) / weights.sum());
}

Vector findWeights(const std::vector<Tried> &tried, const Vector &y, const Vector &weights) {
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
