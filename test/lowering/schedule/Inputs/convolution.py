# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes an ONNX model of one 3x3 convolution of stride 1: convolution.py FILE C K HEIGHT WIDTH PAD ACTIVATION."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

path, activation = sys.argv[1], sys.argv[7]
c, k, height, width, pad = map(int, sys.argv[2:7])
rng = np.random.default_rng(0)
weights = (rng.standard_normal((k, c, 3, 3)) / np.sqrt(9 * c)).astype(np.float32)
bias = rng.standard_normal(k).astype(np.float32)
shape = [1, k, height + 2 * pad - 2, width + 2 * pad - 2]
nodes = [helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[pad] * 4), helper.make_node(activation, ["c"], ["y"])]
graph = helper.make_graph(nodes, "convolution",
                          [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, c, height, width])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
                          [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
