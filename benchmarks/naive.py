# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small network as the C that one writes by hand: plain nested loops of constant extents, weights in static arrays.

    naive.py MODEL.onnx OUTPUT.c [--order vector]

One function per node. A layer is written in one of two orders of loops: `scalar`, the textbook's, where a sum is the
innermost loop (gcc may not reorder a sum, so it stays scalar), and `vector`, where the innermost loop runs over
neighbouring outputs, which -O3 turns into vectors. The entries are those of the generated code (`naive_run`,
`naive_workspace_size`); values lie in static memory.
"""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

ORDERS = ("scalar", "vector")
FLAGS = ["-std=c11", "-O3", "-march=native", "-shared", "-fPIC"]


class NotNaive(Exception):
    """An operator, or a form of one, that this file has no loops for."""


@dataclass
class Writer:
    """What is written so far, and the shapes and constants of the model."""

    order: str
    shapes: dict[str, list[int]]
    constants: dict[str, np.ndarray]
    declarations: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def name(self, value: str) -> str:
        """The C name of a value; a constant or a buffer is declared when it is first named."""
        if value not in self.names:
            self.names[value] = f"v{len(self.names)}"
            self.declarations.append(self.declare(self.names[value], value))
        return self.names[value]

    def declare(self, name: str, value: str) -> str:
        if value in self.constants:
            numbers = ", ".join(float(number).hex() + "f" for number in self.constants[value].ravel())
            return f"static const float {name}[] = {{{numbers}}};"
        return f"static float {name}[{int(np.prod(self.shapes[value]))}];"

    def add(self, node: onnx.NodeProto, body: str) -> None:
        self.functions.append(f"// {node.op_type}\nstatic void f{len(self.functions)}(void) {{\n{body}}}\n")


def get_attributes(node: onnx.NodeProto) -> dict:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def loop(*variables: tuple[str, int | str]) -> str:
    return "  " + " ".join(f"for (int {name} = 0; {name} < {end}; ++{name})" for name, end in variables)


def get_begin_pads(attributes: dict, extents: list[int], outputs: list[int], kernel: list[int],
                   strides: list[int]) -> list[int]:
    """Zeros above and left of the input, also where `auto_pad` says it."""
    mode = attributes.get("auto_pad", b"NOTSET").decode()
    if mode in ("NOTSET", "VALID"):
        return list(attributes.get("pads", [0] * 4))[:2]
    total = [max((o - 1) * s + k - i, 0) for i, o, k, s in zip(extents, outputs, kernel, strides)]
    return [t // 2 if mode == "SAME_UPPER" else t - t // 2 for t in total]


def write_conv(writer: Writer, node: onnx.NodeProto) -> None:
    attributes = get_attributes(node)
    _, channels, height, width = writer.shapes[node.input[0]]
    _, filters, rows, columns = writer.shapes[node.output[0]]
    kernel = writer.shapes[node.input[1]][2:]
    if attributes.get("group", 1) != 1 or list(attributes.get("dilations", [1, 1])) != [1, 1]:
        raise NotNaive("Conv with groups or dilations")
    strides = list(attributes.get("strides", [1, 1]))
    top, left = get_begin_pads(attributes, [height, width], [rows, columns], kernel, strides)
    tall, wide = (rows - 1) * strides[0] + kernel[0], (columns - 1) * strides[1] + kernel[1]
    copied = f"y < {min(height, tall - top)} && x < {min(width, wide - left)}"
    x, w, out = (writer.name(value) for value in (node.input[0], node.input[1], node.output[0]))
    bias = f"{writer.name(node.input[2])}[o]" if len(node.input) > 2 else "0.0f"
    sums = (("c", channels), ("ky", kernel[0]), ("kx", kernel[1]))
    product = (f"{w}[((o * {channels} + c) * {kernel[0]} + ky) * {kernel[1]} + kx] * "
               f"padded[(c * {tall} + y * {strides[0]} + ky) * {wide} + x * {strides[1]} + kx]")
    target = f"{out}[(o * {rows} + y) * {columns} + x]"
    body = (f"  static float padded[{channels * tall * wide}];\n"
            f"{loop(('c', channels), ('y', height), ('x', width))}\n"
            f"    if ({copied}) padded[(c * {tall} + y + {top}) * {wide} + x + {left}] = "
            f"{x}[(c * {height} + y) * {width} + x];\n")
    if writer.order == "scalar":
        body += (f"{loop(('o', filters), ('y', rows), ('x', columns))} {{\n    float sum = {bias};\n"
                 f"  {loop(*sums)}\n      sum += {product};\n    {target} = sum;\n  }}\n")
    else:
        body += (f"{loop(('o', filters), ('y', rows), ('x', columns))}\n    {target} = {bias};\n"
                 f"{loop(('o', filters), *sums, ('y', rows), ('x', columns))}\n    {target} += {product};\n")
    writer.add(node, body)


def write_product(writer: Writer, node: onnx.NodeProto) -> None:
    """MatMul, and Gemm without transposed input and factors."""
    attributes = get_attributes(node)
    if attributes.get("transA", 0) or attributes.get("alpha", 1.0) != 1.0 or attributes.get("beta", 1.0) != 1.0:
        raise NotNaive("Gemm with a transposed input or factors")
    rows, depth = int(np.prod(writer.shapes[node.input[0]][:-1])), writer.shapes[node.input[0]][-1]
    columns = writer.shapes[node.output[0]][-1]
    x, w, out = (writer.name(value) for value in (node.input[0], node.input[1], node.output[0]))
    bias = f"{writer.name(node.input[2])}[j]" if len(node.input) > 2 else "0.0f"
    weight = f"{w}[j * {depth} + k]" if attributes.get("transB", 0) else f"{w}[k * {columns} + j]"
    target, product = f"{out}[i * {columns} + j]", f"{x}[i * {depth} + k] * {weight}"
    if writer.order == "scalar":
        body = (f"{loop(('i', rows), ('j', columns))} {{\n    float sum = {bias};\n  {loop(('k', depth))}\n"
                f"      sum += {product};\n    {target} = sum;\n  }}\n")
    else:
        body = (f"{loop(('i', rows), ('j', columns))}\n    {target} = {bias};\n"
                f"{loop(('i', rows), ('k', depth), ('j', columns))}\n    {target} += {product};\n")
    writer.add(node, body)


def write_pool(writer: Writer, node: onnx.NodeProto) -> None:
    attributes = get_attributes(node)
    kernel, strides = list(attributes["kernel_shape"]), list(attributes.get("strides", [1, 1]))
    _, channels, height, width = writer.shapes[node.input[0]]
    _, _, rows, columns = writer.shapes[node.output[0]]
    if any(get_begin_pads(attributes, [height, width], [rows, columns], kernel, strides)):
        raise NotNaive(f"{node.op_type} with padding")
    x, out = writer.name(node.input[0]), writer.name(node.output[0])
    value = f"{x}[(c * {height} + y * {strides[0]} + ky) * {width} + x * {strides[1]} + kx]"
    start, step, end = ("0.0f", f"value += {value}", f"value / {kernel[0] * kernel[1]}.0f")
    if node.op_type == "MaxPool":
        start, step, end = "-INFINITY", f"value = {value} > value ? {value} : value", "value"
    writer.add(node, f"{loop(('c', channels), ('y', rows), ('x', columns))} {{\n    float value = {start};\n"
                     f"  {loop(('ky', kernel[0]), ('kx', kernel[1]))}\n      {step};\n"
                     f"    {out}[(c * {rows} + y) * {columns} + x] = {end};\n  }}\n")


def index(shape: list[int], variables: str) -> str:
    """The offset of an element; an extent of 1 is broadcast."""
    shape = [1] * (len(variables) - len(shape)) + shape
    strides = [int(np.prod(shape[axis + 1:])) for axis in range(len(shape))]
    terms = [f"{name} * {stride}" for name, extent, stride in zip(variables, shape, strides) if extent > 1]
    return " + ".join(terms) or "0"


def write_binary(writer: Writer, node: onnx.NodeProto) -> None:
    shape = writer.shapes[node.output[0]]
    variables = "abcd"[:len(shape)]
    left, right = (f"{writer.name(value)}[{index(writer.shapes[value], variables)}]" for value in node.input)
    sign = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}[node.op_type]
    writer.add(node, f"{loop(*zip(variables, shape))}\n"
                     f"    {writer.name(node.output[0])}[{index(shape, variables)}] = {left} {sign} {right};\n")


def write_unary(writer: Writer, node: onnx.NodeProto) -> None:
    x, out = f"{writer.name(node.input[0])}[i]", writer.name(node.output[0])
    meaning = {"Relu": f"{x} > 0.0f ? {x} : 0.0f", "Reshape": x, "Flatten": x}[node.op_type]
    writer.add(node, f"{loop(('i', int(np.prod(writer.shapes[node.output[0]]))))}\n    {out}[i] = {meaning};\n")


def write_transpose(writer: Writer, node: onnx.NodeProto) -> None:
    order, shape = list(get_attributes(node)["perm"]), writer.shapes[node.input[0]]
    variables = "abcd"[:len(shape)]
    target = "".join(variables[axis] for axis in order)
    writer.add(node, f"{loop(*zip(variables, shape))}\n"
                     f"    {writer.name(node.output[0])}[{index(writer.shapes[node.output[0]], target)}] = "
                     f"{writer.name(node.input[0])}[{index(shape, variables)}];\n")


def write_softmax(writer: Writer, node: onnx.NodeProto) -> None:
    shape = writer.shapes[node.output[0]]
    x, out = (f"{writer.name(value)}[i * {shape[-1]} + j]" for value in (node.input[0], node.output[0]))
    columns = loop(("j", shape[-1]))
    writer.add(node, f"{loop(('i', int(np.prod(shape[:-1]))))} {{\n    float top = -INFINITY, sum = 0.0f;\n"
                     f"  {columns}\n      top = {x} > top ? {x} : top;\n"
                     f"  {columns}\n      sum += {out} = expf({x} - top);\n"
                     f"  {columns}\n      {out} /= sum;\n  }}\n")


WRITERS = {"Conv": write_conv, "MatMul": write_product, "Gemm": write_product, "MaxPool": write_pool,
           "AveragePool": write_pool, "Add": write_binary, "Sub": write_binary, "Mul": write_binary,
           "Div": write_binary, "Relu": write_unary, "Reshape": write_unary, "Flatten": write_unary,
           "Transpose": write_transpose, "Softmax": write_softmax}


def infer_shapes(model: onnx.ModelProto) -> dict[str, list[int]]:
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    shapes = {value.name: [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim] for value in values}
    return shapes | {tensor.name: list(tensor.dims) for tensor in graph.initializer}


def write_entry(graph: onnx.GraphProto, writer: Writer) -> str:
    def copy(kind: str, position: int, value: str) -> str:
        array, bytes_ = writer.name(value), 4 * int(np.prod(writer.shapes[value]))
        pair = f"{array}, inputs[{position}]" if kind == "input" else f"outputs[{position}], {array}"
        return f"  memcpy({pair}, {bytes_});\n"

    inputs = [value.name for value in graph.input if value.name not in writer.constants]
    calls = "".join(f"  f{number}();\n" for number in range(len(writer.functions)))
    return ("size_t naive_workspace_size(void) { return 0; }\n\n"
            "int naive_run(const void *const *inputs, void *const *outputs, void *workspace) {\n  (void)workspace;\n"
            + "".join(copy("input", *entry) for entry in enumerate(inputs)) + calls
            + "".join(copy("output", *entry) for entry in enumerate(value.name for value in graph.output))
            + "  return 0;\n}\n")


def write_naive(model: onnx.ModelProto, order: str) -> str:
    """The C of a model. Raises NotNaive where it has an operator without loops here."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    writer = Writer(order, infer_shapes(model), constants)
    for node in model.graph.node:
        if node.op_type not in WRITERS:
            raise NotNaive(node.op_type)
        if node.op_type == "Reshape" and node.input[0] in constants:
            writer.constants[node.output[0]] = constants[node.input[0]].reshape(writer.shapes[node.output[0]])
        else:
            WRITERS[node.op_type](writer, node)
    entry = write_entry(model.graph, writer)
    return "\n".join(["#include <math.h>\n#include <string.h>\n", *writer.declarations, "", *writer.functions, entry])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--order", choices=ORDERS, default=ORDERS[0])
    arguments = parser.parse_args()
    arguments.output.write_text(write_naive(onnx.load(arguments.model), arguments.order))


if __name__ == "__main__":
    main()
