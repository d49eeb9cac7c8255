"""Writes an ONNX file: a convolution and a block of residual units whose positions halt by scores of a convolution, as SACT has it
(arXiv:1612.02297), or whole samples, as ACT has it. Arguments: the file, images, side, channels, units, the threshold of the
sum of scores, and the scope, position or sample."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.random = [], [], np.random.default_rng(3)

    def node(self, kind, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def conv(self, x, inputs, outputs, size, bias=0.0):
        scale = (2 / (inputs * size * size)) ** 0.5
        weight = self.random.standard_normal((outputs, inputs, size, size), dtype=np.float32) * np.float32(scale)
        return self.node("Conv", x, self.constant(weight), self.constant(np.full(outputs, bias, np.float32)), pads=[size // 2] * 4)


def make_block(images, side, channels, units, threshold, scope):
    g = Graph()
    x = g.conv("x", channels, channels, 3)
    total = active = output = None
    for unit in range(1, units + 1):
        new = g.node("Add", x, g.conv(g.node("Relu", g.conv(g.node("Relu", x), channels, channels, 3)), channels, channels, 3))
        x = new if active is None else g.node("Where", active, new, x)
        if unit == units:
            break
        mean = g.node("GlobalAveragePool", x)
        score = g.conv(mean, channels, 1, 1, -0.5)
        if scope == "position":
            score = g.node("Add", g.conv(x, channels, 1, 3, -0.5), score)
        score = g.node("Sigmoid", score)
        if active is not None:
            score = g.node("Where", active, score, g.constant(np.float32(0)))
        total = score if total is None else g.node("Add", total, score)
        weighted = g.node("Mul", score, x)
        output = weighted if output is None else g.node("Where", active, g.node("Add", output, weighted), output)
        active = g.node("Less", total, g.constant(np.float32(threshold)))
    g.nodes.append(helper.make_node("Add", [output, x], ["y"], name="y"))
    g.nodes.append(helper.make_node("Cast", [active], ["last"], name="last", to=TensorProto.FLOAT))
    shape = [images, channels, side, side]
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, s) for name, s in
             (("x", shape), ("y", shape), ("last", None))]
    graph = helper.make_graph(g.nodes, "block", infos[:1], infos[1:], g.constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


if __name__ == "__main__":
    images = int(sys.argv[2]) if sys.argv[2].isdigit() else sys.argv[2]  # a symbol: left open
    onnx.save(make_block(images, *(int(a) for a in sys.argv[3:6]), float(sys.argv[6]), sys.argv[7]), sys.argv[1])
