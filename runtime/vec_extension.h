// SPDX-License-Identifier: 0BSD
//
// The part of vec.h that knows the vector extension of GCC and clang. Included by vec.h only.

#ifndef NNC_RUNTIME_VEC_EXTENSION_H
#define NNC_RUNTIME_VEC_EXTENSION_H

namespace nnc {
namespace {

template <class T, int N> struct VecType {
  typedef T Type __attribute__((vector_size(N * sizeof(T))));
};
/// Vector of N lanes of T; N is a power of two.
template <class T, int N> using Vec = typename VecType<T, N>::Type;

template <class V, bool isScalar = std::is_arithmetic_v<V>> struct VecTraits {
  using Element = std::decay_t<decltype(std::declval<V &>()[0])>;
  static constexpr int lanes = static_cast<int>(sizeof(V) / sizeof(Element));
  template <class T> using Change = Vec<T, lanes>;
};
template <class V> struct VecTraits<V, true> {
  using Element = V;
  static constexpr int lanes = 1;
  template <class T> using Change = T;
};

/// V with lanes of another type.
template <class V, class T> using ChangeElement = typename VecTraits<V>::template Change<T>;

/// The type to convert `From` to on the way to `To`: compilers know instructions for a change of
/// width by two, and between floating point and integers of 4 bytes or more; else they go lane by
/// lane.
template <class From, class To> constexpr auto conversionStep() {
  constexpr bool isInteger = std::is_integral_v<From> && std::is_integral_v<To>;
  if constexpr (isInteger && (sizeof(To) > 2 * sizeof(From)))
    return std::conditional_t<std::is_signed_v<From>, SignedOfSize<2 * sizeof(From)>,
                              UnsignedOfSize<2 * sizeof(From)>>{};
  else if constexpr (isInteger && (sizeof(From) > 2 * sizeof(To)))
    return SignedOfSize<sizeof(From) / 2>{};
  else if constexpr (!isInteger && (sizeof(From) < 4 || sizeof(To) < 4))
    return std::int32_t{};
  else
    return To{};
}
template <class From, class To> using ConversionStep = decltype(conversionStep<From, To>());

/// Each lane converted as static_cast does.
template <class W, class V> NNC_INLINE W convert(const V &v) {
  using From = typename VecTraits<V>::Element;
  using To = typename VecTraits<W>::Element;
  if constexpr (std::is_same_v<V, W>)
    return v;
  else if constexpr (std::is_arithmetic_v<V>)
    return static_cast<W>(v);
  else if constexpr (!std::is_same_v<ConversionStep<From, To>, To>)
    return convert<W>(convert<ChangeElement<V, ConversionStep<From, To>>>(v));
  else
    return __builtin_convertvector(v, W);
}

/// a where the mask is set, else b.
template <class M, class V> NNC_INLINE V select(const M &mask, const V &a, const V &b) {
  if constexpr (std::is_arithmetic_v<V>)
    return mask ? a : b;
  else
    return convert<ChangeElement<V, SignedOfSize<sizeof(typename VecTraits<V>::Element)>>>(mask)
               ? a
               : b;
}

/// Lanes I... of a and b, counted through both.
template <int... I, class V> NNC_INLINE auto shuffle(const V &a, const V &b) {
#if defined(__clang__) || __GNUC__ >= 12
  return __builtin_shufflevector(a, b, I...);
#else
  constexpr int n = VecTraits<V>::lanes;
  return Vec<typename VecTraits<V>::Element, sizeof...(I)>{(I < n ? a[I % n] : b[I % n])...};
#endif
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_VEC_EXTENSION_H
