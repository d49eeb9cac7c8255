// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/vec.h"
#include "gtest/gtest.h"
#include <vector>

namespace {

using namespace nnc;

template <class V> std::vector<double> lanesOf(const V &v) {
  std::vector<double> all;
  for (int i = 0; i < lanes<V>; ++i)
    all.push_back(static_cast<double>(v[i]));
  return all;
}
using Lanes = std::vector<double>;

const f32x4 abcd = make<f32x4>(1, 2, 3, 4);
const f32x4 efgh = make<f32x4>(5, 6, 7, 8);

TEST(Vec, MemoryNeedsNoAlignment) {
  float memory[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  EXPECT_EQ(lanesOf(load<f32x4>(memory + 1)), (Lanes{1, 2, 3, 4}));
  EXPECT_EQ(lanesOf(loadFirst<f32x4, 3>(memory + 1)), (Lanes{1, 2, 3, 0}));
  EXPECT_EQ(lanesOf(loadStrided<f32x4>(memory + 1, 3)), (Lanes{1, 4, 7, 10}));
  EXPECT_EQ(lanesOf(loadStrided<f32x4>(memory + 3, -1)), (Lanes{3, 2, 1, 0}));
  EXPECT_EQ(lanesOf(gather<f32x4>(memory, make<i32x4>(9, 0, 2, 2))), (Lanes{9, 0, 2, 2}));
  store(memory + 1, efgh);
  EXPECT_EQ(memory[4], 8);
  storeFirst<2>(memory + 1, abcd);
  EXPECT_EQ(memory[2], 2);
  EXPECT_EQ(memory[3], 7);
  storeStrided<4>(memory, 3, abcd);
  EXPECT_EQ(memory[9], 4);
  scatter<4>(memory, make<i32x4>(11, 10, 9, 8), abcd);
  EXPECT_EQ(memory[10], 2);
}

/// The first `count` of n lanes are read and written, nothing behind them.
template <class V, int count> void testFirst() {
  constexpr int n = lanes<V>;
  float memory[n], copy[n];
  for (int i = 0; i < n; ++i) {
    memory[i] = static_cast<float>(i + 1);
    copy[i] = -1;
  }
  const V v = loadFirst<V, count>(memory);
  storeFirst<count>(copy, load<V>(memory));
  for (int i = 0; i < n; ++i) {
    EXPECT_EQ(v[i], i < count ? memory[i] : 0);
    EXPECT_EQ(copy[i], i < count ? memory[i] : -1);
  }
}

template <class V, int... counts> void testAllFirst(std::integer_sequence<int, counts...>) {
  (testFirst<V, counts + 1>(), ...);
}

TEST(Vec, AnyNumberOfFirstLanes) {
  testAllFirst<f32x4>(std::make_integer_sequence<int, 4>());
  testAllFirst<f32x8>(std::make_integer_sequence<int, 8>());
  testAllFirst<f32x16>(std::make_integer_sequence<int, 16>());
}

TEST(Vec, MaskedLanesAreNotTouched) {
  float memory[2] = {1, 2};
  const i32x4 mask = ramp<i32x4>(0, 1) < splat<i32x4>(2);
  EXPECT_EQ(lanesOf(loadIf<f32x4>(mask, memory)), (Lanes{1, 2, 0, 0}));
  storeIf<4>(mask, memory, efgh);
  EXPECT_EQ(memory[1], 6);
}

TEST(Vec, Shuffles) {
  EXPECT_EQ(lanesOf(concat(abcd, efgh)), (Lanes{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(lanesOf(interleave(abcd, efgh)), (Lanes{1, 5, 2, 6, 3, 7, 4, 8}));
  EXPECT_EQ(lanesOf(slice<1, 2, 2>(abcd)), (Lanes{2, 4}));
  EXPECT_EQ(lanesOf(repeat<2>(abcd)), (Lanes{1, 2, 3, 4, 1, 2, 3, 4}));
  EXPECT_EQ(lanesOf(shuffle<0, 7, 1, 6>(abcd, efgh)), (Lanes{1, 8, 2, 7}));
}

TEST(Vec, Reductions) {
  EXPECT_EQ(reduceAdd<1>(concat(abcd, efgh)), 36);
  EXPECT_EQ(lanesOf(reduceAdd<2>(abcd)), (Lanes{3, 7}));
  EXPECT_EQ(reduceMul<1>(abcd), 24);
  EXPECT_EQ(reduceMin<1>(efgh), 5);
  EXPECT_EQ(reduceMax<1>(efgh), 8);
  EXPECT_EQ(reduceOr<1>(make<i32x4>(0, 0, -1, 0)), -1);
  EXPECT_EQ(reduceAnd<1>(make<i32x4>(-1, -1, -1, 0)), 0);
}

TEST(Vec, NotANumberOfTheFirstOperandStays) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(max(nan, 1.0f)));
  EXPECT_EQ(max(1.0f, nan), 1.0f);
  EXPECT_TRUE(std::isnan(min(splat<f32x4>(nan), abcd)[3]));
  EXPECT_EQ(min(abcd, splat<f32x4>(nan))[3], 4);
}

TEST(Vec, RemainderIsNeverNegative) {
  for (int a = -9; a <= 9; ++a)
    for (int b = -3; b <= 3; ++b) {
      int quotient = divide(a, b), rest = modulo(a, b);
      if (b == 0) {
        EXPECT_EQ(quotient, 0);
        EXPECT_EQ(rest, 0);
        continue;
      }
      EXPECT_EQ(quotient * b + rest, a);
      EXPECT_GE(rest, 0);
      EXPECT_LT(rest, std::abs(b));
      EXPECT_EQ(divideLanes(splat<i32x4>(a), splat<i32x4>(b))[1], quotient);
      EXPECT_EQ(moduloLanes(splat<i32x4>(a), splat<i32x4>(b))[1], rest);
    }
}

TEST(Vec, Conversions) {
  EXPECT_EQ(lanesOf(convert<u8x4>(make<f32x4>(0.5f, 1.9f, 200.0f, 255.0f))),
            (Lanes{0, 1, 200, 255}));
  EXPECT_EQ(lanesOf(convert<f32x4>(make<i8x4>(-1, 2, -3, 4))), (Lanes{-1, 2, -3, 4}));
  EXPECT_EQ(lanesOf(convert<i64x4>(make<i16x4>(-1, 2, -3, 4))), (Lanes{-1, 2, -3, 4}));
  EXPECT_EQ(absolute<std::uint32_t>(std::numeric_limits<std::int32_t>::min()), 2147483648u);
  EXPECT_EQ(lanesOf(absolute<u8x4>(make<i8x4>(-128, 2, -3, 4))), (Lanes{128, 2, 3, 4}));
}

TEST(Vec, MasksOfDifferentWidths) {
  const auto narrow = make<i8x4>(1, 2, 3, 4) > splat<i8x4>(2);
  const auto wide = abcd < splat<f32x4>(4);
  EXPECT_EQ(lanesOf(maskAnd(wide, narrow)), (Lanes{0, 0, -1, 0}));
  EXPECT_EQ(lanesOf(maskOr(narrow, wide)), (Lanes{-1, -1, -1, -1}));
  EXPECT_EQ(lanesOf(select(narrow, abcd, efgh)), (Lanes{5, 6, 3, 4}));
  EXPECT_EQ(lanesOf(bytesOfMask(wide)), (Lanes{1, 1, 1, 0}));
}

} // namespace
