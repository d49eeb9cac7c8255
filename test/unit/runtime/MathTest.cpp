// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every function of runtime/math.h against double <cmath>, over the range of float and at its
// special values, in units in the last place.

#include "runtime/math.h"
#include "gtest/gtest.h"
#include <vector>

namespace {

using nnc::f32x16;
using nnc::f32x4;
using nnc::f64x4;
using nnc::f64x8;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Numbers of every sign and exponent, then the values where functions change their rule.
std::vector<float> samples() {
  std::vector<float> all;
  for (std::uint32_t i = 0; i < (1u << 19); ++i)
    all.push_back(nnc::bitCast<float>(i * 8209u));
  for (float value :
       {0.0f,  -0.0f,  1.0f, -1.0f, infinity, -infinity,  nan,         1e-45f, -1e-45f, 1e-38f,
        3e38f, -3e38f, 0.5f, -0.5f, 2.5f,     8388607.5f, -8388607.5f, 88.72f, -87.4f,  104.0f})
    all.push_back(value);
  while (all.size() % 16)
    all.push_back(1.0f);
  return all;
}

/// Distance in units in the last place of float; huge where one is special and the other is not.
double ulps(double want, float got) {
  auto rounded = static_cast<float>(want);
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) == std::isnan(got) ? 0 : 1e9;
  if (std::isinf(rounded) || std::isinf(got))
    return rounded == got ? 0 : 1e9;
  if (want == 0 && std::signbit(want) != std::signbit(got))
    return 1e9;
  int exponent = rounded == 0 ? -126 : std::max(std::ilogb(rounded), -126);
  return std::abs(want - static_cast<double>(got)) / std::ldexp(1.0, exponent - 23);
}

template <class V, class F> std::vector<float> applyTo(const std::vector<float> &x, F function) {
  std::vector<float> y(x.size());
  constexpr auto step = static_cast<std::size_t>(nnc::lanes<V>);
  for (std::size_t i = 0; i < x.size(); i += step)
    if constexpr (step == 1)
      y[i] = function(x[i]);
    else
      nnc::store(&y[i], V(function(nnc::load<V>(&x[i]))));
  return y;
}

#define EXPECT_ULPS(Function, Reference, Bound)                                                    \
  do {                                                                                             \
    const std::vector<float> x = samples();                                                        \
    auto f = [](const auto &v) { return Function(v); };                                            \
    const std::vector<float> results[] = {applyTo<float>(x, f), applyTo<f32x4>(x, f),              \
                                          applyTo<f32x16>(x, f)};                                  \
    for (const std::vector<float> &y : results) {                                                  \
      double worst = 0;                                                                            \
      std::size_t at = 0;                                                                          \
      for (std::size_t i = 0; i < x.size(); ++i)                                                   \
        if (double error = ulps(Reference(static_cast<double>(x[i])), y[i]); error > worst)        \
          worst = error, at = i;                                                                   \
      EXPECT_LE(worst, Bound) << "at " << x[at] << " got " << y[at];                               \
    }                                                                                              \
  } while (false)

/// The largest error of `function` on doubles from `low` to `high` against `exact`, in units in the
/// last place.
template <class Function>
double getWorstUlps(const Function &function, long double (*exact)(long double), double low,
                    double high) {
  double worst = 0;
  for (int64_t i = 0; i < 2000000; i += 8) {
    f64x8 x;
    for (int lane = 0; lane < 8; ++lane)
      x[lane] = low + (high - low) * static_cast<double>((i + lane) * 7919 % 2000003) / 2000003;
    f64x8 y = function(x);
    for (int lane = 0; lane < 8; ++lane) {
      long double wanted = exact(static_cast<long double>(x[lane]));
      if (std::isinf(static_cast<double>(wanted)) || wanted == 0)
        continue;
      int exponent = std::max(std::ilogb(wanted), -1022);
      long double difference = std::abs(wanted - static_cast<long double>(y[lane]));
      worst = std::max(worst, static_cast<double>(difference / std::ldexp(1.0L, exponent - 52)));
    }
  }
  return worst;
}

