# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LSTM layers, dense and with zeros as variational dropout leaves them, beside the peers on the same files.

The sparse rows follow the logs of Lobacheva et al. (arXiv:1708.00077): `IMDB` is an embedding of 20003 words in 300 numbers of which 7 live, 128
units of which 9 live with 31 and 48 weights, and a layer for one output; `PTB` is 1000 units for characters with 43620 + 482318 weights, 431 units
live. In `random` rows zeros are anywhere: all units live. `us a step` is ours; `error` compares with onnxruntime, whose weights have the same zeros.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from contest import attempt, get_milliseconds, make_row
from engines import ENGINES, open_session
from generated import Network, compile_model, find_nnc, get_relative_error
from timing import take_turns


@dataclass(frozen=True)
class Lstm:
    """Extents, and how many units, inputs and weights are left."""

    name: str
    inputs: int
    units: int
    steps: int
    batch: int = 1
    live_inputs: int | None = None
    live_units: int | None = None
    input_weights: int | None = None
    recurrent_weights: int | None = None
    words: int = 0  # of an embedding before the layer
    outputs: int = 0  # of a fully connected layer after it, on the last state

    def draw(self, shape: tuple[int, ...], live: tuple[np.ndarray, ...], count: int | None,
             random: np.random.Generator) -> np.ndarray:
        """Normal weights between live indices, `count` of them (all without), of a size that keeps the recurrence from being chaotic."""
        weights = np.zeros(shape, np.float32)
        grid = np.ix_(*live)
        inner = random.standard_normal(weights[grid].shape).astype(np.float32)
        inner /= np.sqrt(max(1, (count or inner.size) / inner.shape[0]))
        if count is not None:
            kept = random.permutation(inner.size)[:count]
            mask = np.zeros(inner.size, np.float32)
            mask[kept] = 1
            inner *= mask.reshape(inner.shape)
        weights[grid] = inner
        return weights

    def make_weights(self) -> dict[str, np.ndarray]:
        random = np.random.default_rng(0)
        units = np.sort(random.permutation(self.units)[:self.live_units or self.units])
        inputs = np.sort(random.permutation(self.inputs)[:self.live_inputs or self.inputs])
        gates = np.concatenate([units + gate * self.units for gate in range(4)])
        weights = {"w": self.draw((4 * self.units, self.inputs), (gates, inputs), self.input_weights, random)[None],
                   "r": self.draw((4 * self.units, self.units), (gates, units), self.recurrent_weights, random)[None],
                   "b": random.standard_normal((1, 8 * self.units)).astype(np.float32) * 0.3}
        if self.words:
            weights["e"] = random.standard_normal((self.words, self.inputs)).astype(np.float32)
        if self.outputs:
            weights["d"] = self.draw((self.units, self.outputs), (units, np.arange(self.outputs)), None, random)
        return weights

    def save(self, path: Path) -> None:
        nodes, sequence = [], (self.steps, self.batch)
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (*sequence, self.inputs))
        if self.words:
            x = helper.make_tensor_value_info("x", TensorProto.INT64, sequence)
            nodes.append(helper.make_node("Gather", ["e", "x"], ["s"]))
        outputs = ["y", "h"] if not self.outputs else ["", "h"]
        nodes.append(helper.make_node("LSTM", ["s" if self.words else "x", "w", "r", "b"], outputs, hidden_size=self.units))
        result = helper.make_tensor_value_info("y", TensorProto.FLOAT, (self.steps, 1, self.batch, self.units))
        if self.outputs:
            nodes += [helper.make_node("Squeeze", ["h", "axes"], ["f"]), helper.make_node("MatMul", ["f", "d"], ["y"])]
            result = helper.make_tensor_value_info("y", TensorProto.FLOAT, (self.batch, self.outputs))
        constants = self.make_weights() | ({"axes": np.array([0])} if self.outputs else {})
        tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
        graph = helper.make_graph(nodes, "lstm", [x], [result], tensors)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)

    def make_dense(self) -> "Lstm":
        """The same layer with all its weights."""
        return replace(self, live_inputs=None, live_units=None, input_weights=None, recurrent_weights=None)

    def make_inputs(self) -> dict[str, np.ndarray]:
        random = np.random.default_rng(1)
        if self.words:
            return {"x": random.integers(0, self.words, (self.steps, self.batch))}
        return {"x": random.standard_normal((self.steps, self.batch, self.inputs), dtype=np.float32)}


LAYERS = [
    Lstm("dense 128 -> 128", 128, 128, 100), Lstm("dense 512 -> 512", 512, 512, 100), Lstm("dense 128 -> 128, batch 16", 128, 128, 100, 16),
    Lstm("IMDB 300 -> 128, sparse VD", 300, 128, 200, 1, 7, 9, 31, 48, 20003, 1),
    Lstm("random 300 -> 128, 99.5 %", 300, 128, 200, 1, None, None, 768, 328),
    Lstm("PTB 50 -> 1000, sparse VD", 50, 1000, 100, 1, None, 431, 43620, 482318, 0, 50),
    Lstm("random 50 -> 1000, 87 %", 50, 1000, 100, 1, None, None, 26000, 520000),
]


def measure(nnc: Path, layer: Lstm, compilers: list[str], arguments: argparse.Namespace) -> dict:
    inputs = layer.make_inputs()
    with tempfile.TemporaryDirectory() as name:
        path, dense_path = Path(name) / "lstm.onnx", Path(name) / "dense.onnx"
        layer.save(path)
        layer.make_dense().save(dense_path)
        package, dense = (compile_model(nnc, file, Path(name) / file.stem, [f"--threads={arguments.threads}"])
                          for file in (path, dense_path))
        ours = {compiler: Network(package.build(compiler)[0], package, inputs) for compiler in compilers}
        for network in ours.values():
            network.run()
        expected = {"y": open_session(path).run(["y"], inputs)[0]}
        error = max(get_relative_error(network.outputs, expected) for network in ours.values())
        peers = {peer: open_engine(path, inputs, arguments.threads) for peer, open_engine in ENGINES.items()}
        runs = peers | {compiler: network.run for compiler, network in ours.items()}
        runs["dense"] = Network(dense.build(compilers[0])[0], dense, inputs).run
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    row = make_row(layer.name, times, compilers, error)
    weights = layer.make_weights()
    total = sum(weights[w].size for w in "wr")
    zeros = 1 - sum(np.count_nonzero(weights[w]) for w in "wr") / total
    forms = [a["form"].split(" as ")[1] for a in package.report["approximations"] if a["method"] == "sparsity"]
    return row | {"us_a_step": row["ours_ms"] * 1e3 / layer.steps, "onnxruntime_us_a_step": times["onnxruntime"] * 1e3 / layer.steps,
                  "zeros": zeros, "form": ", ".join(forms) or "dense", "dense_ms": times["dense"], "flops": package.report["flops"]}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for layer in LAYERS:
        if (arguments.only or "") in layer.name:
            yield attempt(layer.name, measure, nnc, layer, compilers, arguments)
