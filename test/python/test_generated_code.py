# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers of random modes and ranks: nnc's generated code, and dense reconstruction in numpy, agree."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from nnc import onnx_functions, tensor_train

NNC = Path(__file__).resolve().parents[2] / "build/bin/nnc"


class Network:
    """Independent layers, each with an input and an output of its own, and what the outputs must be."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.initializers, self.x, self.expected = [], [], {}, {}

    def numbers(self, low, high, count):
        return tuple(self.random.integers(low, high, count, endpoint=True).tolist())

    def array(self, *shape):
        return self.random.standard_normal(shape).astype(np.float32)

    def cores(self, count, first_rank):
        inputs, outputs = self.numbers(1, 5, count), self.numbers(1, 5, count)
        ranks = (first_rank, *self.numbers(1, 5, count - 1), 1)
        return [self.array(*shape) for shape in zip(ranks[:-1], inputs, outputs, ranks[1:])]

    def add(self, operator, x, weights, expected, **attributes):
        name = f"layer{len(self.nodes)}"
        parts = [f"{name}.{part}" for part in range(len(weights))]
        self.initializers += [numpy_helper.from_array(value, part) for value, part in zip(weights, parts)]
        call = helper.make_node(operator, [f"{name}.x", *parts], [f"{name}.y"], name, domain="nnc", **attributes)
        self.nodes.append(call)
        self.x[f"{name}.x"], self.expected[f"{name}.y"] = x, expected

    def add_linear(self, count, rows):
        cores = self.cores(count, 1)
        matrix = tensor_train.reconstruct(cores)
        x, bias = self.array(rows, matrix.shape[0]), self.array(matrix.shape[1])
        self.add(f"TTLinear{count}", x, [*cores, bias], x @ matrix + bias)

    def add_conv2d(self, count):
        spatial = self.array(*self.numbers(1, 3, 3))
        cores = self.cores(count, spatial.shape[2])
        kernel = tensor_train.reconstruct_filter(spatial, cores)
        top, left, bottom, right = pads = self.numbers(0, 2, 4)
        strides, dilations = self.numbers(1, 2, 2), self.numbers(1, 2, 2)
        x, bias = self.array(1, kernel.shape[2], *self.numbers(6, 9, 2)), self.array(kernel.shape[3])
        padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
        taps = [dilation * (size - 1) + 1 for dilation, size in zip(dilations, kernel.shape)]
        windows = np.lib.stride_tricks.sliding_window_view(padded, taps, axis=(2, 3))
        windows = windows[:, :, ::strides[0], ::strides[1], ::dilations[0], ::dilations[1]]
        y = np.einsum("bchwij,ijcs->bshw", windows, kernel) + bias[:, None, None]
        self.add(f"TTConv2d{count}", x, [spatial, *cores, bias], y, strides=strides, pads=pads, dilations=dilations)

    def make_model(self):
        values = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, y.shape) for name, y in arrays.items()]
                  for arrays in (self.x, self.expected)]
        return onnx_functions.make_model(helper.make_graph(self.nodes, "layers", *values, self.initializers))


@pytest.mark.parametrize("seed", [1, 2])
def test_random_layers(tmp_path, seed):
    network = Network(seed)
    for count in (1, 2, 3, 4):
        network.add_linear(count, rows=1)
        network.add_linear(count, rows=5)
        network.add_conv2d(count)
    (tmp_path / "net.onnx").write_bytes(network.make_model().SerializeToString())
    np.savez(tmp_path / "in.npz", **network.x)
    command = [NNC, "run", "net.onnx", "--inputs", "in.npz", "--outputs", "out.npz"]
    result = subprocess.run(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout
    outputs = np.load(tmp_path / "out.npz")
    assert set(outputs) == set(network.expected)
    for name, expected in network.expected.items():
        np.testing.assert_allclose(outputs[name], expected, atol=1e-5 * np.abs(expected).max(), err_msg=name)
