# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX models made in a few lines, for tables of what no stored model holds."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import Model


class GraphBuilder:
    """A graph with one input and one output. Weights are random, of a size that keeps the range of values."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.rng = np.random.default_rng(0)

    def add_weight(self, shape: list[int]) -> str:
        """A tensor, scaled for sums over all but its largest extent."""
        values = self.rng.standard_normal(shape, dtype=np.float32)
        values *= np.float32(1 / np.sqrt(max(np.prod(shape) / max(shape), 1)))
        self.weights.append(numpy_helper.from_array(values, f"w{len(self.weights)}"))
        return self.weights[-1].name

    def add(self, operator: str, inputs: list[str], *shapes: list[int], **attributes) -> str:
        """A node that reads values and new weights of the given shapes; the name of what it computes."""
        weights = [self.add_weight(shape) for shape in shapes]
        self.nodes.append(helper.make_node(operator, [*inputs, *weights], [f"t{len(self.nodes)}"], **attributes))
        return self.nodes[-1].output[0]

    def save(self, name: str, shape: list[int], output: str, path: Path) -> Model:
        """The model whose input, of this shape, is the value "input"."""
        source = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
        target = helper.make_empty_tensor_value_info(output)
        graph = helper.make_graph(self.nodes, "network", [source], [target], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(onnx.shape_inference.infer_shapes(model), path)
        return Model(name, path, {"input": self.rng.standard_normal(shape, dtype=np.float32)})
