"""Writes OUTPUT: 30 words of 100, by an embedding of 16 numbers of which thirteen rows are not zero."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
table = np.zeros((100, 16), np.float32)
table[random.permutation(100)[:13]] = random.standard_normal((13, 16))
x, y = (helper.make_tensor_value_info(name, element, shape)
        for name, element, shape in (("x", TensorProto.INT64, [3, 10]), ("y", TensorProto.FLOAT, [3, 10, 16])))
graph = helper.make_graph([helper.make_node("Gather", ["table", "x"], ["y"], "embedding")], "words", [x], [y],
                          [numpy_helper.from_array(table, "table")])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
