# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks of which whole neurons and channels are zero, beside the same networks with all of them.

The units that structured Bayesian pruning left (Neklyudov et al., arXiv:1705.07283, tables 1 and 2), at random positions, of LeNet-fc
and the VGG-like network for CIFAR-10. Weights of a pruned unit are zeros in a dense ONNX file; its bias, and in VGG its batch normalization,
are not, so that it is a constant that the compiler has to fold into the next layer. The first of LeNet-fc's numbers are pixels that are read.

`speedup` is the time of the same network without zeros, compiled by us, over that of the pruned one, the smaller of both compilers'.
`ideal` is the ratio of multiply-adds (the paper's FLOPs column), `share of ideal` the one over the other: above 1 where the dense network waits
for its weights. The peers run the pruned file. Ours is called in a loop of C, as in small_networks.py.
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import numpy_helper

from contest import attempt, get_milliseconds, make_row, open_contest
from generated import Network, compile_model, find_nnc
from graphs import GraphBuilder
from models import Model
from small_networks import TURN_SECONDS, load_repeat, make_turn
from timing import take_turns


@dataclass(frozen=True)
class Pruning:
    """Units of the dense network, inputs first, and how many of each the pruned one has. `convolutions` counts those
    behind the input that are channels; of these, `pools` names the ones with a max pooling of 2 behind them."""

    name: str
    dense: tuple[int, ...]
    kept: tuple[int, ...]
    convolutions: int = 0
    pools: tuple[int, ...] = ()
    kernel: int = 3
    size: int = 1  # rows and columns of the image
    padded: bool = True  # and batch normalization behind each convolution

    @property
    def shape(self) -> list[int]:
        return [1, self.dense[0], self.size, self.size] if self.convolutions else [1, self.dense[0]]

    def count_products(self, units: tuple[int, ...]) -> int:
        """Multiply-adds of a network of these units. `units` counts elements, not channels, behind a flatten."""
        total, size = 0, self.size
        for layer, (before, after) in enumerate(itertools.pairwise(units)):
            if layer < self.convolutions:
                size -= 0 if self.padded else self.kernel - 1
                total += size * size * self.kernel ** 2 * before * after
                size //= 2 if layer + 1 in self.pools else 1
            else:
                total += before * after
        return total

    @property
    def ideal(self) -> float:
        return self.count_products(self.dense) / self.count_products(self.kept)


VGG = (3, *[64] * 2, *[128] * 2, *[256] * 3, *[512] * 6, 512, 10)
VGG_OPTIONS = {"convolutions": 13, "pools": (2, 4, 7, 10, 13), "size": 32}
NETWORKS = [
    Pruning("LeNet-fc", (784, 500, 300, 10), (245, 160, 55, 10)),
    Pruning("VGG-like", VGG, (3, 64, 62, 128, 126, 234, 155, 31, 79, 73, 9, 59, 73, 56, 27, 10), **VGG_OPTIONS),
    Pruning("VGG-like a", VGG, (3, 44, 54, 92, 115, 234, 155, 31, 76, 55, 9, 34, 35, 21, 280, 10), **VGG_OPTIONS),
]


class PrunedBuilder(GraphBuilder):
    """Layers whose units beyond `kept` have no weights."""

    def add_numbers(self, low: float, high: float, count: int) -> str:
        values = self.rng.uniform(low, high, count).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, f"w{len(self.weights)}"))
        return self.weights[-1].name

    def add_pruned(self, shape: list[int], kept: int) -> str:
        """A weight, output units first, of which `kept` at random positions are not zero."""
        name = self.add_weight(shape)
        return self.mask(name, 0, kept)

    def mask(self, name: str, axis: int, kept: int) -> str:
        values = numpy_helper.to_array(self.weights[-1]).copy()
        gone = self.rng.permutation(values.shape[axis])[kept:]
        values[(slice(None),) * axis + (gone,)] = 0
        self.weights[-1] = numpy_helper.from_array(values, name)
        return name

    def add_convolution(self, value: str, before: int, after: int, kept: int, of: Pruning) -> str:
        weight = self.add_pruned([after, before, of.kernel, of.kernel], kept)
        pad = of.kernel // 2 if of.padded else 0
        value = self.add("Conv", [value, weight, self.add_numbers(-0.5, 0.5, after)], pads=[pad] * 4)
        if of.padded:
            numbers = [(0.5, 1.5), (-0.5, 0.5), (-0.5, 0.5), (0.5, 1.5)]
            value = self.add("BatchNormalization", [value, *(self.add_numbers(*bounds, after) for bounds in numbers)])
        return self.add("Relu", [value])


def make_model(of: Pruning, kept: tuple[int, ...], path: Path) -> Model:
    builder, value = PrunedBuilder(), "input"
    for layer, (before, after) in enumerate(itertools.pairwise(of.dense)):
        if layer < of.convolutions:
            value = builder.add_convolution(value, before, after, kept[layer + 1], of)
            if layer + 1 in of.pools:
                value = builder.add("MaxPool", [value], kernel_shape=[2, 2], strides=[2, 2])
            continue
        if layer == of.convolutions and layer:
            value = builder.add("Flatten", [value])
        weight = builder.add_pruned([after, before], kept[layer + 1])
        if layer == 0:
            builder.mask(weight, 1, kept[0])
        value = builder.add("Gemm", [value, weight, builder.add_numbers(-0.5, 0.5, after)], transB=1)
        if layer + 2 < len(of.dense):
            value = builder.add("Relu", [value])
    return builder.save(of.name, of.shape, value, path)


def take_loops(runs: dict, folder: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """Milliseconds of a call; ours in a loop of C, turns of at least TURN_SECONDS."""
    repeat = load_repeat(folder)
    once = take_turns({who: make_turn(run, 1, repeat) for who, run in runs.items()}, 0, arguments.threads)
    counts = {who: max(1, int(TURN_SECONDS / timing.minimum)) for who, timing in once.items()}
    turns = {who: make_turn(run, counts[who], repeat) for who, run in runs.items()}
    times = get_milliseconds(take_turns(turns, arguments.seconds, arguments.threads))
    return {who: time / counts[who] for who, time in times.items()}


def measure(nnc: Path, of: Pruning, compilers: list[str], arguments: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pruned = make_model(of, of.kept, folder / "pruned.onnx")
        dense = make_model(of, of.dense, folder / "dense.onnx")
        contest = open_contest(nnc, pruned, compilers, folder / "pruned", arguments.threads)
        package = compile_model(nnc, dense.path, folder / "dense", [f"--threads={arguments.threads}"])
        whole = {f"dense {compiler}": Network(package.build(compiler)[0], package, dense.inputs)
                 for compiler in compilers}
        times = take_loops(contest.peers | contest.ours | whole, folder, arguments)
    row = make_row(of.name, times, compilers, contest.error)
    speedup = min(times[f"dense {compiler}"] / times[compiler] for compiler in compilers)
    return row | {"dense_ms": max(times[f"dense {compiler}"] for compiler in compilers), "speedup": speedup,
                  "ideal": of.ideal, "share_of_ideal": speedup / of.ideal}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for of in NETWORKS:
        if (arguments.only or "") in of.name:
            yield attempt(of.name, measure, nnc, of, compilers, arguments)
