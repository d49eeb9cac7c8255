// SPDX-License-Identifier: 0BSD
//
// Fixed-width vectors for generated kernels: f32x16, i32x8, u8x64, ... as the compiler's own vector
// types where it has them (GCC 9 or newer, clang), else as plain arrays (NNC_NO_VECTOR_EXTENSION).
// Every function here takes and returns whole vectors; masks are what a comparison returns: lanes
// of a signed integer of the same width, 0 or -1.

#ifndef NNC_RUNTIME_VEC_H
#define NNC_RUNTIME_VEC_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#if !defined(__GNUC__) && !defined(NNC_NO_VECTOR_EXTENSION)
#define NNC_NO_VECTOR_EXTENSION
#endif

#if defined(__GNUC__)
#define NNC_RESTRICT __restrict__
#define NNC_INLINE inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define NNC_RESTRICT __restrict
#define NNC_INLINE __forceinline
#else
#define NNC_RESTRICT
#define NNC_INLINE inline
#endif

#if defined(__GNUC__)
#define NNC_PREFETCH(Address) __builtin_prefetch(Address)
#else
#define NNC_PREFETCH(Address) static_cast<void>(Address)
#endif

#if defined(__GNUC__) && !defined(__clang__)
// Vectors wider than the machine's registers are passed between inlined functions only.
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

namespace nnc {

/// Position in a buffer, and loop counter of a kernel.
using Index = std::ptrdiff_t;

namespace {

template <std::size_t size> struct IntegersOfSize;
template <> struct IntegersOfSize<1> {
  using Signed = std::int8_t;
  using Unsigned = std::uint8_t;
};
template <> struct IntegersOfSize<2> {
  using Signed = std::int16_t;
  using Unsigned = std::uint16_t;
};
template <> struct IntegersOfSize<4> {
  using Signed = std::int32_t;
  using Unsigned = std::uint32_t;
};
template <> struct IntegersOfSize<8> {
  using Signed = std::int64_t;
  using Unsigned = std::uint64_t;
};
template <std::size_t size> using SignedOfSize = typename IntegersOfSize<size>::Signed;
template <std::size_t size> using UnsignedOfSize = typename IntegersOfSize<size>::Unsigned;

} // namespace
} // namespace nnc

#ifdef NNC_NO_VECTOR_EXTENSION
#include "vec_array.h"
#else
#include "vec_extension.h"
#endif

namespace nnc {
// Internal linkage: files compiled for different instruction sets can be linked into one program.
namespace {

#define NNC_VECTOR_TYPES(Name, Type)                                                               \
  using Name##x2 = Vec<Type, 2>;                                                                   \
  using Name##x4 = Vec<Type, 4>;                                                                   \
  using Name##x8 = Vec<Type, 8>;                                                                   \
  using Name##x16 = Vec<Type, 16>;                                                                 \
  using Name##x32 = Vec<Type, 32>;                                                                 \
  using Name##x64 = Vec<Type, 64>;
NNC_VECTOR_TYPES(f32, float)
NNC_VECTOR_TYPES(f64, double)
NNC_VECTOR_TYPES(i8, std::int8_t)
NNC_VECTOR_TYPES(u8, std::uint8_t)
NNC_VECTOR_TYPES(i16, std::int16_t)
NNC_VECTOR_TYPES(u16, std::uint16_t)
NNC_VECTOR_TYPES(i32, std::int32_t)
NNC_VECTOR_TYPES(u32, std::uint32_t)
NNC_VECTOR_TYPES(i64, std::int64_t)
NNC_VECTOR_TYPES(u64, std::uint64_t)
#undef NNC_VECTOR_TYPES

} // namespace
} // namespace nnc

// The N of x86-64-vN whose instructions may be used: as the compiler's flags say, or as a file says
// that holds this text once for each of several levels. 0: not x86.
#ifndef NNC_X86_LEVEL
#if !defined(__x86_64__) || defined(NNC_NO_VECTOR_EXTENSION)
#define NNC_X86_LEVEL 0
#elif defined(__AVX512F__)
#define NNC_X86_LEVEL 4
#elif defined(__AVX2__)
#define NNC_X86_LEVEL 3
#elif defined(__SSE4_1__)
#define NNC_X86_LEVEL 2
#else
#define NNC_X86_LEVEL 1
#endif
#endif

#if NNC_X86_LEVEL >= 1
#include "vec_x86.h"
#endif

