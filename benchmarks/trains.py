# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fully connected layers with random cores, as ONNX files that every engine runs (python/nnc/onnx_functions.py)."""

import sys
from math import prod
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import ROOT

sys.path.insert(0, str(ROOT / "python"))

from nnc import onnx_functions  # noqa: E402


def make_cores(inputs: tuple[int, ...], outputs: tuple[int, ...], rank: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Cores that keep the range of values; `rank` is that between all of them."""
    ranks = [1, *[rank] * (len(inputs) - 1), 1]
    shapes = zip(ranks, inputs, outputs, ranks[1:])
    return [(rng.standard_normal(shape) / np.sqrt(shape[0] * shape[1])).astype(np.float32) for shape in shapes]


class Chain:
    """A network whose layers follow each other, from the input x, [batch, inputs], to the output y."""

    def __init__(self, batch: int, inputs: int):
        self.shape, self.value = [batch, inputs], "x"
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *weights: np.ndarray, **attributes) -> None:
        name = f"layer{len(self.nodes)}"
        tensors = [numpy_helper.from_array(weight, f"{name}.{k}") for k, weight in enumerate(weights)]
        self.weights += tensors
        inputs = [self.value, *(tensor.name for tensor in tensors)]
        self.nodes.append(helper.make_node(operator, inputs, [f"{name}.out"], name, **attributes))
        self.value = f"{name}.out"

    def add_train(self, cores: list[np.ndarray], bias: np.ndarray) -> None:
        self.add(onnx_functions.get_linear_name(len(cores)), *cores, bias, domain=onnx_functions.DOMAIN)

    def save(self, outputs: int, path: Path) -> None:
        self.nodes[-1].output[0] = "y"
        x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [self.shape[0], extent])
                for name, extent in (("x", self.shape[1]), ("y", outputs)))
        graph = helper.make_graph(self.nodes, "network", [x], [y], self.weights)
        onnx.save(onnx_functions.make_model(graph, "nnc.benchmarks"), path)


def save_train(cores: list[np.ndarray], batch: int, path: Path) -> None:
    """One layer; functions have a bias, here it is 0."""
    inputs, outputs = (prod(core.shape[axis] for core in cores) for axis in (1, 2))
    chain = Chain(batch, inputs)
    chain.add_train(cores, np.zeros(outputs, np.float32))
    chain.save(outputs, path)


def save_dense(matrix: np.ndarray, batch: int, path: Path) -> None:
    chain = Chain(batch, matrix.shape[0])
    chain.add("MatMul", matrix)
    chain.save(matrix.shape[1], path)
