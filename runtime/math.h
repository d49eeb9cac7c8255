// SPDX-License-Identifier: 0BSD
//
// Elementary functions on vectors and scalars, from the same code: where the compiler contracts
// multiply-adds alike, a result does not depend on the vector width. float has its own
// approximations (minimax polynomials); double calls <cmath> lane by lane, except
// for exp, log, pow and tanh. Errors are in units in
// the last place of the exact result as a float, denormal ones included, for every argument; tests
// hold them in each form of vectors. Over all 2^32 floats, g++ 12 with and without fused
// multiply-add: exp 1.110 and 1.088, log 0.850 both, tanh 1.293 both, erf 1.214 and 1.502.

#ifndef NNC_RUNTIME_MATH_H
#define NNC_RUNTIME_MATH_H

#include "vec.h"

namespace nnc {
namespace {
namespace math {

//===--- Pieces ---------------------------------------------------------------------------------===

template <class V> constexpr bool isFloat = std::is_same_v<Element<V>, float>;
template <class V> using Int = ChangeElement<V, SignedOfSize<sizeof(Element<V>)>>;
template <class V> using Unsigned = ChangeElement<V, UnsignedOfSize<sizeof(Element<V>)>>;
template <class V> using Double = ChangeElement<V, double>;
template <class V> constexpr Element<V> infinityOf = std::numeric_limits<Element<V>>::infinity();
template <class V> constexpr Element<V> nanOf = std::numeric_limits<Element<V>>::quiet_NaN();

/// c0 * x^n + c1 * x^(n-1) + ... by Horner's rule.
template <class V, class... C> NNC_INLINE V polynomial(const V &x, Element<V> first, C... rest) {
  V sum = splat<V>(first);
  ((sum = sum * x + splat<V>(rest)), ...);
  return sum;
}

/// `magnitude` with the sign of `sign`; magnitude is not negative.
template <class V> NNC_INLINE V withSign(const V &magnitude, const V &sign) {
  using U = Unsigned<V>;
  const U signBit = splat<U>(Element<U>{1} << (sizeof(Element<U>) * 8 - 1));
  return bitCast<V>(bitCast<U>(magnitude) | (bitCast<U>(sign) & signBit));
}

/// 2^k for k in the range of normal exponents; any bits for another k.
template <class V> NNC_INLINE V powerOfTwo(const Int<V> &k) {
  using U = Unsigned<V>;
  constexpr int digits = std::numeric_limits<Element<V>>::digits - 1;
  constexpr int bias = std::numeric_limits<Element<V>>::max_exponent - 1;
  return bitCast<V>(convert<U>(k + splat<Int<V>>(bias)) << splat<U>(digits));
}

/// p * 2^k in two steps, so that the result may be denormal, zero or infinite.
template <class V> NNC_INLINE V scale(const V &p, const Int<V> &k) {
  const Int<V> half = k >> splat<Int<V>>(1);
  return p * powerOfTwo<V>(half) * powerOfTwo<V>(k - half);
}

//===--- Rounding
//---------------------------------------------------------------------------------===

/// Nearest integer, ties to even.
template <class V> NNC_INLINE V roundEven(const V &x) {
  using T = Element<V>;
  constexpr T big = T{1} / std::numeric_limits<T>::epsilon(); // from here on every value is whole
  const V magnitude = absolute<V>(x);
  const V rounded = (magnitude + splat<V>(big)) - splat<V>(big);
  return withSign(select(magnitude < splat<V>(big), rounded, magnitude), x);
}

template <class V> NNC_INLINE V floor(const V &x) {
  const V near = roundEven(x);
  return withSign(absolute<V>(select(near > x, near - splat<V>(1), near)), near);
}

template <class V> NNC_INLINE V ceil(const V &x) {
  const V near = roundEven(x);
  return withSign(absolute<V>(select(near < x, near + splat<V>(1), near)), x);
}

template <class V> NNC_INLINE V trunc(const V &x) { return withSign(floor(absolute<V>(x)), x); }

//===--- Roots and classes
//------------------------------------------------------------------------===

template <class V> NNC_INLINE V sqrt(const V &x) {
  if constexpr (lanes<V> == 1)
    return std::sqrt(x);
#if NNC_X86_LEVEL >= 4
  else if constexpr (std::is_same_v<V, f32x16>)
    return reinterpret_cast<V>(_mm512_maskz_sqrt_ps(0xFFFF, reinterpret_cast<__m512>(x)));
  else if constexpr (std::is_same_v<V, f64x8>)
    return reinterpret_cast<V>(_mm512_maskz_sqrt_pd(0xFF, reinterpret_cast<__m512d>(x)));
#endif
#if NNC_X86_LEVEL >= 3
  else if constexpr (std::is_same_v<V, f32x8>)
    return reinterpret_cast<V>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
  else if constexpr (std::is_same_v<V, f64x4>)
    return reinterpret_cast<V>(_mm256_sqrt_pd(reinterpret_cast<__m256d>(x)));
#endif
  else
    return mapLanes([](Element<V> lane) { return std::sqrt(lane); }, x);
}

template <class V> NNC_INLINE V inverse(const V &x) { return splat<V>(1) / x; }
template <class V> NNC_INLINE V inverseSqrt(const V &x) { return splat<V>(1) / sqrt(x); }

template <class V> NNC_INLINE auto isNan(const V &x) { return x != x; }
template <class V> NNC_INLINE auto isInf(const V &x) {
  return absolute<V>(x) == splat<V>(infinityOf<V>);
}
template <class V> NNC_INLINE auto isFinite(const V &x) {
  return absolute<V>(x) < splat<V>(infinityOf<V>);
}

/// x - y * floor(x / y): the remainder has the sign of y.
template <class V> NNC_INLINE V floorMod(const V &x, const V &y) { return x - y * floor(x / y); }

//===--- Exponential and logarithm
//----------------------------------------------------------------===

/// e^x of doubles as 2^k (1 + more): the Taylor series of what is left of x, at most log(2) / 2.
template <class V> struct ReducedExponent {
  Int<V> k;
  V more;

  NNC_INLINE explicit ReducedExponent(const V &x) {
    const V magic = splat<V>(6755399441055744.0); // 1.5 * 2^52: its last bit is worth 1
    const V shifted = x * splat<V>(1.4426950408889634) + magic;
    const V count = shifted - magic;
    const V high = x - count * splat<V>(0.6931471806019545); // exact: 32 bits times 11
    const V r = high - count * splat<V>(-4.2009150726810846e-11);
    const V p = polynomial(r, 1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8,
                           2.755731922398589e-7, 2.7557319223985893e-6, 2.48015873015873e-5,
                           1.984126984126984e-4, 1.388888888888889e-3, 8.333333333333333e-3,
                           4.1666666666666664e-2, 1.6666666666666666e-1, 0.5);
    k = bitCast<Int<V>>(shifted) - splat<Int<V>>(0x4338000000000000);
    more = r + r * r * p;
  }
};

template <class V> NNC_INLINE V expOfDoubles(const V &x) {
  const ReducedExponent<V> reduced(max(min(x, splat<V>(710.0)), splat<V>(-746.0)));
  return scale(splat<V>(1) + reduced.more, reduced.k);
}

/// e^x within 1.2 ulp; denormal results are right, overflow is infinite. A single double is
/// <cmath>'s.
template <class V> NNC_INLINE V exp(const V &x) {
  if constexpr (!isFloat<V> && lanes<V> == 1)
    return std::exp(x);
  else if constexpr (!isFloat<V>)
    return select(x != x, x, expOfDoubles(x));
  else {
    const V bounded = max(min(x, splat<V>(89.0f)), splat<V>(-104.0f));
    const V magic = splat<V>(12582912.0f); // 1.5 * 2^23: its last bit is worth 1
    const V shifted = bounded * splat<V>(1.44269504f) + magic;
    const V count = shifted - magic;
    const V high = bounded - count * splat<V>(0.693359375f);
    const V r = high - count * splat<V>(-2.12194440e-4f); // bounded - count * log(2)
    const V p = polynomial(r, 1.3813145e-3f, 8.369419e-3f, 4.1668456e-2f, 1.6666515e-1f, 0.5f);
    const Int<V> k = bitCast<Int<V>>(shifted) - splat<Int<V>>(0x4B400000);
    return scale(splat<V>(1) + (r + r * r * p), k);
  }
}

/// log(x) of positive finite doubles within 1 ulp: 2 atanh(f / (2 + f)) for a mantissa 1 + f from
/// sqrt(1/2) to sqrt(2).
template <class V> NNC_INLINE V logOfPositive(const V &x) {
  using U = Unsigned<V>;
  const auto tiny = x < splat<V>(std::numeric_limits<double>::min());
  const U bits = bitCast<U>(select(tiny, x * splat<V>(18014398509481984.0), x)); // 2^54
  const U one = splat<U>(0x3FF0000000000000),
          k = (bits + splat<U>(0x95F619980C433)) >> splat<U>(52);
  const V f = bitCast<V>(bits - (k << splat<U>(52)) + one) - splat<V>(1);
  const V biased = bitCast<V>(k | splat<U>(0x4330000000000000)); // 2^52 + k
  const V count = biased - splat<V>(4503599627371519.0) - select(tiny, splat<V>(54), splat<V>(0));
  const V s = f / (splat<V>(2) + f), square = s * s;
  const V p =
      polynomial(square, 0.1461934230399412, 0.1533148734116917, 0.1818289617993563,
                 0.22222211037871256, 0.28571428626569806, 0.39999999999898195, 0.666666666666667);
  const V low = count * splat<V>(-4.2009150726810846e-11) - s * (f - square * p);
  return count * splat<V>(0.6931471806019545) + (f + low); // exact: 32 bits times 11
}

/// `log` where x is positive and finite, else what belongs there.
template <class V> NNC_INLINE V completeLog(const V &x, const V &log) {
  const V special = select(x == splat<V>(0), splat<V>(-infinityOf<V>),
                           select(x == splat<V>(infinityOf<V>), x, splat<V>(nanOf<V>)));
  return select(maskAnd(x > splat<V>(0), x < splat<V>(infinityOf<V>)), log, special);
}

/// log(x) within 0.9 ulp, of doubles 1: -inf of 0, NaN of what is negative; denormals are read.
template <class V> NNC_INLINE V log(const V &x) {
  if constexpr (!isFloat<V> && lanes<V> == 1)
    return std::log(x);
  else if constexpr (!isFloat<V>)
    return completeLog(x, logOfPositive(x));
  else {
    using I = Int<V>;
    const auto tiny = x < splat<V>(std::numeric_limits<float>::min());
    const V scaled = select(tiny, x * splat<V>(8388608.0f), x);
    const I bits = bitCast<I>(scaled);
    const I k = (bits - splat<I>(0x3F2AAAAB)) >> splat<I>(23); // mantissa from 2/3 to 4/3
    const V f = bitCast<V>(bits - k * splat<I>(1 << 23)) - splat<V>(1);
    const V count = convert<V>(k) - select(tiny, splat<V>(23), splat<V>(0));
    const V p =
        polynomial(f, 1.2357942e-1f, -1.2847117e-1f, 1.0661384e-1f, -1.2195285e-1f, 1.4312837e-1f,
                   -1.6679616e-1f, 1.9999306e-1f, -2.499982e-1f, 3.3333337e-1f);
    const V square = f * f;
    const V low = count * splat<V>(-2.12194440e-4f) + (f * square * p - splat<V>(0.5f) * square);
    return completeLog(x, count * splat<V>(0.693359375f) + (f + low));
  }
}

/// log2(x) in double of a positive finite normal x, relative error 1e-13.
template <class D> NNC_INLINE D log2Double(const D &x) {
  using I = Int<D>;
  const I bits = bitCast<I>(x);
  const I k = (bits - splat<I>(0x3FE5555555555555)) >> splat<I>(52);
  const D m = bitCast<D>(bits - k * splat<I>(std::int64_t{1} << 52));
  const D s = (m - splat<D>(1)) / (m + splat<D>(1));
  return convert<D>(k) + s * polynomial(s * s, 0.33915614666401306, 0.25031852536056937,
                                        0.321095801251659, 0.4121890168136656, 0.5770780973560937,
                                        0.961796693703519, 2.885390081777927);
}

/// 2^x in double for |x| < 1000, relative error 4e-11.
template <class D> NNC_INLINE D exp2Double(const D &x) {
  const D magic = splat<D>(6755399441055744.0); // 1.5 * 2^52
  const D shifted = x + magic;
  const D r = x - (shifted - magic);
  const Int<D> k = bitCast<Int<D>>(shifted) - bitCast<Int<D>>(magic);
  return powerOfTwo<D>(k) * polynomial(r, 1.5201900894036368e-05, 0.00015469317405017075,
                                       0.0013333922857597638, 0.009618027172406935,
                                       0.055504103528285165, 0.24022651198758121,
                                       0.6931471807287184, 0.9999999999616208);
}

/// x^y for positive finite x, through the logarithm; 32-bit floats through doubles.
template <class V> NNC_INLINE V powOfPositive(const V &x, const V &y) {
  if constexpr (!isFloat<V>)
    return expOfDoubles(y * logOfPositive(x));
  else {
    using D = Double<V>;
    const D power = convert<D>(y) * log2Double(convert<D>(x));
    return convert<V>(exp2Double(max(min(power, splat<D>(300)), splat<D>(-300))));
  }
}

/// x^y; special values as in C. Of floats within 0.6 ulp; of doubles in vectors within
/// 2 + |y log(x)| ulp, <cmath>'s for one.
template <class V> NNC_INLINE V pow(const V &x, const V &y) {
  if constexpr (!isFloat<V> && lanes<V> == 1)
    return std::pow(x, y);
  else {
    const V zero = splat<V>(0), one = splat<V>(1), infinite = splat<V>(infinityOf<V>);
    const V magnitude = absolute<V>(x);
    V result = powOfPositive(magnitude, y);
    const V edge = select(magnitude == zero, select(y < zero, infinite, zero),
                          select(y < zero, zero, infinite));
    result = select(maskOr(magnitude == zero, magnitude == infinite), edge, result);
    const V half = y * splat<V>(0.5);
    const auto odd = maskAnd(roundEven(y) == y, roundEven(half) != half);
    result = select(odd, withSign(result, x), result);
    const auto isUndefined = maskAnd(maskAnd(x < zero, magnitude < infinite), roundEven(y) != y);
    result = select(isUndefined, splat<V>(nanOf<V>), result);
    result = select(maskOr(isNan(x), isNan(y)), x + y, result);
    const V growing = select(magnitude > one, infinite, zero);
    const V shrinking = select(magnitude < one, infinite, zero);
    const V atInfinity = select(magnitude == one, one, select(y > zero, growing, shrinking));
    result = select(maskAnd(isInf(y), x == x), atInfinity, result);
    return select(maskOr(y == zero, x == one), one, result);
  }
}

//===--- Sigmoids
//---------------------------------------------------------------------------------===

/// tanh of doubles, e / (e + 2) for e = e^2|x| - 1, which keeps its digits near 0.
template <class V> NNC_INLINE V tanhOfDoubles(const V &x) {
  const V bounded = min(absolute<V>(x), splat<V>(20.0)); // 1 from 19.1 on
  const ReducedExponent<V> reduced(bounded + bounded);
  const V power = powerOfTwo<V>(reduced.k);
  const V e = power * reduced.more + (power - splat<V>(1));
  return withSign(e / (e + splat<V>(2)), x);
}

/// tanh(x) within 1.4 ulp; of doubles within 3 ulp in vectors, <cmath>'s for one.
template <class V> NNC_INLINE V tanh(const V &x) {
  if constexpr (!isFloat<V> && lanes<V> == 1)
    return std::tanh(x);
  else if constexpr (!isFloat<V>)
    return select(x != x, x, tanhOfDoubles(x));
  else {
    const V magnitude = absolute<V>(x);
    const V square = x * x;
    const V p = polynomial(square, -5.528634e-3f, 2.0483317e-2f, -5.3692967e-2f, 1.3330899e-1f,
                           -3.3333263e-1f);
    const V near = magnitude + magnitude * square * p;
    const V bounded = min(magnitude, splat<V>(10)); // 1 from 9.02 on
    const V far = splat<V>(1) - splat<V>(2) / (exp(bounded + bounded) + splat<V>(1));
    return withSign(select(magnitude < splat<V>(0.65f), near, far), x);
  }
}

/// 1 / (1 + e^-x) within 2.5 ulp; zero where e^-x is beyond float.
template <class V> NNC_INLINE V sigmoid(const V &x) {
  return splat<V>(1) / (splat<V>(1) + exp(splat<V>(0) - x));
}

/// erf(x) within 1.6 ulp.
template <class V> NNC_INLINE V erf(const V &x) {
  if constexpr (!isFloat<V>)
    return mapLanes([](Element<V> lane) { return std::erf(lane); }, x);
  else {
    const V t = min(absolute<V>(x), splat<V>(4)); // 1 from 3.92 on
    const V square = t * t;
    const V p = polynomial(square, 7.889123e-5f, -8.020842e-4f, 5.1895357e-3f, -2.6854444e-2f,
                           1.12836e-1f, -3.7612626e-1f, 1.2837917e-1f);
    const V q = polynomial(t, -1.8882268e-4f, 2.9724333e-3f, -2.1940397e-2f, 1.0332728e-1f,
                           6.378832e-1f, 1.1272514f, 3.0043846e-4f); // -log(erfc(t))
    const V far = splat<V>(1) - exp(splat<V>(0) - q);
    return select(t < splat<V>(1), x + x * p, withSign(far, x));
  }
}

//===--- Trigonometry
//-----------------------------------------------------------------------------===

/// sin(x + quarter * pi / 2) for |x| < 1e6, within 1 ulp (through double).
template <class V> NNC_INLINE V sineOfQuarter(const V &x, std::int64_t quarter) {
  using D = Double<V>;
  using I = Int<D>;
  const D wide = convert<D>(x);
  const D magic = splat<D>(6755399441055744.0);
  const D shifted = wide * splat<D>(0.63661977236758134) + magic;
  const D count = shifted - magic;
  const D r =
      (wide - count * splat<D>(1.5707963267341256)) - count * splat<D>(6.0771005065061922e-11);
  const I k = bitCast<I>(shifted) - bitCast<I>(magic) + splat<I>(quarter);
  const D square = r * r;
  const D sine = r + r * square *
                         polynomial(square, 2.7182744758595658e-06, -0.00019839330997368438,
                                    0.008333329374123599, -0.1666666664152688);
  const D cosine = splat<D>(1) - splat<D>(0.5) * square +
                   square * square *
                       polynomial(square, -2.7209892343797995e-07, 2.479951587719134e-05,
                                  -0.0013888883737962533, 0.04166666662265167);
  const D value = select((k & splat<I>(1)) == splat<I>(0), sine, cosine);
  return convert<V>(select((k & splat<I>(2)) == splat<I>(0), value, splat<D>(0) - value));
}

template <class V> NNC_INLINE bool anyLarge(const V &x) {
  bool large = false;
  if constexpr (lanes<V> == 1)
    return !(std::fabs(x) < 1e6f);
  else
    for (int i = 0; i < lanes<V>; ++i)
      large = large || !(std::fabs(x[i]) < 1e6f);
  return large;
}

template <class V> NNC_INLINE V sin(const V &x) {
  if constexpr (isFloat<V>)
    if (!anyLarge(x))
      return select(x == splat<V>(0), x, sineOfQuarter(x, 0)); // -0 stays
  return mapLanes([](Element<V> lane) { return std::sin(lane); }, x);
}

template <class V> NNC_INLINE V cos(const V &x) {
  if constexpr (isFloat<V>)
    if (!anyLarge(x))
      return sineOfQuarter(x, 1);
  return mapLanes([](Element<V> lane) { return std::cos(lane); }, x);
}

//===--- From the standard library, lane by lane
//--------------------------------------------------===

#define NNC_FROM_CMATH(Function)                                                                   \
  template <class V> NNC_INLINE V Function(const V &x) {                                           \
    return mapLanes([](Element<V> lane) { return std::Function(lane); }, x);                       \
  }
NNC_FROM_CMATH(acos)
NNC_FROM_CMATH(acosh)
NNC_FROM_CMATH(asin)
NNC_FROM_CMATH(asinh)
NNC_FROM_CMATH(atan)
NNC_FROM_CMATH(atanh)
NNC_FROM_CMATH(cosh)
NNC_FROM_CMATH(expm1)
NNC_FROM_CMATH(log1p)
NNC_FROM_CMATH(sinh)
NNC_FROM_CMATH(tan)
#undef NNC_FROM_CMATH

template <class V> NNC_INLINE V atan2(const V &y, const V &x) {
  return mapLanes([](Element<V> a, Element<V> b) { return std::atan2(a, b); }, y, x);
}

//===--- Bits
//-------------------------------------------------------------------------------------===

template <class V> NNC_INLINE V popCount(const V &x) {
  return mapLanes(
      [](Element<V> lane) {
        int count = 0;
        for (auto rest = bitCast<UnsignedOfSize<sizeof(lane)>>(lane); rest != 0;
             rest = static_cast<decltype(rest)>(rest & (rest - 1)))
          ++count;
        return static_cast<Element<V>>(count);
      },
      x);
}

template <class V> NNC_INLINE V leadingZeros(const V &x) {
  return mapLanes(
      [](Element<V> lane) {
        int count = static_cast<int>(sizeof lane) * 8;
        for (auto rest = bitCast<UnsignedOfSize<sizeof(lane)>>(lane); rest != 0;
             rest = static_cast<decltype(rest)>(rest >> 1))
          --count;
        return static_cast<Element<V>>(count);
      },
      x);
}

} // namespace math
} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_MATH_H
