# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions that compute some positions of their results and copy them to the others, beside our own dense code and
the dense layers of the peers.

`kept` is the share of positions that the mask keeps (nnc.perforation; grids keep whole rows and columns), `form` what nnc
chose: lists, strided loops, tiles in Winograd's form, or all positions in Winograd's. The engines' times and `ratio` are of files with channels first, whose borders cost us two transposes. What follows
is ours with channels last, as between other layers: `chosen_ms`, `dense_ms`, our fastest code for the layer without a mask,
Winograd's included, and `gain`, the one over the other: what a user gains. `direct gain` is the direct sum of all positions
over that of the kept ones (of lists, where all positions in Winograd's form were chosen), the copies included, `ideal` the number of positions over that of kept ones, and `share of
ideal` the one over the other. `best_ms` is the fastest of lists, what was chosen and the whole layer, `regret` what the choice costs beside it.

Networks have random weights; every convolution with a window keeps that share, in a grid. AlexNet and VGG-16 are measured
without their fully connected layers, which are as they were. `paper` is the whole network's speed-up of arXiv:1504.08362,
table 2, on a CPU, at the nearest rate. Errors compare with onnxruntime, which computes everything and copies.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from contest import attempt, get_milliseconds, make_row
from engines import ENGINES, open_session
from generated import Network, compile_model, find_nnc, get_relative_error
from timing import take_turns

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from nnc import onnx_functions  # noqa: E402
from nnc.perforation import choose_fill  # noqa: E402

# What is built with channels last: its name, the file, and options.
FORMS = [("chosen", "perforated", []), ("lists", "perforated", ["--passes", "nnc-simplify,nnc-form-perforated{form=implicit}"]),
         ("dense", "dense", []), ("direct", "dense", ["--exact"])]


@dataclass(frozen=True)
class Convolution:
    """Followed by ReLU and, where `pool` is its window, by a max pooling of stride 2. `side` of its input."""

    inputs: int
    outputs: int
    side: int
    window: int
    stride: int = 1
    pool: int = 0

    @property
    def size(self) -> int:
        """Rows and columns of the result."""
        return (self.side + 2 * (self.window // 2) - self.window) // self.stride + 1


@dataclass(frozen=True)
class Case:
    """`layers`, one behind the other, of which those with a window keep the share `kept` of positions."""

    name: str
    layers: tuple[Convolution, ...]
    mask: str
    kept: float
    paper: float | None = None

    def __str__(self) -> str:
        return f"{self.name}, {self.mask}, kept {self.kept:.3g}"


def get_input_shape(case: Case, channels_last: bool) -> tuple[int, ...]:
    first = case.layers[0]
    return (1, first.side, first.side, first.inputs) if channels_last else (1, first.inputs, first.side, first.side)


def make_graph(case: Case, is_perforated: bool, channels_last: bool) -> onnx.GraphProto:
    random, nodes, constants, value = np.random.default_rng(1), [], [], "x"
    if channels_last:
        nodes.append(helper.make_node("Transpose", ["x"], ["first"], name="first", perm=[0, 3, 1, 2]))
        value = "first"
    for n, layer in enumerate(case.layers):
        shape = (layer.outputs, layer.inputs, layer.window, layer.window)
        weight = random.standard_normal(shape, dtype=np.float32) * np.float32((2 / np.prod(shape[1:])) ** 0.5)
        bias = random.standard_normal(layer.outputs, dtype=np.float32) * np.float32(0.1)
        constants += [numpy_helper.from_array(weight, f"w{n}"), numpy_helper.from_array(bias, f"b{n}")]
        nodes.append(helper.make_node("Conv", [value, f"w{n}", f"b{n}"], [f"c{n}"], name=f"conv{n}", pads=[layer.window // 2] * 4,
                                      strides=[layer.stride] * 2))
        value = f"c{n}"
        if is_perforated and layer.window > 1:
            fill = choose_fill(case.mask, layer.size, layer.size, case.kept)
            constants.append(numpy_helper.from_array(fill, f"fill{n}"))
            nodes.append(helper.make_node("Perforate", [value, f"fill{n}"], [f"p{n}"], name=f"perforate{n}", domain=onnx_functions.DOMAIN))
            value = f"p{n}"
        nodes.append(helper.make_node("Relu", [value], [f"r{n}"], name=f"relu{n}"))
        value = f"r{n}"
        if layer.pool:
            nodes.append(helper.make_node("MaxPool", [value], [f"m{n}"], name=f"pool{n}", kernel_shape=[layer.pool] * 2, strides=[2, 2],
                                          pads=[layer.pool // 2] * 4 if layer.pool == 3 else [0] * 4))
            value = f"m{n}"
    last = helper.make_node("Transpose", [value], ["y"], name="output", perm=[0, 2, 3, 1])
    nodes.append(last if channels_last else helper.make_node("Identity", [value], ["y"], name="output"))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, get_input_shape(case, channels_last))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, None, None, None))
    return helper.make_graph(nodes, "perforated", [x], [y], constants)


def count_products(case: Case, is_perforated: bool) -> float:
    """A 1x1 convolution has the positions of what is in front of it, up to a pooling."""
    total, positions = 0.0, 0
    for layer in case.layers:
        if layer.window > 1:
            positions = layer.size ** 2
            if is_perforated:
                positions = len(np.unique(choose_fill(case.mask, layer.size, layer.size, case.kept)))
        total += positions * layer.inputs * layer.outputs * layer.window ** 2
    return total


def build_forms(nnc: Path, compilers: list[str], inputs: dict, folder: Path, threads: int) -> tuple[dict, dict]:
    """Builds by name: a compiler alone is what nnc chose, with channels first, the others are by the first compiler, with
    channels last; the report."""
    options = [f"--threads={threads}"]
    package = compile_model(nnc, folder / "perforated.onnx", folder / "first", options)
    builds = {compiler: Network(package.build(compiler)[0], package, inputs) for compiler in compilers}
    transposed = {"x": np.ascontiguousarray(inputs["x"].transpose(0, 2, 3, 1))}
    for form, name, more in FORMS:
        other = compile_model(nnc, folder / f"{name}-last.onnx", folder / form, [*options, *more])
        builds[form] = Network(other.build(compilers[0])[0], other, transposed)
    for network in builds.values():
        network.run()
    return builds, package.report


def describe_form(report: dict) -> str:
    found = [a for a in report["approximations"] if a["method"] in ("perforation", "Winograd")]
    names = ["Winograd" if a["method"] == "Winograd" else next((name for name in ("tiles", "strided") if name in a["form"]), "lists")
             for a in found]
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names)) if len(names) > 1 else (names or ["direct"])[0]


def measure(nnc: Path, case: Case, compilers: list[str], arguments: argparse.Namespace) -> dict:
    inputs = {"x": np.random.default_rng(2).standard_normal(get_input_shape(case, False), dtype=np.float32)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("perforated", "dense"):
            for end in ("", "-last"):
                graph = make_graph(case, kind == "perforated", end == "-last")
                onnx.save(onnx_functions.make_model(graph), folder / f"{kind}{end}.onnx")
        builds, report = build_forms(nnc, compilers, inputs, folder, arguments.threads)
        expected = {"y": open_session(folder / "perforated.onnx").run(["y"], inputs)[0]}
        last = {"y": expected["y"].transpose(0, 2, 3, 1)}
        error = max(*(get_relative_error(builds[compiler].outputs, expected) for compiler in compilers),
                    *(get_relative_error(builds[form].outputs, last) for form in ("chosen", "lists")))
        runs = {peer: open_engine(folder / "dense.onnx", inputs, arguments.threads) for peer, open_engine in ENGINES.items()}
        runs |= {form: network.run for form, network in builds.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    row = make_row(str(case), times, compilers, error)
    ideal = count_products(case, False) / count_products(case, True)
    best = min(times["lists"], times["dense"], times["chosen"])
    form = describe_form(report)
    direct_gain = times["direct"] / (times["lists"] if "Winograd" in form else times["chosen"])
    return row | {"form": form, "chosen_ms": times["chosen"], "dense_ms": times["dense"],
                  "gain": times["dense"] / times["chosen"], "best_ms": best, "regret": times["chosen"] / best - 1, "direct_gain": direct_gain, "ideal": ideal, "share_of_ideal": direct_gain / ideal,
                  "paper": case.paper}


LAYERS = {"AlexNet 5x5 at 27, 96 -> 256": Convolution(96, 256, 27, 5), "AlexNet 3x3 at 13, 256 -> 384": Convolution(256, 384, 13, 3),
          "NIN 5x5 at 16, 96 -> 192": Convolution(96, 192, 16, 5), "VGG-16 3x3 at 112, 128 -> 128": Convolution(128, 128, 112, 3),
          "VGG-16 3x3 at 28, 512 -> 512": Convolution(512, 512, 28, 3), "ResNet-50 3x3 at 56, 64 -> 64": Convolution(64, 64, 56, 3),
          "ResNet-50 3x3 at 28, 128 -> 128": Convolution(128, 128, 28, 3), "ResNet-50 3x3 at 14, 256 -> 256": Convolution(256, 256, 14, 3),
          "ResNet-50 3x3 at 7, 512 -> 512": Convolution(512, 512, 7, 3)}

C = Convolution
NIN = (C(3, 192, 32, 5), C(192, 160, 32, 1), C(160, 96, 32, 1, pool=3), C(96, 192, 16, 5), C(192, 192, 16, 1), C(192, 192, 16, 1, pool=3),
       C(192, 192, 8, 3), C(192, 192, 8, 1), C(192, 10, 8, 1))
ALEXNET = (C(3, 96, 224, 11, stride=4, pool=3), C(96, 256, 28, 5, pool=3), C(256, 384, 14, 3), C(384, 384, 14, 3), C(384, 256, 14, 3, pool=3))
VGG16 = (C(3, 64, 224, 3), C(64, 64, 224, 3, pool=2), C(64, 128, 112, 3), C(128, 128, 112, 3, pool=2), C(128, 256, 56, 3), C(256, 256, 56, 3),
         C(256, 256, 56, 3, pool=2), C(256, 512, 28, 3), C(512, 512, 28, 3), C(512, 512, 28, 3, pool=2), C(512, 512, 14, 3), C(512, 512, 14, 3),
         C(512, 512, 14, 3, pool=2))
# Rates at which the whole network is about 2, 3 and 4 times as fast as our direct sums, and the paper's speed-ups.
NETWORKS = {"NIN": (NIN, {1 / 2: 2.2, 1 / 4: 3.1}), "AlexNet, convolutions": (ALEXNET, {1 / 2: 2.0, 1 / 3: 3.0}),
            "VGG-16, convolutions": (VGG16, {1 / 2: 2.0, 1 / 3: 3.0, 1 / 4: 4.0})}
KEPT = [1 / 2, 1 / 3, 1 / 4, 1 / 10]


def list_cases() -> Iterator[Case]:
    for name, (layers, rates) in NETWORKS.items():
        for kept, paper in rates.items():
            yield Case(name, layers, "grid", kept, paper)
            if kept == 1 / 4:
                yield Case(name, layers, "strides", kept, paper)
    for name, layer in LAYERS.items():
        for mask in ("uniform", "grid", "strides", "tiles") if layer.window == 3 else ("uniform", "grid", "strides"):
            for kept in KEPT:
                if mask != "strides" or kept in (1 / 2, 1 / 4):
                    yield Case(name, (layer,), mask, kept)


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for case in list_cases():
        if not arguments.only or arguments.only in str(case):
            yield attempt(str(case), measure, nnc, case, compilers, arguments)
