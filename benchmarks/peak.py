# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a core, or several, can do: independent fused multiply-adds on all of its vector registers, as a function to time."""

import ctypes
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generated import run_timed
from models import ROOT

SOURCE = ROOT / "tools/nnc/measure_machine.cpp"  # has the loop
COUNT = 20000
COUNT_OF_THREADS = 100 * COUNT  # so that waking the threads is no part of it


def load_peak(folder: Path, threads: int = 1) -> tuple[Callable, float]:
    """A function to time that keeps a core busy for each thread, and the floating point operations of one call."""
    library = folder / "peak.so"
    run_timed("g++", "-O2", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-o", library, SOURCE)
    multiply = ctypes.CDLL(str(library)).multiply
    multiply.restype = ctypes.c_double

    def run(count: int) -> float:
        return multiply(ctypes.c_long(count))
    if threads == 1:
        return functools.partial(run, COUNT), run(COUNT)
    pool = ThreadPoolExecutor(threads)
    return (lambda: list(pool.map(run, [COUNT_OF_THREADS] * threads))), threads * run(COUNT_OF_THREADS)
