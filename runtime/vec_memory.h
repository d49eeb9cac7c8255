// SPDX-License-Identifier: 0BSD
//
// Loads and stores of vectors. An address needs no more alignment than its element type. Included
// by vec.h only.

#ifndef NNC_RUNTIME_VEC_MEMORY_H
#define NNC_RUNTIME_VEC_MEMORY_H

#include "vec.h"

namespace nnc {
namespace {

template <class V, class T> NNC_INLINE V load(const T *p) {
  static_assert(sizeof(T) == sizeof(Element<V>), "a load does not convert");
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <class T, class V> NNC_INLINE void store(T *p, const V &v) {
  static_assert(sizeof(T) == sizeof(Element<V>), "a store does not convert");
  std::memcpy(p, &v, sizeof v);
}

/// Reads `count` elements only; the lanes behind them are zero.
template <class V, int count, class T> NNC_INLINE V loadFirst(const T *p) {
#if NNC_X86_LEVEL >= 4
  if constexpr (std::is_same_v<V, f32x16>)
    return reinterpret_cast<V>(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1 << count) - 1), p));
  if constexpr (std::is_same_v<V, f32x8>)
    return reinterpret_cast<V>(_mm256_maskz_loadu_ps(static_cast<__mmask8>((1 << count) - 1), p));
#endif
  V v = splat<V>(0);
  std::memcpy(&v, p, count * sizeof(T));
  return v;
}

/// Writes the first `count` lanes only.
template <int count, class T, class V> NNC_INLINE void storeFirst(T *p, const V &v) {
#if NNC_X86_LEVEL >= 4
  if constexpr (std::is_same_v<V, f32x16>)
    return _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1 << count) - 1),
                                 reinterpret_cast<__m512>(v));
  if constexpr (std::is_same_v<V, f32x8>)
    return _mm256_mask_storeu_ps(p, static_cast<__mmask8>((1 << count) - 1),
                                 reinterpret_cast<__m256>(v));
#endif
  // In halves: a compiler would copy the whole vector to memory first.
  constexpr int half = lanes<V> / 2;
  if constexpr (half > 1 && count > half) {
    store(p, slice<0, 1, half>(v));
    storeFirst<count - half>(p + half, slice<half, 1, half>(v));
  } else if constexpr (half > 1 && count == half) {
    store(p, slice<0, 1, half>(v));
  } else if constexpr (half > 1) {
    storeFirst<count>(p, slice<0, 1, half>(v));
  } else {
    std::memcpy(p, &v, count * sizeof(T));
  }
}

/// p[0], p[stride], p[2 * stride], ... up to `count` lanes; the others repeat p[0].
template <class V, int count = lanes<V>, class T>
NNC_INLINE V loadStrided(const T *p, Index stride) {
  return fromLanes<V>(
      [&](int i) { return static_cast<Element<V>>(p[(i < count ? i : 0) * stride]); });
}

template <int count, class T, class V>
NNC_INLINE void storeStrided(T *p, Index stride, const V &v) {
  for (int i = 0; i < count; ++i)
    p[i * stride] = static_cast<T>(v[i]);
}

/// p[index[0]], p[index[1]], ... up to `count` lanes; the others repeat the first.
template <class V, int count = lanes<V>, class T, class I>
NNC_INLINE V gather(const T *p, const I &index) {
#if NNC_X86_LEVEL >= 4
  if constexpr (std::is_same_v<V, f32x16> && std::is_same_v<I, i32x16> && count == 16)
    return reinterpret_cast<V>(_mm512_mask_i32gather_ps(_mm512_setzero_ps(), 0xFFFF,
                                                        reinterpret_cast<__m512i>(index), p, 4));
#endif
#if NNC_X86_LEVEL >= 3
  if constexpr (std::is_same_v<V, f32x8> && std::is_same_v<I, i32x8> && count == 8)
    return reinterpret_cast<V>(
        _mm256_mask_i32gather_ps(_mm256_setzero_ps(), p, reinterpret_cast<__m256i>(index),
                                 _mm256_castsi256_ps(_mm256_set1_epi32(-1)), 4));
#endif
  return fromLanes<V>([&](int i) { return static_cast<Element<V>>(p[index[i < count ? i : 0]]); });
}

template <int count, class T, class I, class V>
NNC_INLINE void scatter(T *p, const I &index, const V &v) {
  for (int i = 0; i < count; ++i)
    p[index[i]] = static_cast<T>(v[i]);
}

/// Lanes whose mask is zero are not read, and are zero.
template <class V, int count = lanes<V>, class T, class I, class M>
NNC_INLINE V gatherIf(const M &mask, const T *p, const I &index) {
  V v = splat<V>(0);
  for (int i = 0; i < count; ++i)
    if (mask[i])
      v[i] = static_cast<Element<V>>(p[index[i]]);
  return v;
}

/// Lanes whose mask is zero are not written.
template <int count, class M, class T, class I, class V>
NNC_INLINE void scatterIf(const M &mask, T *p, const I &index, const V &v) {
  for (int i = 0; i < count; ++i)
    if (mask[i])
      p[index[i]] = static_cast<T>(v[i]);
}

template <class V, int count = lanes<V>, class T, class M>
NNC_INLINE V loadIf(const M &mask, const T *p) {
#if NNC_X86_LEVEL >= 4
  if constexpr (std::is_same_v<V, f32x16> && std::is_same_v<M, i32x16> && count == 16) {
    const auto bits = reinterpret_cast<__m512i>(mask);
    return reinterpret_cast<V>(_mm512_maskz_loadu_ps(_mm512_test_epi32_mask(bits, bits), p));
  }
#endif
#if NNC_X86_LEVEL >= 3
  if constexpr (std::is_same_v<V, f32x8> && std::is_same_v<M, i32x8> && count == 8)
    return reinterpret_cast<V>(_mm256_maskload_ps(p, reinterpret_cast<__m256i>(mask)));
#endif
  return gatherIf<V, count>(mask, p, ramp<Vec<std::int32_t, lanes<V>>>(0, 1));
}

template <int count, class M, class T, class V>
NNC_INLINE void storeIf(const M &mask, T *p, const V &v) {
#if NNC_X86_LEVEL >= 4
  if constexpr (std::is_same_v<V, f32x16> && std::is_same_v<M, i32x16> && count == 16) {
    const auto bits = reinterpret_cast<__m512i>(mask);
    return _mm512_mask_storeu_ps(p, _mm512_test_epi32_mask(bits, bits),
                                 reinterpret_cast<__m512>(v));
  }
#endif
#if NNC_X86_LEVEL >= 3
  if constexpr (std::is_same_v<V, f32x8> && std::is_same_v<M, i32x8> && count == 8)
    return _mm256_maskstore_ps(p, reinterpret_cast<__m256i>(mask), reinterpret_cast<__m256>(v));
#endif
  scatterIf<count>(mask, p, ramp<Vec<std::int32_t, lanes<V>>>(0, 1), v);
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_VEC_MEMORY_H
