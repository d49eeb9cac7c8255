// SPDX-License-Identifier: 0BSD
//
// The part of vec.h for compilers without vector types: arrays and loops. Included by vec.h only.

#ifndef NNC_RUNTIME_VEC_ARRAY_H
#define NNC_RUNTIME_VEC_ARRAY_H

namespace nnc {
namespace {

/// Vector of N lanes of T; N is a power of two.
template <class T, int N> struct Vec {
  T lane[static_cast<std::size_t>(N)];
  NNC_INLINE constexpr T &operator[](Index i) { return lane[i]; }
  NNC_INLINE constexpr const T &operator[](Index i) const { return lane[i]; }
};

template <class V> struct VecTraits {
  using Element = V;
  static constexpr int lanes = 1;
  template <class T> using Change = T;
};
template <class T, int N> struct VecTraits<Vec<T, N>> {
  using Element = T;
  static constexpr int lanes = N;
  template <class U> using Change = Vec<U, N>;
};

/// V with lanes of another type.
template <class V, class T> using ChangeElement = typename VecTraits<V>::template Change<T>;

#define NNC_LANEWISE(Operator)                                                                     \
  template <class T, int N>                                                                        \
  NNC_INLINE Vec<T, N> operator Operator(const Vec<T, N> &a, const Vec<T, N> &b) {                 \
    Vec<T, N> r;                                                                                   \
    for (int i = 0; i < N; ++i)                                                                    \
      r[i] = static_cast<T>(a[i] Operator b[i]);                                                   \
    return r;                                                                                      \
  }
NNC_LANEWISE(+)
NNC_LANEWISE(-)
NNC_LANEWISE(*)
NNC_LANEWISE(/)
NNC_LANEWISE(%)
NNC_LANEWISE(&)
NNC_LANEWISE(|)
NNC_LANEWISE(^)
NNC_LANEWISE(<<)
NNC_LANEWISE(>>)
#undef NNC_LANEWISE

#define NNC_COMPARISON(Operator)                                                                   \
  template <class T, int N>                                                                        \
  NNC_INLINE Vec<SignedOfSize<sizeof(T)>, N> operator Operator(const Vec<T, N> &a,                 \
                                                               const Vec<T, N> &b) {               \
    Vec<SignedOfSize<sizeof(T)>, N> r;                                                             \
    for (int i = 0; i < N; ++i)                                                                    \
      r[i] = a[i] Operator b[i] ? -1 : 0;                                                          \
    return r;                                                                                      \
  }
NNC_COMPARISON(<)
NNC_COMPARISON(<=)
NNC_COMPARISON(>)
NNC_COMPARISON(>=)
NNC_COMPARISON(==)
NNC_COMPARISON(!=)
#undef NNC_COMPARISON

template <class T, int N> NNC_INLINE Vec<T, N> operator-(const Vec<T, N> &a) {
  Vec<T, N> r;
  for (int i = 0; i < N; ++i)
    r[i] = static_cast<T>(-a[i]);
  return r;
}
template <class T, int N> NNC_INLINE Vec<T, N> operator~(const Vec<T, N> &a) {
  Vec<T, N> r;
  for (int i = 0; i < N; ++i)
    r[i] = static_cast<T>(~a[i]);
  return r;
}

/// a where the mask is set, else b.
template <class M, class T, int N>
NNC_INLINE Vec<T, N> select(const Vec<M, N> &mask, const Vec<T, N> &a, const Vec<T, N> &b) {
  Vec<T, N> r;
  for (int i = 0; i < N; ++i)
    r[i] = mask[i] ? a[i] : b[i];
  return r;
}
template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
NNC_INLINE T select(bool condition, T a, T b) {
  return condition ? a : b;
}

/// Each lane converted as static_cast does.
template <class W, class V> NNC_INLINE W convert(const V &v) {
  if constexpr (std::is_arithmetic_v<V>) {
    return static_cast<W>(v);
  } else {
    W w;
    for (int i = 0; i < VecTraits<V>::lanes; ++i)
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): i8 lanes are numbers
      w[i] = static_cast<typename VecTraits<W>::Element>(v[i]);
    return w;
  }
}

/// Lanes I... of a and b, counted through both.
template <int... I, class T, int N>
NNC_INLINE auto shuffle(const Vec<T, N> &a, const Vec<T, N> &b) {
  return Vec<T, sizeof...(I)>{(I < N ? a[I % N] : b[I % N])...};
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_VEC_ARRAY_H
