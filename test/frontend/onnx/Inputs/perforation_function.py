"""Writes OUTPUT: a convolution of x [1,2,3,4], a call of Perforate, batch normalization and ReLU. With a second argument,
the fill table is x's own, which is no constant."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "python"))

from nnc import onnx_functions  # noqa: E402

random, is_wrong = np.random.default_rng(1), len(sys.argv) > 2
fill = np.array([[0, 0, 3, 3], [5, 5, 5, 3], [5, 5, 5, 11]])
constants = {"w": random.standard_normal((5, 2, 3, 3)), "scale": random.random(5), "shift": random.random(5),
             "mean": random.random(5), "variance": random.random(5)}
nodes = [helper.make_node("Conv", ["x", "w"], ["c"], "conv", pads=[1, 1, 1, 1]),
         helper.make_node("Perforate", ["c", "fill"], ["p"], "perforate", domain="nnc"),
         helper.make_node("BatchNormalization", ["p", "scale", "shift", "mean", "variance"], ["b"], "norm"),
         helper.make_node("Relu", ["b"], ["y"], "relu")]
x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", [1, 2, 3, 4]), ("y", [1, 5, 3, 4])))
tables = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
inputs = [x, helper.make_tensor_value_info("fill", TensorProto.INT64, [3, 4])] if is_wrong else [x]
graph = helper.make_graph(nodes, "perforation", inputs, [y], tables + ([] if is_wrong else [numpy_helper.from_array(fill, "fill")]))
onnx.save(onnx_functions.make_model(graph), sys.argv[1])
