# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a core, or several, can do: independent fused multiply-adds on all of its vector registers, as a function to time."""

import ctypes
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generated import run_timed

# Twelve sums hide the latency of two units of four cycles, and leave registers for the factors. The compiler knows nothing of them:
# they would all be the same.
SOURCE = """
#ifdef __AVX512F__
typedef float Vector __attribute__((vector_size(64)));
#else
typedef float Vector __attribute__((vector_size(32)));
#endif
extern "C" double multiply(long count, float factor, float *sink) {
  const Vector a = Vector{} + factor, b = Vector{} + factor * 0.5f;
  Vector s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, s8{}, s9{}, s10{}, s11{};
  for (long i = 0; i < count; ++i) {
    s0 = s0 * a + b;
    s1 = s1 * a + b;
    s2 = s2 * a + b;
    s3 = s3 * a + b;
    s4 = s4 * a + b;
    s5 = s5 * a + b;
    s6 = s6 * a + b;
    s7 = s7 * a + b;
    s8 = s8 * a + b;
    s9 = s9 * a + b;
    s10 = s10 * a + b;
    s11 = s11 * a + b;
    asm volatile("" : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3), "+x"(s4), "+x"(s5),
                 "+x"(s6), "+x"(s7), "+x"(s8), "+x"(s9), "+x"(s10), "+x"(s11));
  }
  *sink = (s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11)[0];
  return 2.0 * 12 * (sizeof(Vector) / sizeof(float)) * count;
}
"""
COUNT = 20000
COUNT_OF_THREADS = 100 * COUNT  # so that waking the threads is no part of it


def load_peak(folder: Path, threads: int = 1) -> tuple[Callable, float]:
    """A function to time that keeps a core busy for each thread, and the floating point operations of one call."""
    source, library = folder / "peak.cpp", folder / "peak.so"
    source.write_text(SOURCE)
    run_timed("g++", "-O2", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-o", library, source)
    multiply = ctypes.CDLL(str(library)).multiply
    multiply.restype = ctypes.c_double

    def run(count: int) -> float:
        return multiply(ctypes.c_long(count), ctypes.c_float(0.5), ctypes.byref(ctypes.c_float()))
    if threads == 1:
        return functools.partial(run, COUNT), run(COUNT)
    pool = ThreadPoolExecutor(threads)
    return (lambda: list(pool.map(run, [COUNT_OF_THREADS] * threads))), threads * run(COUNT_OF_THREADS)
