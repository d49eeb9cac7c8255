# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What one core can do: independent fused multiply-adds on all of its vector registers, as a function to time."""

import ctypes
from collections.abc import Callable
from pathlib import Path

from generated import run_timed

# Twelve sums hide the latency of two units of four cycles, and leave registers for the factors. They begin differently:
# equal ones would be computed once.
SOURCE = """
#ifdef __AVX512F__
typedef float Vector __attribute__((vector_size(64)));
#else
typedef float Vector __attribute__((vector_size(32)));
#endif
extern "C" double multiply(long count, float factor, float *sink) {
  Vector a = Vector{} + factor, b = Vector{} + factor * 0.5f, sums[12];
  for (int j = 0; j < 12; ++j) sums[j] = Vector{} + factor * j;
  for (long i = 0; i < count; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < 12; ++j) sums[j] = sums[j] * a + b;
    asm volatile("" : "+x"(a));
  }
  for (int j = 1; j < 12; ++j) sums[0] += sums[j];
  *sink = sums[0][0];
  return 2.0 * 12 * (sizeof(Vector) / sizeof(float)) * count;
}
"""
COUNT = 20000


def load_peak(folder: Path) -> tuple[Callable, float]:
    """A function to time, and the floating point operations of one call."""
    source, library = folder / "peak.cpp", folder / "peak.so"
    source.write_text(SOURCE)
    run_timed("g++", "-O2", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-o", library, source)
    multiply = ctypes.CDLL(str(library)).multiply
    multiply.restype = ctypes.c_double
    sink = ctypes.c_float()

    def run() -> float:
        return multiply(ctypes.c_long(COUNT), ctypes.c_float(0.5), ctypes.byref(sink))
    return run, run()
