// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Looks for a quieter airfoil by the gradient of the compiled surrogate, where it is sure of
// itself: the bound of what is minimized is the prediction and two deviations.
#include "airfoil_full.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace {

using Point = std::array<double, 5>;

// The columns of airfoil.csv; all are differences from their means.
constexpr std::array<const char *, 5> kNames{"frequency", "angle", "chord", "velocity",
                                             "thickness"};
constexpr Point kLow{-2686, -6.78, -0.111, -19.2, -0.0107};
constexpr Point kHigh{17114, 15.4, 0.168, 20.4, 0.0473};

struct Answer {
  double pressure, deviation;
  Point slope; // of the bound

  double bound() const { return pressure + 2 * deviation; }
};

airfoil_full::Workspace workspace;

Answer ask(const Point &x) {
  std::array<double, 1> y{}, deviation{};
  Point ofValue{}, ofDeviation{};
  airfoil_full::Model(workspace).run(x, y, deviation, ofValue, ofDeviation);
  Answer answer{y[0], deviation[0], {}};
  for (std::size_t i = 0; i < x.size(); ++i)
    answer.slope[i] = ofValue[i] + 2 * ofDeviation[i];
  return answer;
}

/// Down the slope of the bound, in steps that grow while they help.
Point descend(Point x) {
  Answer now = ask(x);
  double stride = 1e-3;
  for (int step = 0; step < 300 && stride > 1e-7; ++step) {
    Point next = x;
    for (std::size_t i = 1; i < x.size(); ++i) { // the frequency is what it is
      const double range = kHigh[i] - kLow[i];
      next[i] = std::clamp(x[i] - stride * now.slope[i] * range * range, kLow[i], kHigh[i]);
    }
    const Answer there = ask(next);
    const bool isLower = there.bound() < now.bound();
    stride *= isLower ? 1.5 : 0.5;
    if (isLower) {
      x = next;
      now = there;
    }
  }
  return x;
}

} // namespace

int main() {
  const Point middle{-886, 0, 0, 0, 0}; // at 2000 Hz, in the middle of the other columns
  const Answer start = ask(middle);
  Point x = descend(middle);
  for (unsigned corner = 0; corner < 16; ++corner) { // and from corners of a box half as wide
    Point begin = middle;
    for (std::size_t i = 1; i < begin.size(); ++i)
      begin[i] = (corner >> (i - 1) & 1 ? kHigh : kLow)[i] / 2;
    const Point found = descend(begin);
    if (ask(found).bound() < ask(x).bound())
      x = found;
  }
  const Answer now = ask(x);
  std::printf("from %.1f dB +- %.1f to %.1f dB +- %.1f, from the mean\n", start.pressure,
              1.96 * start.deviation, now.pressure, 1.96 * now.deviation);
  for (std::size_t i = 0; i < x.size(); ++i)
    std::printf("%-10s %g\n", kNames[i], x[i]);
  return now.bound() < start.bound() - 5 ? 0 : 1; // 5 dB quieter, whatever the table does not say
}
