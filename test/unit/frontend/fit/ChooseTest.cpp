// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which techniques are tried, what a search makes of them, and models of whole tables.
#include "frontend/fit/Choose.h"
#include "frontend/fit/Search.h"
#include "frontend/fit/Surrogate.h"
#include "test/unit/frontend/fit/Samples.h"

#include "llvm/Support/FormatVariadic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace nnc::fit;
using testing::HasSubstr;

namespace {

TEST(Search, IsNeverWorseThanWhatItBeginsWith) {
  Sample sample = makeSample(60, 2, [](const RowVector &x) { return std::exp(3 * x(0)) + x(1); });
  sample.y = (sample.y.array() - sample.y.mean()) /
             std::sqrt((sample.y.array() - sample.y.mean()).square().mean());
  Attempt trees{findTechnique("gbrt"), {}, std::nullopt},
      surface{findTechnique("quadratic"), {}, std::nullopt};
  double first = std::min(llvm::cantFail(fitAttempt(sample, Property::None, trees)).error,
                          llvm::cantFail(fitAttempt(sample, Property::None, surface)).error);
  std::vector<Tried> tried = search(sample, Property::None, {trees, surface}, 3);
  double best = HUGE_VAL;
  for (const Tried &one : tried)
    best = std::min(best, one.error);
  EXPECT_LT(best, first);
  EXPECT_LE(tried.size(), 4u);
}

TEST(Search, LogarithmsComeBack) {
  Sample sample = makeSample(40, 2, wave);
  Vector raw = (2 * sample.x.col(0) + sample.x.col(1)).array().exp();
  sample.y = (raw.array() - raw.mean()) / 7;
  // With the shift to where the results were 0 all is linear.
  double shift = raw.minCoeff() / (raw.maxCoeff() - raw.minCoeff());
  Tried tried =
      llvm::cantFail(fitAttempt(sample, Property::None, {findTechnique("linear"), {}, shift}));
  EXPECT_LT((predict(tried.fitted, sample.x) - sample.y).cwiseAbs().maxCoeff(), 1e-4);
  EXPECT_LT(tried.error, 1e-4);
}

TEST(Choose, NamesRequirementsThatContradictEachOther) {
  Sample sample = makeSample(50, 2, wave);
  auto message = [&](Property requirements, std::vector<std::string> names = {}) {
    auto chosen = chooseTechniques(sample, requirements, names);
    return chosen ? std::string("no error") : llvm::toString(chosen.takeError());
  };
  EXPECT_EQ(message(Property::Linear | Property::ErrorBars),
            "--error-bars and --linear contradict each other: no technique meets both");
  EXPECT_EQ(message(Property::Exact, {"gbrt"}),
            "--technique=gbrt and --exact contradict each other");
  EXPECT_THAT(message(Property::None, {"kriging"}),
              HasSubstr("there is no such technique; there are linear, quadratic"));
  EXPECT_THAT(message(Property::None, {"spline"}),
              HasSubstr("the table has 50 points of 2 inputs"));
}

TEST(Choose, GoesBySizeAndDimension) {
  auto names = [](const Sample &sample, Property requirements = Property::None) {
    std::string joined;
    for (const Technique *technique : llvm::cantFail(chooseTechniques(sample, requirements, {})))
      joined += std::string(technique->name) + " ";
    return joined;
  };
  EXPECT_EQ(names(makeSample(5, 2, wave)), "linear ");
  EXPECT_EQ(names(makeSample(60, 2, wave)), "quadratic gp hda gbrt ");
  EXPECT_EQ(names(makeSample(60, 2, wave), Property::Gradient), "quadratic gp hda ");
  EXPECT_EQ(names(makeSample(150, 2, wave)), "quadratic gp hda hdagp gbrt ");
  EXPECT_EQ(names(makeSample(4200, 2, wave)), "quadratic sgp hda gbrt ");
  EXPECT_EQ(names(makeSample(60, 1, [](const RowVector &x) { return x(0); })),
            "quadratic spline gp hda gbrt ");
}

TEST(Choose, WeightsHaveTheLeastError) {
  Vector y = Vector::LinSpaced(20, -1, 1), up = y.array() + 1, down = y.array() - 3;
  std::vector<Tried> tried;
  for (const Vector &heldOut : {up, down})
    tried.push_back({{}, Fitted{Formula(1), {0}, std::nullopt, heldOut, ""}, 0, 0});
  Vector weights = findWeights(tried, y, Vector::Ones(20));
  EXPECT_NEAR(weights(0), 0.75, 1e-6);
  EXPECT_NEAR(weights(1), 0.25, 1e-6);
}

TEST(Surrogate, SeveralOutputsInTheirUnits) {
  std::string text = "a,b,sum,product\n";
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(0, 10);
  for (int i = 0; i < 60; ++i) {
    double a = uniform(random), b = uniform(random);
    text += llvm::formatv("{0},{1},{2},{3}\n", a, b, 100 * (a + b), a * b).str();
  }
  Table table = llvm::cantFail(parseTable(text, "t.csv"));
  FitOptions options;
  options.roles.outputs = {"sum", "product"};
  auto surrogate = fitTable(table, options);
  ASSERT_TRUE(bool(surrogate));
  Matrix at(1, 2);
  at << 3, 7;
  Matrix y = surrogate->predict(at);
  EXPECT_NEAR(y(0), 1000, 1);
  EXPECT_NEAR(y(1), 21, 0.1);
}

} // namespace
