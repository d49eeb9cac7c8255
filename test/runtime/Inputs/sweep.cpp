// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sweep [STRIDE]: the largest error of the functions of runtime/math.h, in units in the last place,
// over every STRIDE-th of all 2^32 floats, as scalars and as vectors of each width. 1 takes all of
// them. Prints a line a function; exit code 1 where one has more than its bound, which is what
// runtime/math.h says.

#include "math.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr std::size_t blockSize = 4096;
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr double different = 1e9;

/// Zeros, the smallest and largest of each class, numbers that are not, and where results overflow
/// or vanish.
const float special[] = {0.0f,
                         -0.0f,
                         1.0f,
                         -1.0f,
                         infinity,
                         -infinity,
                         std::numeric_limits<float>::quiet_NaN(),
                         1e-45f,
                         -1e-45f,
                         1.17549421e-38f,
                         -1.17549421e-38f,
                         1.17549435e-38f,
                         -1.17549435e-38f,
                         3.40282347e38f,
                         -3.40282347e38f,
                         0.5f,
                         -0.5f,
                         2.0f,
                         -2.0f,
                         3.0f,
                         -3.0f,
                         2.5f,
                         -2.5f,
                         0.99999994f,
                         1.00000012f,
                         88.7228317f,
                         88.7228394f,
                         -87.3365402f,
                         -103.972076f,
                         -103.972084f,
                         8388608.0f,
                         16777216.0f,
                         -16777215.0f,
                         1e-20f,
                         -1e20f};
constexpr std::size_t specialCount = sizeof special / sizeof special[0];

float fromBits(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// Distance of `got` from the exact `want`; `different` where one is special, or a zero of another
/// sign.
double countUlps(double want, float got) {
  const auto rounded = static_cast<float>(want);
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) == std::isnan(got) ? 0 : different;
  if (rounded == got)
    return got == 0 && std::signbit(rounded) != std::signbit(got) ? different
           : std::isinf(got)
               ? 0
               : std::abs(want - static_cast<double>(got)) /
                     std::ldexp(1.0, std::max(got == 0 ? -126 : std::ilogb(got), -126) - 23);
  // Beyond the largest number, infinity counts as the number that would come next.
  constexpr double next = 3.4028236692093846e38;
  const double value = std::isinf(got) ? std::copysign(next, got) : static_cast<double>(got);
  const double clipped = std::min(std::max(want, -next), next);
  const int exponent = rounded == 0          ? -126
                       : std::isinf(rounded) ? 127
                                             : std::max(std::ilogb(rounded), -126);
  return std::abs(clipped - value) / std::ldexp(1.0, exponent - 23);
}

struct Block {
  float x[blockSize], y[blockSize];
  double want[blockSize];
};

struct Worst {
  double error = 0;
  float x = 0, y = 0, got = 0;
  int width = 0;
};

/// Both arguments go to functions of one as well.
template <class V, class F> void compareAs(const F &function, const Block &block, Worst &worst) {
  constexpr auto width = static_cast<std::size_t>(nnc::lanes<V>);
  float got[blockSize];
  for (std::size_t i = 0; i < blockSize; i += width)
    nnc::store(&got[i], V(function(nnc::load<V>(&block.x[i]), nnc::load<V>(&block.y[i]))));
  for (std::size_t i = 0; i < blockSize; ++i)
    if (const double error = countUlps(block.want[i], got[i]); error > worst.error)
      worst = {error, block.x[i], block.y[i], got[i], static_cast<int>(width)};
}

template <class F, class R>
void compare(const F &function, const R &reference, Block &block, Worst &worst) {
  for (std::size_t i = 0; i < blockSize; ++i)
    block.want[i] = reference(static_cast<double>(block.x[i]), static_cast<double>(block.y[i]));
  compareAs<float>(function, block, worst);
  compareAs<nnc::f32x4>(function, block, worst);
  compareAs<nnc::f32x8>(function, block, worst);
  compareAs<nnc::f32x16>(function, block, worst);
}

bool report(const char *name, double bound, const Worst &worst) {
  std::printf("%-8s %.4f ulp of %.2f", name, worst.error, bound);
  if (worst.error > bound)
    std::printf("  FAIL: of %.9g and %.9g got %.9g, %d lanes", static_cast<double>(worst.x),
                static_cast<double>(worst.y), static_cast<double>(worst.got), worst.width);
  std::puts("");
  return worst.error <= bound;
}

template <class F, class R>
bool sweep(const char *name, double bound, std::uint64_t stride, const F &function,
           const R &reference) {
  static Block block;
  Worst worst;
  std::fill_n(block.y, blockSize, 0.0f);
  for (std::size_t i = 0; i < blockSize; ++i)
    block.x[i] = special[i % specialCount];
  compare(function, reference, block, worst);
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32;) {
    for (float &x : block.x) {
      x = fromBits(static_cast<std::uint32_t>(bits));
      bits += stride;
    }
    compare(function, reference, block, worst);
  }
  return report(name, bound, worst);
}

/// Bases and exponents of all bits; and exponents for which the result is a number.
bool sweepPow(double bound, std::uint64_t stride) {
  static Block block;
  Worst worst;
  const auto function = [](const auto &x, const auto &y) { return nnc::math::pow(x, y); };
  const auto reference = [](double x, double y) { return std::pow(x, y); };
  for (std::size_t i = 0; i < blockSize; ++i) {
    block.x[i] = special[i % specialCount];
    block.y[i] = special[i / specialCount % specialCount];
  }
  compare(function, reference, block, worst);
  std::uint32_t random = 1;
  const auto next = [&] { return random = random * 1664525u + 1013904223u; };
  for (std::uint64_t count = 0; count < std::uint64_t{1} << 32; count += stride * blockSize) {
    for (std::size_t i = 0; i < blockSize; ++i) {
      block.x[i] = fromBits(next());
      const double range =
          152 / std::max(std::abs(std::log2(std::abs(static_cast<double>(block.x[i])))), 1e-7);
      const double part = static_cast<double>(next()) / 2147483648.0 - 1;
      const auto y = static_cast<float>(part * range);
      block.y[i] = i % 4 == 0 ? fromBits(next()) : i % 4 == 1 ? std::nearbyint(y) : y;
      if (i % 8 > 3)
        block.x[i] = std::abs(block.x[i]);
    }
    compare(function, reference, block, worst);
  }
  return report("pow", bound, worst);
}

} // namespace

#define ONE(Function) [](const auto &x, const auto &) { return nnc::math::Function(x); }
#define OF_ONE(Function) [](double x, double) { return std::Function(x); }

int main(int argc, char **argv) {
  const auto stride = static_cast<std::uint64_t>(argc > 1 ? std::atoll(argv[1]) : 4099);
  bool holds = sweep("exp", 1.2, stride, ONE(exp), OF_ONE(exp));
  holds &= sweep("log", 0.9, stride, ONE(log), OF_ONE(log));
  holds &= sweep("tanh", 1.4, stride, ONE(tanh), OF_ONE(tanh));
  holds &= sweep("erf", 1.6, stride, ONE(erf), OF_ONE(erf));
  holds &= sweep("sigmoid", 2.5, stride, ONE(sigmoid), [](double x, double) {
    return x < -88.7228391 ? 0 : 1 / (1 + std::exp(-x)); // zero where e^-x is beyond float
  });
  holds &= sweepPow(0.6, stride);
  return holds ? 0 : 1;
}
