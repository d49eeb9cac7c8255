# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gives the light models of the package onnx random weights.

    randomize.py MODEL.onnx OUTPUT.onnx

Their weights are ConstantOfShape nodes, which fill a shape with one number: a compiler stores such a tensor once, so
neither time nor results say much. Here each becomes an initializer of random numbers of a size that keeps
activations in range (He's for weights); variances are positive. The same file comes out every time.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from models import LIGHT, Model

# Inputs of BatchNormalization: scale, bias, mean, variance.
VARIANCE_AND_SCALE = {1, 4}


def find_users(graph: onnx.GraphProto) -> dict[str, list[tuple[onnx.NodeProto, int]]]:
    users: dict[str, list[tuple[onnx.NodeProto, int]]] = {}
    for node in graph.node:
        for index, name in enumerate(node.input):
            users.setdefault(name, []).append((node, index))
    return users


def is_factor(name: str, users: dict) -> bool:
    """Whether a vector multiplies or divides: then it must stay away from zero."""
    for node, index in users.get(name, []):
        if node.op_type == "BatchNormalization":
            return index in VARIANCE_AND_SCALE
        if node.op_type in ("Unsqueeze", "Reshape"):
            return is_factor(node.output[0], users)
        if node.op_type in ("Mul", "Div"):
            return True
    return False


def make_weight(name: str, shape: list[int], users: dict, rng: np.random.Generator) -> np.ndarray:
    if is_factor(name, users):
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    fan_in = int(np.prod(shape[1:]))
    scale = np.sqrt(2 / fan_in) if len(shape) > 1 else 0.1
    values = rng.standard_normal(shape, dtype=np.float32)
    values *= np.float32(scale)
    return values


def randomize(model: onnx.ModelProto, seed: int = 0) -> onnx.ModelProto:
    """Replaces every ConstantOfShape of a known shape, in place."""
    graph, rng = model.graph, np.random.default_rng(seed)
    users = find_users(graph)
    shapes = {tensor.name: tensor for tensor in graph.initializer}
    filled = [node for node in graph.node if node.op_type == "ConstantOfShape" and node.input[0] in shapes]
    for node in filled:
        shape = numpy_helper.to_array(shapes[node.input[0]]).tolist()
        weight = make_weight(node.output[0], shape, users, rng)
        graph.initializer.append(numpy_helper.from_array(weight, node.output[0]))
        graph.node.remove(node)
    model.ir_version = max(model.ir_version, 4)  # from here on, initializers need not be inputs
    remove_unused(graph)
    tame_logits(model, rng)
    return model


def find_weights(graph: onnx.GraphProto, name: str) -> list[onnx.TensorProto]:
    """Weights and bias of the last layer with weights before the value `name`."""
    producers = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}

    def find_constant(value: str) -> onnx.TensorProto | None:
        while value not in constants and value in producers:
            value = producers[value].input[0]
        return constants.get(value)

    while name in producers and producers[name].op_type not in ("Conv", "Gemm", "MatMul"):
        name = producers[name].input[0]
    found = [find_constant(value) for value in producers[name].input[1:]] if name in producers else []
    return [tensor for tensor in found if tensor]


def tame_logits(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    """Scales the last layer so that what softmax reads has a standard deviation of 1: else one class gets all of the
    probability, whatever the others are, and comparing outputs shows nothing."""
    graph = model.graph
    softmax = next((node for node in graph.node if node.op_type == "Softmax"), None)
    if softmax is None:
        return
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.append(onnx.helper.make_empty_tensor_value_info(softmax.input[0]))
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {value.name: rng.standard_normal(value.shape, dtype=np.float32) for value in session.get_inputs()}
    scale = np.float32(1 / session.run(None, feeds)[0].std())
    for tensor in find_weights(graph, softmax.input[0]):
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * scale, tensor.name))


def remove_unused(graph: onnx.GraphProto) -> None:
    """The shapes that nobody reads any more."""
    read = {name for node in graph.node for name in node.input}
    unused = {tensor.name for tensor in graph.initializer} - read
    for values in (graph.initializer, graph.input):
        for value in [value for value in values if value.name in unused]:
            values.remove(value)


def prepare(model: Model, folder: Path) -> Model:
    """A light model with random weights and inputs; any other as it is."""
    if model.path.parent != LIGHT:
        return model
    rng = np.random.default_rng(0)
    inputs = {name: rng.standard_normal(value.shape, dtype=np.float32) for name, value in model.inputs.items()}
    path = folder / model.path.name
    onnx.save(randomize(onnx.load(model.path)), path)
    return replace(model, path=path, inputs=inputs, expected={})


def main(source: str, target: str) -> int:
    onnx.save(randomize(onnx.load(source)), Path(target))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
