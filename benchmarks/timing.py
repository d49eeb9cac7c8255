# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time of things that take turns, so that what else the machine does hits all alike.

With several threads a turn is a block of runs. An engine's threads wait awake for work after a run (onnxruntime's for 35 ms, measured
here; OpenVINO's for 1 ms, generated code's for 0.05 ms), and would take a core from the next engine. So everybody sleeps before each
block until such threads do, and a run that is not timed wakes the threads of the block's engine.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

MAX_RUNS = 20000
TURN_SECONDS = 0.001
PAUSE_SECONDS = 0.1
BLOCK_SECONDS = 0.1


@dataclass
class Timing:
    """Seconds of one run."""

    minimum: float
    median: float

    def to_text(self) -> str:
        return f"{self.minimum * 1e3:.3f} / {self.median * 1e3:.3f}"


def run_block(run: Callable) -> list[float]:
    """Seconds of each run of a block, after a pause."""
    time.sleep(PAUSE_SECONDS)
    run()
    times: list[float] = []
    while not times or sum(times) < BLOCK_SECONDS:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return times


def take_blocks(engines: dict[str, Callable], seconds: float) -> dict[str, Timing]:
    """As take_turns, for engines whose threads wait awake."""
    times: dict[str, list[float]] = {name: [] for name in engines}
    blocks = 0
    while blocks < 3 or sum(map(sum, times.values())) < seconds * len(engines):
        blocks += 1
        for name, run in engines.items():
            times[name] += run_block(run)
    return {name: Timing(min(spent), statistics.median(spent)) for name, spent in times.items()}


def take_turns(engines: dict[str, Callable], seconds: float, threads: int = 1) -> dict[str, Timing]:
    """Runs each engine in turn until all had `seconds` on average, or MAX_RUNS, and at least five times. A turn is a run
    or, of short ones, a millisecond of runs, so that they find their data where the one before left them.
    """
    if threads > 1:
        return take_blocks(engines, seconds)
    times: dict[str, list[float]] = {name: [] for name in engines}
    totals = dict.fromkeys(engines, 0.0)
    runs = 0
    while runs < 5 or (runs < MAX_RUNS and sum(totals.values()) < seconds * len(engines)):
        runs += 1
        for name, run in engines.items():
            end = totals[name] + TURN_SECONDS
            while totals[name] < end:
                begin = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - begin)
                totals[name] += times[name][-1]
    return {name: Timing(min(spent), statistics.median(spent)) for name, spent in times.items()}
