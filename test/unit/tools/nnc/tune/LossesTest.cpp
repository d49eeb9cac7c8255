// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every loss: its gradient is the slope of its value.
#include "tools/nnc/tune/Losses.h"

#include <gtest/gtest.h>

using namespace nnc::tools;

namespace {

class Losses : public testing::TestWithParam<LossKind> {};

TEST_P(Losses, GradientIsTheSlope) {
  const LossKind &kind = GetParam();
  std::vector<float> output = {0.2F, 0.5F, 0.3F, 0.6F, 0.1F, 0.3F};
  Target target =
      kind.classifies ? Target{{2, 0}, {}} : Target{{}, {0.1F, 0.7F, 0.2F, 0.9F, 0.3F, 0.6F}};
  std::vector<float> gradient(output.size());
  kind.evaluate(output, target, gradient);
  for (size_t i = 0; i < output.size(); ++i) {
    constexpr float step = 1e-3F;
    std::vector<float> more = output, less = output;
    more[i] += step;
    less[i] -= step;
    double slope = (kind.evaluate(more, target, {}).loss - kind.evaluate(less, target, {}).loss) /
                   (static_cast<double>(more[i]) - less[i]);
    EXPECT_NEAR(gradient[i], slope, 1e-4) << "element " << i;
  }
}

TEST_P(Losses, CountsWrongClasses) {
  const LossKind &kind = GetParam();
  std::vector<float> output = {0.2F, 0.5F, 0.3F, 0.6F, 0.1F, 0.3F};
  Target target = kind.classifies ? Target{{1, 2}, {}} : Target{{}, output};
  EXPECT_DOUBLE_EQ(kind.evaluate(output, target, {}).wrong, kind.classifies ? 0.5 : 0);
  if (!kind.classifies)
    EXPECT_DOUBLE_EQ(kind.evaluate(output, target, {}).loss, 0);
}

std::string printName(const testing::TestParamInfo<LossKind> &info) {
  std::string name = info.param.name.str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Losses, testing::ValuesIn(listLossKinds().vec()), printName);

TEST(LossNames, UnknownOnesAreRefused) {
  auto kind = lookupLossKind("hinge");
  ASSERT_FALSE(static_cast<bool>(kind));
  EXPECT_NE(llvm::toString(kind.takeError()).find("known are cross-entropy"), std::string::npos);
}

} // namespace
