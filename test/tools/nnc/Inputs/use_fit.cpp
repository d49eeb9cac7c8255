// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Descends by the generated gradient, and compares the batched program with the one for a point.
#include "t.h"
#include "t_batch.h"
#include "t_full.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace {

t::Workspace workspace;
t_batch::Workspace ofBatch;
t_full::Workspace ofFull;

} // namespace

int main() {
  const t_full::Model full(ofFull);
  std::array<double, 4> x{0.5, 0.5, 0, 7};
  std::array<double, 2> y{}, deviation{};
  std::array<double, 8> slope{}, ofDeviation{};
  double first = 0;
  for (int step = 0; step < 200; ++step) {
    full.run(x, y, deviation, slope, ofDeviation);
    first = step == 0 ? y[0] : first;
    for (std::size_t i = 0; i < 2; ++i)
      x[i] = std::fmin(1, std::fmax(0, x[i] - 0.02 * slope[i]));
  }
  std::printf("descended: %s\n", y[0] < first - 0.3 ? "yes" : "no");
  std::array<double, 32> points{};
  std::array<double, 16> values{};
  for (std::size_t i = 0; i < 8; ++i)
    points[4 * i] = points[4 * i + 1] = static_cast<double>(i) / 8;
  t_batch::Model(ofBatch).run(points, values);
  double worst = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    t::Model(workspace).run(t::xSpan(points.data() + 4 * i), y);
    worst = std::fmax(worst, std::fabs(y[0] - values[2 * i]) + std::fabs(y[1] - values[2 * i + 1]));
  }
  std::printf("batch: %s\n", worst < 1e-9 ? "the same" : "different");
}
