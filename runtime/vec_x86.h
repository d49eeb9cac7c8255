// SPDX-License-Identifier: 0BSD
//
// x86 instructions that compilers do not find behind the general forms of vec.h: overloads for the
// types that fill a register. The results are the same. Included by vec.h only.

#ifndef NNC_RUNTIME_VEC_X86_H
#define NNC_RUNTIME_VEC_X86_H

#include <immintrin.h>

namespace nnc {
namespace {

// The instructions return their second operand where a number is missing, hence the order.
#define NNC_X86_MIN_MAX(Vector, Register, Max, Min)                                                \
  NNC_INLINE Vector max(const Vector &a, const Vector &b) {                                        \
    return reinterpret_cast<Vector>(                                                               \
        Max(reinterpret_cast<Register>(b), reinterpret_cast<Register>(a)));                        \
  }                                                                                                \
  NNC_INLINE Vector min(const Vector &a, const Vector &b) {                                        \
    return reinterpret_cast<Vector>(                                                               \
        Min(reinterpret_cast<Register>(b), reinterpret_cast<Register>(a)));                        \
  }

NNC_X86_MIN_MAX(f32x4, __m128, _mm_max_ps, _mm_min_ps)
NNC_X86_MIN_MAX(f64x2, __m128d, _mm_max_pd, _mm_min_pd)
NNC_X86_MIN_MAX(u8x16, __m128i, _mm_max_epu8, _mm_min_epu8)
#if NNC_X86_LEVEL >= 2
NNC_X86_MIN_MAX(i32x4, __m128i, _mm_max_epi32, _mm_min_epi32)
NNC_X86_MIN_MAX(i8x16, __m128i, _mm_max_epi8, _mm_min_epi8)
#endif
#if NNC_X86_LEVEL >= 3
NNC_X86_MIN_MAX(f32x8, __m256, _mm256_max_ps, _mm256_min_ps)
NNC_X86_MIN_MAX(f64x4, __m256d, _mm256_max_pd, _mm256_min_pd)
NNC_X86_MIN_MAX(i32x8, __m256i, _mm256_max_epi32, _mm256_min_epi32)
NNC_X86_MIN_MAX(u8x32, __m256i, _mm256_max_epu8, _mm256_min_epu8)
NNC_X86_MIN_MAX(i8x32, __m256i, _mm256_max_epi8, _mm256_min_epi8)
#endif
#if NNC_X86_LEVEL >= 4
#define NNC_X86_MASKED(Function, AllLanes) [](auto p, auto q) { return Function(AllLanes, p, q); }
// Without a mask, GCC 12's header warns about its own uninitialized operand.
NNC_X86_MIN_MAX(f32x16, __m512, NNC_X86_MASKED(_mm512_maskz_max_ps, 0xFFFF),
                NNC_X86_MASKED(_mm512_maskz_min_ps, 0xFFFF))
NNC_X86_MIN_MAX(f64x8, __m512d, NNC_X86_MASKED(_mm512_maskz_max_pd, 0xFF),
                NNC_X86_MASKED(_mm512_maskz_min_pd, 0xFF))
NNC_X86_MIN_MAX(i32x16, __m512i, NNC_X86_MASKED(_mm512_maskz_max_epi32, 0xFFFF),
                NNC_X86_MASKED(_mm512_maskz_min_epi32, 0xFFFF))
#undef NNC_X86_MASKED
#endif
#undef NNC_X86_MIN_MAX

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_VEC_X86_H