namespace nnc {
namespace {

/// Type of one lane; of a scalar, the scalar itself.
template <class V> using Element = typename VecTraits<V>::Element;
/// Number of lanes; 1 for a scalar.
template <class V> constexpr int lanes = VecTraits<V>::lanes;
template <class V> using AllLanes = std::make_integer_sequence<int, lanes<V>>;

//===--- Making vectors -------------------------------------------------------------------------===

template <class V, class F, int... I>
NNC_INLINE V fromLanesImpl(const F &lane, std::integer_sequence<int, I...>) {
  return V{lane(I)...};
}

/// The vector whose lane i is `lane(i)`.
template <class V, class F> NNC_INLINE V fromLanes(const F &lane) {
  return fromLanesImpl<V>(lane, AllLanes<V>{});
}

/// All lanes equal to `x`. For a scalar V, `x`.
template <class V, class T> NNC_INLINE V splat(T x) {
  const auto lane = static_cast<Element<V>>(x);
  if constexpr (lanes<V> == 1)
    return lane;
  else
    return fromLanes<V>([&](int) { return lane; });
}

/// base, base + stride, base + 2 * stride, ...
template <class V, class B, class S> NNC_INLINE V ramp(B base, S stride) {
  const V count = fromLanes<V>([](int i) { return static_cast<Element<V>>(i); });
  return splat<V>(base) + splat<V>(stride) * count;
}

/// lane 0, lane 1, ...
template <class V, class... T> NNC_INLINE V make(T... lane) {
  return V{static_cast<Element<V>>(lane)...};
}

//===--- Lane by lane ---------------------------------------------------------------------------===

/// The bits of `x` as another type of the same size.
template <class W, class V> NNC_INLINE W bitCast(const V &x) {
  static_assert(sizeof(W) == sizeof(V), "both types have the same size");
  W w;
  std::memcpy(&w, &x, sizeof w);
  return w;
}

/// The larger. Where one is not a number the result is `a`, so a NaN of the first operand stays.
template <class V> NNC_INLINE V max(const V &a, const V &b) { return select(a < b, b, a); }
/// The smaller, with the same rule for NaN.
template <class V> NNC_INLINE V min(const V &a, const V &b) { return select(b < a, b, a); }

/// f applied to each lane: for functions that have no vector form here.
template <class V, class F> NNC_INLINE V mapLanes(const F &f, const V &x) {
  if constexpr (lanes<V> == 1)
    return f(x);
  else
    return fromLanes<V>([&](int i) { return f(x[i]); });
}
template <class V, class F> NNC_INLINE V mapLanes(const F &f, const V &x, const V &y) {
  if constexpr (lanes<V> == 1)
    return f(x, y);
  else
    return fromLanes<V>([&](int i) { return f(x[i], y[i]); });
}

/// |x|; of an integer, as the unsigned type of the same width.
template <class W, class V> NNC_INLINE W absolute(const V &x) {
  using U = ChangeElement<V, UnsignedOfSize<sizeof(Element<V>)>>;
  if constexpr (std::is_floating_point_v<Element<V>>)
    return bitCast<W>(bitCast<U>(x) & splat<U>(std::numeric_limits<Element<U>>::max() >> 1));
  else
    return select(x < splat<V>(0), static_cast<W>(splat<W>(0) - convert<W>(x)), convert<W>(x));
}

//===--- Masks ----------------------------------------------------------------------------------===

/// A mask of N lanes, all like `condition`.
template <int N> NNC_INLINE auto splatMask(bool condition) {
  return splat<Vec<std::int32_t, N>>(condition ? -1 : 0);
}
/// Also of two plain conditions. The result has the lanes of `a`.
template <class A, class B> NNC_INLINE A maskAnd(const A &a, const B &b) {
  if constexpr (std::is_same_v<A, bool>)
    return a && b;
  else
    return a & convert<A>(b);
}
template <class A, class B> NNC_INLINE A maskOr(const A &a, const B &b) {
  if constexpr (std::is_same_v<A, bool>)
    return a || b;
  else
    return a | convert<A>(b);
}

/// One byte a lane, 0 or 1: as bool is in memory.
template <class M> NNC_INLINE auto bytesOfMask(const M &mask) {
  using Bytes = ChangeElement<M, std::int8_t>;
  return convert<Bytes>(mask) & splat<Bytes>(1);
}

//===--- Division as in the algorithm: the remainder is never negative
//----------------------------===

/// a / b rounded so that 0 <= a - b * result < |b|; 0 when b is 0.
template <class T> NNC_INLINE T divide(T a, T b) {
  if (b == 0)
    return 0;
  const T quotient = static_cast<T>(a / b);
  if constexpr (std::is_signed_v<T>)
    if (static_cast<T>(a % b) < 0)
      return static_cast<T>(b > 0 ? quotient - 1 : quotient + 1);
  return quotient;
}

/// a - b * divide(a, b); 0 when b is 0.
template <class T> NNC_INLINE T modulo(T a, T b) {
  if (b == 0)
    return 0;
  const T rest = static_cast<T>(a % b);
  if constexpr (std::is_signed_v<T>)
    if (rest < 0)
      return static_cast<T>(b > 0 ? rest + b : rest - b);
  return rest;
}

template <class V> NNC_INLINE V divideLanes(const V &a, const V &b) {
  return mapLanes([](Element<V> x, Element<V> y) { return divide<Element<V>>(x, y); }, a, b);
}
template <class V> NNC_INLINE V moduloLanes(const V &a, const V &b) {
  return mapLanes([](Element<V> x, Element<V> y) { return modulo<Element<V>>(x, y); }, a, b);
}

//===--- Across lanes ---------------------------------------------------------------------------===

template <int begin, int stride, class V, int... I>
NNC_INLINE auto sliceImpl(const V &v, std::integer_sequence<int, I...>) {
  return shuffle<(begin + I * stride)...>(v, v);
}
template <class V, int... I>
NNC_INLINE auto concatImpl(const V &a, const V &b, std::integer_sequence<int, I...>) {
  return shuffle<I...>(a, b);
}
template <class V, int... I>
NNC_INLINE auto interleaveImpl(const V &a, const V &b, std::integer_sequence<int, I...>) {
  return shuffle<(I / 2 + (I % 2) * lanes<V>)...>(a, b);
}

/// Lanes begin, begin + stride, ... of v: `count` of them.
template <int begin, int stride, int count, class V> NNC_INLINE auto slice(const V &v) {
  return sliceImpl<begin, stride>(v, std::make_integer_sequence<int, count>{});
}
/// The lanes of a, then those of b.
template <class V> NNC_INLINE auto concat(const V &a, const V &b) {
  return concatImpl(a, b, std::make_integer_sequence<int, 2 * lanes<V>>{});
}
/// a[0], b[0], a[1], b[1], ...
template <class V> NNC_INLINE auto interleave(const V &a, const V &b) {
  return interleaveImpl(a, b, std::make_integer_sequence<int, 2 * lanes<V>>{});
}
template <int times, class V, int... I>
NNC_INLINE auto repeatImpl(const V &v, std::integer_sequence<int, I...>) {
  return shuffle<(I % lanes<V>)...>(v, v);
}
/// v, v, ...: `times` of them.
template <int times, class V> NNC_INLINE auto repeat(const V &v) {
  return repeatImpl<times>(v, std::make_integer_sequence<int, times * lanes<V>>{});
}

/// Combines groups of neighbouring lanes until `count` are left, as a tree.
template <int count, class V, class F> NNC_INLINE auto reduce(const V &v, const F &combine) {
  if constexpr (lanes<V> == count)
    return v;
  else if constexpr (count == 1 && lanes<V> == 2)
    return static_cast<Element<V>>(combine(Element<V>{v[0]}, Element<V>{v[1]}));
  else if constexpr (count == 1) // halves need fewer instructions than neighbours
    return reduce<1>(combine(slice<0, 1, lanes<V> / 2>(v), slice<lanes<V> / 2, 1, lanes<V> / 2>(v)),
                     combine);
  else
    return reduce<count>(combine(slice<0, 2, lanes<V> / 2>(v), slice<1, 2, lanes<V> / 2>(v)),
                         combine);
}
template <int count, class V> NNC_INLINE auto reduceAdd(const V &v) {
  return reduce<count>(v, [](const auto &a, const auto &b) {
    return static_cast<std::decay_t<decltype(a)>>(a + b);
  });
}
template <int count, class V> NNC_INLINE auto reduceMul(const V &v) {
  return reduce<count>(v, [](const auto &a, const auto &b) {
    return static_cast<std::decay_t<decltype(a)>>(a * b);
  });
}
template <int count, class V> NNC_INLINE auto reduceMin(const V &v) {
  return reduce<count>(v, [](const auto &a, const auto &b) { return min(a, b); });
}
template <int count, class V> NNC_INLINE auto reduceMax(const V &v) {
  return reduce<count>(v, [](const auto &a, const auto &b) { return max(a, b); });
}
template <int count, class V> NNC_INLINE auto reduceAnd(const V &v) {
  return reduce<count>(v, [](const auto &a, const auto &b) {
    return static_cast<std::decay_t<decltype(a)>>(a & b);
  });
}
template <int count, class V> NNC_INLINE auto reduceOr(const V &v) {
  return reduce<count>(v, [](const auto &a, const auto &b) {
    return static_cast<std::decay_t<decltype(a)>>(a | b);
  });
}

} // namespace
} // namespace nnc

#include "vec_memory.h"

#endif // NNC_RUNTIME_VEC_H
