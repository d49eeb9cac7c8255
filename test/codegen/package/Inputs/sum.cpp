// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>

// 0 where sums may be taken in another order, as -ffast-math lets them.
double addAndTakeAway(double a, double b) { return (a + b) - b - a; }

int main() {
  volatile double a = 1, b = 1e17;
  std::printf("%g\n", addAndTakeAway(a, b));
}
