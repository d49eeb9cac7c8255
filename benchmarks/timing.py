# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time of things that take turns, so that what else the machine does hits all alike."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

MAX_RUNS = 20000


@dataclass
class Timing:
    """Seconds of one run."""

    minimum: float
    median: float

    def to_text(self) -> str:
        return f"{self.minimum * 1e3:.3f} / {self.median * 1e3:.3f}"


def take_turns(engines: dict[str, Callable], seconds: float) -> dict[str, Timing]:
    """Runs each engine in turn until all had `seconds` on average, or MAX_RUNS, and at least five times."""
    times: dict[str, list[float]] = {name: [] for name in engines}
    totals = dict.fromkeys(engines, 0.0)
    runs = 0
    while runs < 5 or (runs < MAX_RUNS and sum(totals.values()) < seconds * len(engines)):
        runs += 1
        for name, run in engines.items():
            begin = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begin)
            totals[name] += times[name][-1]
    return {name: Timing(min(spent), statistics.median(spent)) for name, spent in times.items()}
