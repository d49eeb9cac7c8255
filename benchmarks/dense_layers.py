# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single layers, each by the time that one more of it adds to a network.

A call of an engine with one layer holds more than the layer: the call, and the reordering of inputs and outputs to the
layout that the engine likes, which no network pays for between its layers. So each layer is measured in two networks
that hold it several times, each time with weights of its own, and the difference of their times is divided by the
difference of the numbers: a slope.

- A layer whose output has its input's shape makes a chain, with ReLU after layers with weights.
- Of any other layer, the copies read the same value and their outputs are summed up, as in a residual network; the sum
  is one more read of the output, which every engine fuses with the layer.
- Before both stands a 1x1 convolution, so that the copies read a value of the network and not a reordered input; only
  first layers (up to 3 channels) read the input.
- Copies of a pooling would be one computation, so each stands behind a 1x1 convolution of 8 channels, and is measured
  with it.

`gflops` is of ours, two for each multiplication in the layer's definition (Winograd's needs fewer, so it may be above the
peak), 0 for poolings, softmax and normalizations; `share` is of `peak gflops`, what the cores (as many as threads) were measured to do in the
same turns (peak.py).
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from contest import Contest, attempt, get_milliseconds, make_row, open_contest
from generated import find_nnc
from graphs import GraphBuilder
from layers import LAYERS, Layer
from models import Model
from peak import load_peak
from timing import take_turns

PEAK = "peak"
STEM_CHANNELS = 8


def choose_numbers(layer: Layer) -> tuple[int, int]:
    """How often the two networks hold the layer: often where it takes microseconds, seldom where weights are large."""
    elements = int(np.prod(layer.shape))
    if layer.multiplications > 8e6 and elements < 1e5 and len(layer.shape) == 2:
        return 1, 3
    return (2, 34) if max(layer.multiplications, 20 * elements) < 2e6 else (2, 6)


def add_stem(builder: GraphBuilder, layer: Layer) -> tuple[str, list[int]]:
    """What the copies read, and the shape of the network's input."""
    shape = layer.shape
    if len(shape) != 4 or shape[1] <= 3:
        return "input", shape
    channels = STEM_CHANNELS if layer.needs_producer else shape[1]
    value = builder.add("Conv", ["input"], [channels, STEM_CHANNELS, 1, 1], [channels], kernel_shape=[1, 1])
    return builder.add("Relu", [value]), [1, STEM_CHANNELS, *shape[2:]]


def add_copy(builder: GraphBuilder, layer: Layer, value: str) -> str:
    if layer.needs_producer:
        channels = layer.shape[1]
        value = builder.add("Conv", [value], [channels, STEM_CHANNELS, 1, 1], [channels], kernel_shape=[1, 1])
        value = builder.add("Relu", [value])
    return layer.add(builder, value)


def make_network(layer: Layer, number: int, path: Path) -> Model:
    builder = GraphBuilder()
    value, shape = add_stem(builder, layer)
    output = add_copy(builder, layer, value)
    for _ in range(number - 1):
        if layer.is_endless:
            output = add_copy(builder, layer, output)
        else:
            output = builder.add("Add", [add_copy(builder, layer, value), output])
    return builder.save(str(layer), shape, output, path)


def measure_slopes(contests: dict[int, Contest], peak: Callable, seconds: float,
                   threads: int) -> tuple[dict[str, float], float]:
    """Milliseconds of one copy by engine, and seconds of a call of `peak`."""
    runs = {(number, who): run for number, contest in contests.items() for who, run in contest.get_runs().items()}
    times = get_milliseconds(take_turns({**runs, (0, PEAK): peak}, seconds, threads))
    few, many = contests
    slopes = {who: (times[many, who] - times[few, who]) / (many - few) for number, who in runs if number == few}
    return slopes, times[0, PEAK] / 1e3


def measure(nnc: Path, layer: Layer, compilers: list[str], seconds: float, threads: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contests = {}
        for number in choose_numbers(layer):
            model = make_network(layer, number, folder / f"{number}.onnx")
            contests[number] = open_contest(nnc, model, compilers, folder / str(number), threads)
        peak, peak_flops = load_peak(folder, threads)
        slopes, peak_seconds = measure_slopes(contests, peak, seconds, threads)
        if min(slopes.values()) <= 0:  # something else ran: once more, for longer
            slopes, peak_seconds = measure_slopes(contests, peak, 5 * seconds, threads)
    if min(slopes.values()) <= 0:
        raise ValueError(f"{layer}: more of it took less time ({slopes}): measure longer (--seconds)")
    row = make_row(str(layer), slopes, compilers, max(contest.error for contest in contests.values()))
    gflops, peak_gflops = 2 * layer.multiplications / row["ours_ms"] / 1e6, peak_flops / peak_seconds / 1e9
    return row | {"gflops": gflops, "peak_gflops": peak_gflops, "share": gflops / peak_gflops}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for layer in LAYERS:
        if (arguments.only or "") in str(layer):
            yield attempt(str(layer), measure, nnc, layer, compilers, arguments.seconds,
                          arguments.threads)
