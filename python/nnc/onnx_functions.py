# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressed layers as ONNX functions of the domain `nnc`, version 1.

A function's body is standard operators, so every engine runs the file; nnc knows the functions by name and reads a
call as one layer. Weights of a call are initializers, in the layouts of nnc.tensor_train.

    nnc.TTLinear<d>(x, core1 ... core<d>, bias) -> y     x [..., K], bias [N], y [..., N]
    nnc.TTConv2d<d>(x, spatial, core1 ... core<d>, bias) -> y     x [B, C, H, W], bias [S], y [B, S, OH, OW];
        attributes strides [2], pads [4] (top, left, bottom, right), dilations [2]

`<d>` is the number of cores, in decimal. Bodies work for all modes and ranks, so a model has one function for each d.
"""

import re

import onnx
from onnx import AttributeProto, helper

DOMAIN, VERSION = "nnc", 1
OPSET = 17


class _Body:
    """Collects the nodes of a function; every method returns the name of the value that it made."""

    def __init__(self):
        self.nodes = []

    def node(self, operator, *inputs, output=None, **attributes):
        output = output or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def extents(self, value, start, end=None):
        """The extents of the axes `start` up to `end`."""
        return self.node("Shape", value, start=start, **({} if end is None else {"end": end}))

    def reshape(self, value, *extents):
        """`value` in the shape that the concatenation of `extents` says."""
        shape = self.node("Concat", *extents, axis=0) if len(extents) > 1 else extents[0]
        return self.node("Reshape", value, shape)

    def matrix(self, core, order, axis):
        """`core` with its axes in `order`, those before `axis` as rows, the others as columns."""
        return self.node("Flatten", self.node("Transpose", core, perm=order), axis=axis)

    def function(self, name, inputs, attributes=()):
        imports = [helper.make_opsetid("", OPSET)]
        return helper.make_function(DOMAIN, name, inputs, ["y"], self.nodes, imports, list(attributes))


def get_linear_name(count):
    return f"TTLinear{count}"


def get_conv2d_name(count):
    return f"TTConv2d{count}"


def make_linear(count):
    """The function TTLinear<count>: cores are contracted last to first, so no state is ever transposed.

    Before core k the state is [B m1 ... m(k-1), m(k) r(k), n(k+1) ... n(d)], after it m(k) r(k) is r(k-1) n(k). Nothing
    is to the right of the last core, which so is one product for all rows.
    """
    body, cores = _Body(), [f"core{k + 1}" for k in range(count)]
    infer = body.node("Constant", value_ints=[-1])
    last = body.matrix(cores[-1], [1, 3, 0, 2], 2)
    state = body.node("MatMul", body.reshape("x", infer, body.extents(last, 0, 1)), last)
    others = body.extents(cores[-1], 2, 3)
    for core in reversed(cores[:-1]):
        matrix = body.matrix(core, [0, 2, 1, 3], 2)
        state = body.node("MatMul", matrix, body.reshape(state, infer, body.extents(matrix, 1, 2), others))
        others = body.node("Mul", others, body.extents(core, 2, 3))
    product = body.reshape(state, body.extents("x", 0, -1), body.extents("bias", 0))
    body.node("Add", product, "bias", output="y")
    return body.function(get_linear_name(count), ["x", *cores, "bias"])


def make_conv2d(count):
    """The function TTConv2d<count>: the dense filter is rebuilt from the cores, then one Conv."""
    body, cores = _Body(), [f"core{k + 1}" for k in range(count)]
    infer = body.node("Constant", value_ints=[-1])
    kernel = body.reshape("spatial", infer, body.extents("spatial", 2, 3))
    for core in cores:
        kernel = body.node("MatMul", kernel, body.node("Flatten", core, axis=1))
        kernel = body.reshape(kernel, infer, body.extents(core, 3, 4))
    taps = body.extents("spatial", 0, 2)
    kernel = body.reshape(kernel, taps, *(body.extents(core, 1, 3) for core in cores))
    outputs, inputs = [3 + 2 * k for k in range(count)], [2 + 2 * k for k in range(count)]
    kernel = body.node("Transpose", kernel, perm=[*outputs, *inputs, 0, 1])
    kernel = body.reshape(kernel, body.extents("bias", 0), body.extents("x", 1, 2), taps)
    body.node("Conv", "x", kernel, "bias", output="y")
    names = ["strides", "pads", "dilations"]
    body.nodes[-1].attribute.extend(
        AttributeProto(name=name, type=AttributeProto.INTS, ref_attr_name=name) for name in names)
    return body.function(get_conv2d_name(count), ["x", "spatial", *cores, "bias"], names)


FUNCTION = re.compile(r"(TTLinear|TTConv2d)(\d+)")
MAKERS = {"TTLinear": make_linear, "TTConv2d": make_conv2d}


def make_functions(graph):
    """The functions that the nodes of `graph` call, each once, in the order of the first call."""
    functions = {}
    for node in graph.node:
        if node.domain == DOMAIN and node.op_type not in functions:
            name, count = FUNCTION.fullmatch(node.op_type).groups()
            functions[node.op_type] = MAKERS[name](int(count))
    return list(functions.values())


def make_model(graph, producer="nnc.torch"):
    """`graph` with the functions that it calls, checked by onnx."""
    functions = make_functions(graph)
    imports = [helper.make_opsetid("", OPSET)] + ([helper.make_opsetid(DOMAIN, VERSION)] if functions else [])
    model = helper.make_model(graph, opset_imports=imports, ir_version=8, functions=functions, producer_name=producer)
    onnx.checker.check_model(model)
    return model
