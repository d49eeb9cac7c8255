# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes an ONNX model of a 1x1, a 3x3 depthwise and a 1x1 convolution:
chain.py FILE INPUTS EXPANDED OUTPUTS HEIGHT WIDTH STRIDE ACTIVATION [PARTS]. PARTS are the first letters of the layers, "edp"."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

path, activation = sys.argv[1], sys.argv[8]
c, expanded, k, height, width, stride = map(int, sys.argv[2:8])
parts = sys.argv[9] if len(sys.argv) > 9 else "edp"
rng = np.random.default_rng(0)
nodes, weights = [], []


def add_conv(name: str, shape: list[int], **attributes) -> None:
    """A convolution with a bias behind the last node, and the activation."""
    values = rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    weights.append(numpy_helper.from_array(values.astype(np.float32), f"{name}_w"))
    weights.append(numpy_helper.from_array(rng.standard_normal(shape[0]).astype(np.float32), f"{name}_b"))
    source = nodes[-1].output[0] if nodes else "x"
    nodes.append(helper.make_node("Conv", [source, f"{name}_w", f"{name}_b"], [name], name=name, **attributes))
    nodes.append(helper.make_node(activation, [name], [f"{name}_y"]))


if "e" in parts:
    add_conv("expand", [expanded, c, 1, 1])
add_conv("depthwise", [expanded, 1, 3, 3], group=expanded, pads=[1] * 4, strides=[stride] * 2)
if "p" in parts:
    add_conv("project", [k, expanded, 1, 1])
source = [1, c if "e" in parts else expanded, height, width]
result = [1, k if "p" in parts else expanded, -(-height // stride), -(-width // stride)]
graph = helper.make_graph(nodes, "chain", [helper.make_tensor_value_info("x", TensorProto.FLOAT, source)],
                          [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, result)], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
