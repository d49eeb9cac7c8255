// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Choose.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace nnc::fit {
namespace {

/// What the command line calls a property.
struct Named {
  const char *name;
  Property property;
};

constexpr Named kProperties[] = {
    {"--exact", Property::Exact},
    {"--error-bars", Property::ErrorBars},
    {"--gradient", Property::Gradient},
    {"--linear", Property::Linear},
    {"--smooth", Property::Smooth},
    {"--noisy", Property::Noise},
    {"--heteroscedastic", Property::VaryingNoise},
    {"--fast", Property::Fast},
    {"--tensor", Property::Tensor},
};

/// The name of a property that is required and not given, or null.
const char *findUnmet(Property gives, Property required) {
  for (const Named &one : kProperties)
    if (has(required, one.property) && !has(gives, one.property))
      return one.name;
  return nullptr;
}

bool isMet(Property required) {
  return llvm::any_of(listTechniques(),
                      [&](const Technique &technique) { return has(technique.gives, required); });
}

llvm::Error checkRequirements(Property required) {
  if (has(required, Property::Exact | Property::Noise) ||
      has(required, Property::Exact | Property::VaryingNoise))
    return llvm::createStringError(
        llvm::Twine("--exact and ") +
        (has(required, Property::Noise) ? "--noisy" : "--heteroscedastic") +
        " contradict each other: what passes through noisy results repeats their noise");
  std::string all;
  for (const Named &a : kProperties) {
    if (!has(required, a.property))
      continue;
    all += (all.empty() ? "" : ", ") + std::string(a.name);
    for (const Named &b : kProperties)
      if (&a < &b && has(required, b.property) && !isMet(a.property | b.property))
        return llvm::createStringError(llvm::Twine(a.name) + " and " + b.name +
                                       " contradict each other: no technique meets both");
  }
  if (!isMet(required))
    return llvm::createStringError(all + " contradict each other: no technique meets all of them");
  return llvm::Error::success();
}

bool fits(const Technique &technique, const Sample &sample) {
  return sample.countPoints() >= technique.leastPoints(sample.countInputs()) &&
         sample.countPoints() <= technique.mostPoints &&
         (technique.mostInputs == 0 || sample.countInputs() <= technique.mostInputs);
}

/// Why a technique that somebody has named cannot be had.
llvm::Error checkNamed(const Technique &technique, const Sample &sample, Property required) {
  std::string option = std::string("--technique=") + technique.name;
  if (const char *unmet = findUnmet(technique.gives, required))
    return llvm::createStringError(option + " and " + unmet + " contradict each other");
  if (!fits(technique, sample))
    return llvm::createStringError(
        llvm::formatv("{0}: the table has {1} points of {2} inputs, but it takes {3} "
                      "to {4} points{5}",
                      option, sample.countPoints(), sample.countInputs(),
                      technique.leastPoints(sample.countInputs()),
                      technique.mostPoints == std::numeric_limits<Eigen::Index>::max()
                          ? "any number of"
                          : std::to_string(technique.mostPoints),
                      technique.mostInputs == 0 ? ""
                      : technique.mostInputs == 1
                          ? " of one input"
                          : llvm::formatv(" of at most {0} inputs", technique.mostInputs).str())
            .str());
  if (std::string lack = technique.findLack(sample); !lack.empty())
    return llvm::createStringError(option + ": the points are not what it needs, " + lack);
  return llvm::Error::success();
}

llvm::Expected<std::vector<const Technique *>> findNamed(const Sample &sample, Property required,
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
    if (llvm::Error error = checkNamed(*technique, sample, required))
      return error;
    found.push_back(technique);
  }
  return found;
}

/// Whether a technique that fits the sample is worth trying beside the others.
bool isPromising(const Technique &technique, const Sample &sample, Property required) {
  llvm::StringRef name = technique.name;
  // A full Gaussian process knows all that one on inducing points knows.
  if (name == "sgp")
    return has(required, Property::Fast) || !fits(*findTechnique("gp"), sample);
  if (name == "linear")
    return has(required, Property::Linear) ||
           sample.countPoints() <= 4 * (sample.countInputs() + 1);
  return true;
}

} // namespace

llvm::Expected<std::vector<const Technique *>> chooseTechniques(const Sample &sample,
                                                                Property required,
                                                                llvm::ArrayRef<std::string> names,
                                                                Among among) {
  if (llvm::Error error = checkRequirements(required))
    return error;
  if (!names.empty())
    return findNamed(sample, required, names);
  std::vector<const Technique *> found;
  std::string lack;
  for (const Technique &technique : listTechniques()) {
    // Noise that varies is what only techniques for it are asked for.
    bool isAsked =
        technique.isAutomatic || among == Among::All || has(required, Property::VaryingNoise);
    if (!isAsked || !has(technique.gives, required) || !fits(technique, sample))
      continue;
    std::string lacks = technique.findLack(sample);
    if (lacks.empty() && (among == Among::All || isPromising(technique, sample, required)))
      found.push_back(&technique);
    else if (!lacks.empty())
      lack = lacks;
  }
  if (found.empty() && !lack.empty())
    return llvm::createStringError("the points are not what the requirements need, " + lack);
  if (found.empty())
    return llvm::createStringError(
        llvm::formatv("{0} points of {1} inputs are too few for what is required; at least {2} are "
                      "needed",
                      sample.countPoints(), sample.countInputs(),
                      findTechnique("gp")->leastPoints(sample.countInputs()))
            .str());
  return found;
}

} // namespace nnc::fit