TEST(Math, ExpOfDoubles) {
  auto function = [](const f64x8 &x) { return nnc::math::exp(x); };
  EXPECT_LT(getWorstUlps(function, std::exp, -745, 710), 1.2);
  f64x8 special{0,
                -0.0,
                1000,
                -1000,
                std::numeric_limits<double>::infinity(),
                -std::numeric_limits<double>::infinity(),
                std::nan(""),
                710};
  f64x8 y = nnc::math::exp(special);
  EXPECT_EQ(y[0], 1);
  EXPECT_EQ(y[1], 1);
  EXPECT_EQ(y[2], std::numeric_limits<double>::infinity());
  EXPECT_EQ(y[3], 0);
  EXPECT_EQ(y[4], std::numeric_limits<double>::infinity());
  EXPECT_EQ(y[5], 0);
  EXPECT_TRUE(std::isnan(y[6]));
  EXPECT_EQ(y[7], std::exp(710.0));
}

TEST(Math, TanhOfDoubles) {
  auto function = [](const f64x8 &x) { return nnc::math::tanh(x); };
  EXPECT_LT(getWorstUlps(function, std::tanh, -1, 1), 3);
  EXPECT_LT(getWorstUlps(function, std::tanh, -30, 30), 3);
  EXPECT_LT(getWorstUlps(function, std::tanh, -1e-6, 1e-6), 2);
  f64x8 y = nnc::math::tanh(f64x8{0, -0.0, 1e300, -1e300, std::nan(""), 5e-324, 0.55, 1});
  EXPECT_EQ(y[0], 0);
  EXPECT_TRUE(std::signbit(y[1]));
  EXPECT_EQ(y[2], 1);
  EXPECT_EQ(y[3], -1);
  EXPECT_TRUE(std::isnan(y[4]));
}

TEST(Math, LogOfDoubles) {
  auto function = [](const f64x8 &x) { return nnc::math::log(x); };
  EXPECT_LT(getWorstUlps(function, std::log, 0.5, 2), 1.5);
  EXPECT_LT(getWorstUlps(function, std::log, 0, 1e3), 1.0);
  EXPECT_LT(getWorstUlps(function, std::log, 1e290, 1e300), 1.0);
  const double inf = std::numeric_limits<double>::infinity();
  f64x8 x{0, -0.0, -1, inf, -inf, std::nan(""), 5e-324, 1};
  f64x8 y = nnc::math::log(x);
  EXPECT_EQ(y[0], -inf);
  EXPECT_EQ(y[1], -inf);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_EQ(y[3], inf);
  EXPECT_TRUE(std::isnan(y[4]));
  EXPECT_TRUE(std::isnan(y[5]));
  EXPECT_DOUBLE_EQ(y[6], std::log(5e-324));
  EXPECT_EQ(y[7], 0);
}

TEST(Math, PowOfDoubles) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const double special[] = {0, -0.0, 1, -1, inf, -inf, nan, 5e-324, 2, -2, 3, 0.5, -0.5, 2.5, -3};
  for (double x : special)
    for (double y : special) {
      double want = std::pow(x, y),
             got = nnc::math::pow(nnc::splat<f64x4>(x), nnc::splat<f64x4>(y))[1];
      if (std::isnan(want))
        EXPECT_TRUE(std::isnan(got)) << x << "^" << y;
      else if (std::isinf(want) || want == 0)
        EXPECT_TRUE(got == want && std::signbit(got) == std::signbit(want)) << x << "^" << y;
      else
        EXPECT_NEAR(got / want, 1, 1e-12) << x << "^" << y;
    }
  for (int i = 0; i < 100000; ++i) {
    double x = std::exp((i % 317 - 150) * 0.5), y = (i % 1009 - 500) * 0.01;
    double want = std::pow(x, y), ulps = 2 + std::abs(y * std::log(x));
    EXPECT_NEAR(nnc::math::pow(nnc::splat<f64x4>(x), nnc::splat<f64x4>(y))[3] / want, 1,
                ulps * std::numeric_limits<double>::epsilon())
        << x << "^" << y;
  }
}

