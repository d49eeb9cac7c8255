# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes ONNX models of one layer each, with sizes that a register tile divides and with a ReLU: layers.py FOLDER.

conv3x3, conv1x1, depthwise, matmul (128 rows), linear (batch 1).
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)


def write(path: Path, node: onnx.NodeProto, shape: list[int], result: list[int], weights: list[int]) -> None:
    """Saves the node, which reads x and w, with a ReLU behind it."""
    values = (rng.standard_normal(weights) / np.sqrt(np.prod(weights[1:]))).astype(np.float32)
    graph = helper.make_graph([node, helper.make_node("Relu", ["c"], ["y"])], path.stem,
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, result)],
                              [numpy_helper.from_array(values, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def make_conv(group: int, pad: int) -> onnx.NodeProto:
    return helper.make_node("Conv", ["x", "w"], ["c"], group=group, pads=[pad] * 4)


folder = Path(sys.argv[1])
image = [1, 64, 56, 56]
write(folder / "conv3x3.onnx", make_conv(1, 1), image, image, [64, 64, 3, 3])
write(folder / "conv1x1.onnx", make_conv(1, 0), image, image, [64, 64, 1, 1])
write(folder / "depthwise.onnx", make_conv(64, 1), image, image, [64, 1, 3, 3])
write(folder / "matmul.onnx", helper.make_node("MatMul", ["x", "w"], ["c"]), [128, 256], [128, 192], [256, 192])
write(folder / "linear.onnx", helper.make_node("MatMul", ["x", "w"], ["c"]), [1, 512], [1, 256], [512, 256])
