# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers and networks whose weights are mostly zeros, beside our own dense code and the dense layers of the peers.

Single layers with random zeros: `zeros` is their share of the weights, `form` what nnc chose, `dense_ms` our code for the
same layer without zeros (Winograd included) and `gain` that over ours. `direct gain` is the direct dense sum over the
faster sparse form: more than 1 from the crossover on. `best_ms` is the fastest of all forms, each forced, and `regret`
what the choice costs beside it. The networks have the shares of zeros of arXiv:1701.05369, table 1 and 2, in random
places, the structured ones the units of arXiv:1705.07283 (structured_pruning.py), LSTMs the weights of arXiv:1708.00077
(sparse_lstm.py). `ideal` is dense multiplications over those with weights that are not zero, `share of
ideal` the ratio to the peers over it. The peers have no sparse form of these layers.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import sparse_lstm
import structured_pruning
from contest import attempt, get_milliseconds, make_row
from engines import ENGINES, open_session
from generated import Network, compile_model, find_nnc, get_relative_error
from timing import take_turns

FORMS = ["unrolled", "gathers", "blocks", "shifts"]
MOST_UNROLLED = 4096, 1024  # non-zeros and outputs for which nnc writes straight-line code
# Multiply-adds in the order of the layer: no Winograd.
DIRECT = ["--exact"]


