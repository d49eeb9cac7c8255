# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes an LSTM whose weights have zeros.

    lstm.py FILE INPUTS UNITS STEPS BATCH DIRECTION ZEROS LIVE HEAD

A share ZEROS of the weights is zero; LIVE units (0: all) have others. With HEAD 1 a fully connected layer reads the last state and
words come through an embedding, else all outputs are the model's.
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

path, (inputs, units, steps, batch), direction = sys.argv[1], map(int, sys.argv[2:6]), sys.argv[6]
zeros, live, head = float(sys.argv[7]), int(sys.argv[8]) or units, sys.argv[9] == "1"
directions = 2 if direction == "bidirectional" else 1
random = np.random.default_rng(units)


def draw(*shape):
    weights = random.standard_normal(shape).astype(np.float32) / np.sqrt(shape[-1] * (1 - zeros) + 1)
    return weights * (random.random(shape) >= zeros)


alive = np.zeros(units, np.float32)
alive[random.permutation(units)[:live]] = 1
constants = {"w": draw(directions, 4 * units, inputs) * np.tile(alive, 4)[None, :, None],
             "r": draw(directions, 4 * units, units) * alive * np.tile(alive, 4)[None, :, None],
             "b": draw(directions, 8 * units)}
nodes = [helper.make_node("LSTM", ["x", "w", "r", "b"], ["y", "h", "c"], hidden_size=units, direction=direction)]
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (steps, batch, inputs))
outputs = {"y": (steps, directions, batch, units), "h": (directions, batch, units), "c": (directions, batch, units)}
if head:
    constants |= {"e": draw(50, inputs), "d": draw(units, 3) * alive[:, None], "axes": np.array([0])}
    x = helper.make_tensor_value_info("i", TensorProto.INT64, (steps, batch))
    nodes = [helper.make_node("Gather", ["e", "i"], ["x"]), *nodes, helper.make_node("Squeeze", ["h", "axes"], ["f"]),
             helper.make_node("MatMul", ["f", "d"], ["z"])]
    outputs = {"z": (batch, 3)}
results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
tensors = [numpy_helper.from_array(array.astype(np.int64 if name == "axes" else np.float32), name) for name, array in constants.items()]
graph = helper.make_graph(nodes, "lstm", [x], results, tensors)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
