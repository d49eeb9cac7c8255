// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/fit/Plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace nnc::tools;
using testing::ElementsAre;

namespace {

std::vector<std::string> printTicks(double low, double high) {
  std::vector<std::string> texts;
  for (double tick : placeTicks(low, high))
    texts.push_back(printNumber(tick));
  return texts;
}

TEST(Plot, TicksAreRound) {
  EXPECT_THAT(printTicks(-0.04, 1.04), ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1"));
  EXPECT_THAT(printTicks(-22.96, 17.66), ElementsAre("-20", "-10", "0", "10"));
  EXPECT_THAT(printTicks(-3478, 17906), ElementsAre("0", "5000", "10000", "15000"));
  EXPECT_THAT(printTicks(1.1e-7, 1.9e-7), ElementsAre("1.2e-07", "1.4e-07", "1.6e-07", "1.8e-07"));
  EXPECT_THAT(printTicks(2e9, 3e9),
              ElementsAre("2e+09", "2.2e+09", "2.4e+09", "2.6e+09", "2.8e+09", "3e+09"));
}

TEST(Plot, TicksOfNeighbouringNumbersEnd) {
  EXPECT_LE(placeTicks(1e16, std::nextafter(1e16, 2e16)).size(), 7u);
}

TEST(Plot, NamesAreEscaped) {
  Eigen::VectorXd xs = Eigen::VectorXd::LinSpaced(3, 0, 1);
  Plot plot("a<b", "x & y", "it's", xs, xs);
  plot.addLine(xs, xs, "line");
  std::string text = plot.finish();
  for (const char *part : {">a&lt;b<", ">x &amp; y<", ">it&apos;s<", "<polyline class='line'"})
    EXPECT_THAT(text, testing::HasSubstr(part));
}

} // namespace