@dataclass(frozen=True)
class Layer:
    """A fully connected layer (`side` and `window` 0) of `batch` rows, or a convolution of stride 1 with equal padding."""

    inputs: int
    outputs: int
    side: int
    window: int
    zeros: float
    batch: int = 1
    block: int = 1  # neighbouring outputs whose zeros are the same

    def make_weight(self, zeros: float) -> np.ndarray:
        """H x W x inputs x outputs, or inputs x outputs, with random zeros; outputs are of the size of the inputs."""
        random = np.random.default_rng(1)
        shape = (self.window, self.window, self.inputs, self.outputs) if self.window else (self.inputs, self.outputs)
        mask = random.random((*shape[:-1], -(-self.outputs // self.block))) >= zeros
        weight = random.standard_normal(shape, dtype=np.float32) * mask.repeat(self.block, -1)[..., :self.outputs]
        return (weight / np.sqrt(np.prod(shape[:-1]) * (1 - zeros))).astype(np.float32)

    def make_input(self) -> np.ndarray:
        shape = (self.batch, self.inputs, self.side, self.side) if self.window else (self.batch, self.inputs)
        return np.random.default_rng(2).standard_normal(shape, dtype=np.float32)

    def has_form(self, form: str) -> bool:
        if self.window or form != "unrolled":
            return form == "shifts" or not self.window
        most, outputs = MOST_UNROLLED
        return self.outputs <= outputs and np.count_nonzero(self.make_weight(self.zeros)) <= most

    def __str__(self) -> str:
        kind = f"conv {self.window}x{self.window} at {self.side}" if self.window else f"linear, batch {self.batch}"
        kind += f", {self.block}x1 blocks" * (self.block > 1)
        return f"{kind}, {self.inputs} -> {self.outputs}, {100 * self.zeros:g} % zeros"


SWEEP = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999]
SHAPES = [(4000, 1000, 0, 0), (784, 300, 0, 0), (256, 256, 14, 1), (64, 64, 56, 3), (256, 256, 14, 3)]
LAYERS = [Layer(*shape, zeros) for shape in SHAPES for zeros in SWEEP]
LAYERS += [Layer(1000, 1000, 0, 0, zeros, 64) for zeros in (0.8, 0.95, 0.99)]
LAYERS += [Layer(300, 100, 0, 0, zeros) for zeros in (0.8, 0.9, 0.95, 0.98)]
LAYERS += [Layer(4000, 1000, 0, 0, zeros, 1, 16) for zeros in (0.8, 0.9, 0.95, 0.99)]


def save_onnx(path: Path, layer: Layer, weight: np.ndarray) -> None:
    x = layer.make_input()
    y = (x.shape[0], layer.outputs, *x.shape[2:])
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", x.shape), ("y", y))]
    pads = {"pads": [layer.window // 2] * 4} if layer.window else {}
    node = helper.make_node("Conv" if layer.window else "MatMul", ["x", "w"], ["y"], **pads)
    array = np.ascontiguousarray(weight.transpose(3, 2, 0, 1)) if layer.window else weight
    graph = helper.make_graph([node], "dense", tensors[:1], tensors[1:], [numpy_helper.from_array(array, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def build_forms(nnc: Path, layer: Layer, compilers: list[str], inputs: dict, folder: Path, threads: int) -> tuple[dict, dict]:
    """Builds by name: a compiler alone is what nnc chose, "dense" and the forms are by the first compiler; the report."""
    options = [f"--threads={threads}"]
    package = compile_model(nnc, folder / "sparse.onnx", folder / "chosen", options)
    builds = {compiler: Network(package.build(compiler)[0], package, inputs) for compiler in compilers}
    forms = {"dense": ("dense.onnx", [])} | {
        form: ("sparse.onnx", ["--passes", f"nnc-simplify,nnc-mark-sparse,nnc-form-sparse{{form={form}}}"])
        for form in FORMS if layer.has_form(form)}
    if layer.window == 3:
        forms["direct"] = ("dense.onnx", DIRECT)
    for form, (name, passes) in forms.items():
        other = compile_model(nnc, folder / name, folder / form, [*options, *passes])
        builds[form] = Network(other.build(compilers[0])[0], other, inputs)
    for network in builds.values():
        network.run()
    return builds, package.report


def measure(nnc: Path, layer: Layer, compilers: list[str], arguments: argparse.Namespace) -> dict:
    inputs = {"x": layer.make_input()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_onnx(folder / "sparse.onnx", layer, layer.make_weight(layer.zeros))
        save_onnx(folder / "dense.onnx", layer, layer.make_weight(0))
        builds, report = build_forms(nnc, layer, compilers, inputs, folder, arguments.threads)
        expected = {"y": open_session(folder / "sparse.onnx").run(["y"], inputs)[0]}
        error = max(get_relative_error(network.outputs, expected) for form, network in builds.items() if form not in ("dense", "direct"))
        runs = {peer: open_engine(folder / "sparse.onnx", inputs, arguments.threads) for peer, open_engine in ENGINES.items()}
        runs |= {form: network.run for form, network in builds.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    row = make_row(str(layer), times, compilers, error)
    forms = [times[form] for form in builds if form not in compilers]
    sparse = min(times[form] for form in FORMS if form in builds)
    chosen = next((a["form"].split(" as ")[1] for a in report["approximations"] if a["method"] == "sparsity"), "dense")
    ideal = 1 / (1 - layer.zeros)
    best = min(*forms, times[compilers[0]])
    return row | {"zeros": 100 * layer.zeros, "form": chosen, "dense_ms": times["dense"], "gain": times["dense"] / row["ours_ms"], "best_ms": best,
                  "direct_gain": times.get("direct", times["dense"]) / sparse, "regret": times[compilers[0]] / best - 1,
                  "ideal": ideal, "share_of_ideal": row["ratio"] / ideal}


@dataclass(frozen=True)
class NetworkLayer:
    """A layer of LeNet: `window` 0 is fully connected, a convolution is followed by 2x2 pooling; `pixels` of its output."""

    inputs: int
    outputs: int
    window: int
    pixels: int
    zeros: float

    def make_weight(self, zeros: float) -> np.ndarray:
        random = np.random.default_rng(self.outputs)
        shape = (self.outputs, self.inputs, self.window, self.window) if self.window else (self.outputs, self.inputs)
        weight = random.standard_normal(shape, dtype=np.float32) * (random.random(shape) >= zeros)
        return (weight / np.sqrt(np.prod(shape[1:]) * (1 - zeros))).astype(np.float32)

    def count_products(self) -> int:
        return self.inputs * self.outputs * max(1, self.window) ** 2 * self.pixels


# Shares of zeros of arXiv:1701.05369, table 1.
NETWORKS = {
    "LeNet-300-100": ((1, 784), [NetworkLayer(784, 300, 0, 1, 0.989), NetworkLayer(300, 100, 0, 1, 0.972),
                                 NetworkLayer(100, 10, 0, 1, 0.62)]),
    "LeNet-5-Caffe": ((1, 1, 28, 28), [NetworkLayer(1, 20, 5, 576, 0.67), NetworkLayer(20, 50, 5, 64, 0.98),
                                       NetworkLayer(800, 500, 0, 1, 0.998), NetworkLayer(500, 10, 0, 1, 0.95)]),
}


def save_network(path: Path, shape: tuple[int, ...], layers: list[NetworkLayer], weights: list[np.ndarray]) -> None:
    nodes, constants, value, random = [], [], "x", np.random.default_rng(3)
    for n, (layer, weight) in enumerate(zip(layers, weights)):
        bias = random.standard_normal(layer.outputs, dtype=np.float32) * np.float32(0.1)
        constants += [numpy_helper.from_array(weight, f"w{n}"), numpy_helper.from_array(bias, f"b{n}")]
        operator, attributes = ("Conv", {}) if layer.window else ("Gemm", {"transB": 1})
        if not layer.window and n and layers[n - 1].window:
            nodes.append(helper.make_node("Flatten", [value], [f"f{n}"], name=f"flatten{n}"))
            value = f"f{n}"
        last = n == len(layers) - 1
        nodes.append(helper.make_node(operator, [value, f"w{n}", f"b{n}"], ["y" if last else f"s{n}"], name=f"layer{n}",
                                      **attributes))
        if not last:
            nodes.append(helper.make_node("Relu", [f"s{n}"], [f"r{n}"], name=f"relu{n}"))
            value = f"r{n}"
        if layer.window:
            nodes.append(helper.make_node("MaxPool", [value], [f"p{n}"], name=f"pool{n}", kernel_shape=[2, 2], strides=[2, 2]))
            value = f"p{n}"
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, extents)
               for name, extents in (("x", shape), ("y", (1, layers[-1].outputs)))]
    graph = helper.make_graph(nodes, "lenet", tensors[:1], tensors[1:], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def measure_network(nnc: Path, name: str, compilers: list[str], arguments: argparse.Namespace) -> dict:
    shape, layers = NETWORKS[name]
    inputs = {"x": np.random.default_rng(4).random(shape, dtype=np.float32)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for kind in ("sparse", "dense"):
            weights = [layer.make_weight(layer.zeros if kind == "sparse" else 0) for layer in layers]
            save_network(folder / f"{kind}.onnx", shape, layers, weights)
            if kind == "sparse":
                kept = sum(layer.count_products() * np.count_nonzero(weight) / weight.size
                           for layer, weight in zip(layers, weights))
        packages = {kind: compile_model(nnc, folder / f"{kind}.onnx", folder / kind, [f"--threads={arguments.threads}"])
                    for kind in ("sparse", "dense")}
        libraries = {kind: package.build(compilers[0])[0] for kind, package in packages.items()}
        builds = {compiler: Network(packages["sparse"].build(compiler)[0], packages["sparse"], inputs) for compiler in compilers}
        builds["dense"] = Network(libraries["dense"], packages["dense"], inputs)
        for network in builds.values():
            network.run()
        expected = {"y": open_session(folder / "sparse.onnx").run(["y"], inputs)[0]}
        error = max(get_relative_error(builds[compiler].outputs, expected) for compiler in compilers)
        runs = {peer: open_engine(folder / "sparse.onnx", inputs, arguments.threads) for peer, open_engine in ENGINES.items()}
        runs |= {form: network.run for form, network in builds.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
        sizes = {kind: library.stat().st_size for kind, library in libraries.items()}
    row = make_row(name, times, compilers, error)
    ideal = sum(layer.count_products() for layer in layers) / kept
    zeros = 100 * (1 - 1 / ideal)
    return row | {"zeros": zeros, "form": f"{sizes['sparse']:,} bytes of {sizes['dense']:,}", "dense_ms": times["dense"],
                  "gain": times["dense"] / row["ours_ms"], "best_ms": row["ours_ms"], "regret": 0, "ideal": ideal,
                  "share_of_ideal": row["ratio"] / ideal}


def measure_recurrence(nnc: Path, layer: sparse_lstm.Lstm, compilers: list[str], arguments: argparse.Namespace) -> dict:
    row = sparse_lstm.measure(nnc, layer, compilers, arguments)
    ideal = 1 / (1 - row["zeros"])
    return row | {"name": f"LSTM {layer.name}", "zeros": 100 * row["zeros"], "gain": row["dense_ms"] / row["ours_ms"], "best_ms": row["ours_ms"],
                  "regret": 0, "ideal": ideal, "share_of_ideal": row["ratio"] / ideal}


def measure_pruned(nnc: Path, of: structured_pruning.Pruning, compilers: list[str], arguments: argparse.Namespace) -> dict:
    """`share of ideal` is the gain over our dense code over the ratio of their multiplications."""
    row = structured_pruning.measure(nnc, of, compilers, arguments)
    return row | {"name": f"structured {of.name}", "zeros": 100 * (1 - 1 / row["ideal"]), "form": "dense, fewer units", "gain": row["speedup"],
                  "best_ms": row["ours_ms"], "regret": 0}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    recurrences = [layer for layer in sparse_lstm.LAYERS if layer.recurrent_weights]
    groups = [(measure_network, {name: name for name in NETWORKS}),
              (measure_pruned, {f"structured {of.name}": of for of in structured_pruning.NETWORKS}),
              (measure_recurrence, {f"LSTM {layer.name}": layer for layer in recurrences}),
              (measure, {str(layer): layer for layer in LAYERS})]
    for measure_one, cases in groups:
        for name, case in cases.items():
            if (arguments.only or "") in name:
                yield attempt(name, measure_one, nnc, case, compilers, arguments)
