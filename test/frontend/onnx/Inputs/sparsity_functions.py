"""Writes OUTPUT: x [2,3] times a weight with a posterior, and log-normal noise on the product's channels."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "python"))

from nnc import onnx_functions  # noqa: E402

constants = {"mean": np.array([[1, 2], [3, 4], [5, 6]]), "log_sigma2": np.full((3, 2), -4), "mu": np.array([0, -5]),
             "log_sigma": np.array([-5, 1])}
nodes = [helper.make_node("VariationalDropout", ["mean", "log_sigma2"], ["w"], "weight", domain="nnc", threshold=2.5),
         helper.make_node("MatMul", ["x", "w"], ["p"], "product"),
         helper.make_node("LogNormalNoise", ["p", "mu", "log_sigma"], ["y"], "noise", domain="nnc", snr=0.5)]
x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", [2, 3]), ("y", [2, 2])))
graph = helper.make_graph(nodes, "sparsity", [x], [y], [numpy_helper.from_array(value.astype(np.float32), name)
                                                        for name, value in constants.items()])
onnx.save(onnx_functions.make_model(graph), sys.argv[1])
