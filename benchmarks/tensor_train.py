# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fully connected layers as tensor trains, beside the dense layers of the same matrices in the peers.

The first rows are the layer of Novikov et al. (arXiv:1509.06569, section 6.3): 25088 -> 4096 of VGG, TT-rank 4, whose own
figures on a CPU were 13 times (one image) and 1.03 times (100 images). `error` compares with onnxruntime on the dense
matrix. `ideal` is the ratio of multiplications, dense over those that our code does; `share of ideal` may be above 1
where the dense layer waits for its weights.
"""

import argparse
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


@dataclass(frozen=True)
class Train:
    """Input and output modes, the rank between all cores, and rows of input."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    rank: int
    batch: int

    @property
    def shape(self) -> tuple[int, int]:
        return int(np.prod(self.inputs)), int(np.prod(self.outputs))

    def make_cores(self) -> list[np.ndarray]:
        """Random cores that keep the range of values."""
        rng = np.random.default_rng(0)
        ranks = [1, *[self.rank] * (len(self.inputs) - 1), 1]
        shapes = zip(ranks, self.inputs, self.outputs, ranks[1:])
        return [(rng.standard_normal(shape) / np.sqrt(shape[0] * shape[1])).astype(np.float32) for shape in shapes]

    def __str__(self) -> str:
        rows, columns = self.shape
        return f"{rows} -> {columns}, rank {self.rank}, batch {self.batch}"


VGG = (2, 7, 8, 8, 7, 4), (4, 4, 4, 4, 4, 4)
LAYERS = [
    Train(*VGG, 4, 1), Train(*VGG, 4, 100), Train(*VGG, 1, 1), Train(*VGG, 2, 1), Train(*VGG, 8, 1),
    Train((4, 4, 4, 4, 4, 4), (4, 4, 4, 4, 4, 4), 4, 1), Train((4, 4, 4, 4, 4, 4), (4, 4, 4, 4, 4, 4), 4, 100),
    Train((4, 8, 8, 4), (4, 8, 8, 4), 8, 1), Train((4, 8, 8, 4), (4, 8, 8, 4), 8, 16),
    Train((4, 8, 8, 4), (5, 5, 5, 5), 2, 1), Train((7, 4, 7, 4), (5, 5, 4, 3), 8, 1),
]


def reconstruct(cores: list[np.ndarray]) -> np.ndarray:
    """The matrix, inputs x outputs."""
    rows, columns, state = 1, 1, np.ones((1, 1, 1))
    for core in cores:
        state = np.einsum("ijr,rmns->imjns", state, core.astype(np.float64))
        rows, columns = rows * core.shape[1], columns * core.shape[2]
        state = state.reshape(rows, columns, core.shape[3])
    return state[:, :, 0].astype(np.float32)


def save_dense(matrix: np.ndarray, batch: int, path: Path) -> None:
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, extent])
               for name, extent in zip(("x", "y"), matrix.shape)]
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "dense", tensors[:1], tensors[1:], [numpy_helper.from_array(matrix, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def print_type(shape: tuple[int, ...]) -> str:
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def save_train(cores: list[np.ndarray], layer: Train, path: Path) -> None:
    """The layer as nnc's own text."""
    rows, columns = layer.shape
    source, target = print_type((layer.batch, rows)), print_type((layer.batch, columns))
    lines = [f"func.func @main(%x: {source} {{nnc.name = \"x\"}}) -> ({target} {{nnc.name = \"y\"}}) {{"]
    for k, core in enumerate(cores):
        elements = core.astype("<f4").tobytes().hex().upper()
        lines.append(f'  %g{k} = arith.constant dense<"0x{elements}"> : {print_type(core.shape)}')
    names, types = ", ".join(f"%g{k}" for k in range(len(cores))), ", ".join(print_type(c.shape) for c in cores)
    lines += [f"  %y = nnc.tt_linear %x cores({names}) : {source}, ({types}) -> {target}", f"  return %y : {target}", "}"]
    path.write_text("\n".join(lines) + "\n")


def measure(nnc: Path, layer: Train, compilers: list[str], arguments: argparse.Namespace) -> dict:
    cores = layer.make_cores()
    matrix = reconstruct(cores)
    inputs = {"x": np.random.default_rng(1).standard_normal((layer.batch, matrix.shape[0]), dtype=np.float32)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_dense(matrix, layer.batch, folder / "dense.onnx")
        save_train(cores, layer, folder / "train.mlir")
        package = compile_model(nnc, folder / "train.mlir", folder / "out", [f"--threads={arguments.threads}"])
        ours = {compiler: Network(package.build(compiler)[0], package, inputs) for compiler in compilers}
        for network in ours.values():
            network.run()
        expected = {"y": open_session(folder / "dense.onnx").run(["y"], inputs)[0]}
        error = max(get_relative_error(network.outputs, expected) for network in ours.values())
        peers = {peer: open_engine(folder / "dense.onnx", inputs, arguments.threads)
                 for peer, open_engine in ENGINES.items()}
        runs = peers | {compiler: network.run for compiler, network in ours.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    row = make_row(str(layer), times, compilers, error)
    ideal = 2 * layer.batch * matrix.size / package.report["flops"]
    parameters = sum(core.size for core in cores)
    return row | {"ideal": ideal, "share_of_ideal": row["ratio"] / ideal, "parameters": parameters,
                  "compression": matrix.size / parameters}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for layer in LAYERS:
        if (arguments.only or "") in str(layer):
            yield attempt(str(layer), measure, nnc, layer, compilers, arguments)