TEST(Math, Exp) { EXPECT_ULPS(nnc::math::exp, std::exp, 1.2); }
TEST(Math, Log) { EXPECT_ULPS(nnc::math::log, std::log, 1.0); }
TEST(Math, Tanh) { EXPECT_ULPS(nnc::math::tanh, std::tanh, 2.0); }
TEST(Math, Erf) { EXPECT_ULPS(nnc::math::erf, std::erf, 2.0); }
TEST(Math, Sin) { EXPECT_ULPS(nnc::math::sin, std::sin, 1.0); }
TEST(Math, Cos) { EXPECT_ULPS(nnc::math::cos, std::cos, 1.0); }
TEST(Math, Sqrt) { EXPECT_ULPS(nnc::math::sqrt, std::sqrt, 0.5); }
TEST(Math, Floor) { EXPECT_ULPS(nnc::math::floor, std::floor, 0.0); }
TEST(Math, Ceil) { EXPECT_ULPS(nnc::math::ceil, std::ceil, 0.0); }
TEST(Math, Trunc) { EXPECT_ULPS(nnc::math::trunc, std::trunc, 0.0); }
TEST(Math, RoundEven) { EXPECT_ULPS(nnc::math::roundEven, std::nearbyint, 0.0); }
TEST(Math, Atan) { EXPECT_ULPS(nnc::math::atan, std::atan, 1.0); }

double sigmoid(double x) {
  double y = 1 / (1 + std::exp(-x));
  return y < 1.2e-38 ? 0 : y; // below the smallest normal number, ours is zero
}
TEST(Math, Sigmoid) {
  std::vector<float> x;
  for (int i = -8700; i < 10000; ++i)
    x.push_back(static_cast<float>(i) * 0.01f);
  while (x.size() % 16)
    x.push_back(0.0f);
  std::vector<float> y = applyTo<f32x16>(x, [](const f32x16 &v) { return nnc::math::sigmoid(v); });
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_LE(ulps(sigmoid(static_cast<double>(x[i])), y[i]), 2.5) << x[i];
}

TEST(Math, Pow) {
  const float special[] = {0.0f,  -0.0f, 1.0f,  -1.0f, infinity, -infinity, nan,  1e-40f,
                           3e38f, 2.0f,  -2.0f, 3.0f,  0.5f,     -0.5f,     2.5f, -3.0f};
  for (float x : special)
    for (float y : special) {
      f32x4 result = nnc::math::pow(nnc::splat<f32x4>(x), nnc::splat<f32x4>(y));
      float want = std::pow(x, y);
      EXPECT_LE(ulps(static_cast<double>(want), result[2]), 1.0) << x << "^" << y;
    }
  for (int i = 0; i < 100000; ++i) {
    float x = std::exp(static_cast<float>(i % 317 - 150) * 0.1f);
    float y = static_cast<float>(i % 1009 - 500) * 0.01f;
    double want = std::pow(static_cast<double>(x), static_cast<double>(y));
    EXPECT_LE(ulps(want, nnc::math::pow(x, y)), 0.6) << x << "^" << y;
  }
}

TEST(Math, DoublesGoThroughTheStandardLibrary) {
  const f64x4 x = nnc::make<f64x4>(-1.5, 0.25, 2.0, 700.0);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(nnc::math::floor(x)[i], std::floor(x[i]));
    EXPECT_DOUBLE_EQ(nnc::math::erf(x)[i], std::erf(x[i])); // g++ folds the second one
  }
}

TEST(Math, Classes) {
  const f32x4 x = nnc::make<f32x4>(nan, infinity, -infinity, 1.0f);
  const auto isNan = nnc::math::isNan(x), isInf = nnc::math::isInf(x);
  const auto isFinite = nnc::math::isFinite(x);
  const int want[3][4] = {{-1, 0, 0, 0}, {0, -1, -1, 0}, {0, 0, 0, -1}};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(isNan[i], want[0][i]);
    EXPECT_EQ(isInf[i], want[1][i]);
    EXPECT_EQ(isFinite[i], want[2][i]);
  }
}

TEST(Math, Bits) {
  EXPECT_EQ(nnc::math::popCount(std::int32_t{-1}), 32);
  EXPECT_EQ(nnc::math::leadingZeros(std::int32_t{1}), 31);
  EXPECT_EQ(nnc::math::leadingZeros(std::uint8_t{0}), 8);
}

} // namespace
