# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressed layers as ONNX functions of the domain `nnc`, version 1.

A function's body is standard operators, so every engine runs the file; nnc knows the functions by name and reads a
call as one layer. Weights of a call are initializers, in the layouts of nnc.tensor_train.

    nnc.TTLinear<d>(x, core1 ... core<d>, bias) -> y     x [..., K], bias [N], y [..., N]
    nnc.TTConv2d<d>(x, spatial, core1 ... core<d>, bias) -> y     x [B, C, H, W], bias [S], y [B, S, OH, OW];
        attributes strides [2], pads [4] (top, left, bottom, right), dilations [2]
    nnc.VariationalDropout(mean, log_sigma2) -> weight     all of one shape; attribute threshold
    nnc.LogNormalNoise(x, mu, log_sigma) -> y     x, y [B, C, ...], mu, log_sigma [C]; attribute snr
    nnc.Perforate(x, fill) -> y     x, y [B, C, H, W], fill [H, W]: the position, counted row by row, that each one copies
    nnc.RobustGate(elbo) -> w     of one shape; attribute log_epsilon

`<d>` is the number of cores, in decimal. Bodies work for all modes and ranks, so a model has one function for each d.
"""

import re

import onnx
from onnx import AttributeProto, TensorProto, helper

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

    def number(self, value, double=False):
        """A constant scalar, or the attribute of the function that `value` names."""
        if isinstance(value, str):
            self.nodes.append(helper.make_node("Constant", [], [value]))
            self.nodes[-1].attribute.append(
                AttributeProto(name="value_float", type=AttributeProto.FLOAT, ref_attr_name=value))
            return self.node("Cast", value, to=TensorProto.DOUBLE) if double else value
        kind = TensorProto.DOUBLE if double else TensorProto.FLOAT
        return self.node("Constant", value=helper.make_tensor("number", kind, [], [value]))

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


def make_variational_dropout(_):
    """The function VariationalDropout: the means of the weights whose log alpha is below the threshold, else zero."""
    body = _Body()
    square = body.node("Add", body.node("Mul", "mean", "mean"), body.number(1e-8))
    log_alpha = body.node("Sub", "log_sigma2", body.node("Log", square))
    log_alpha = body.node("Clip", log_alpha, body.number(-8), body.number(8))
    is_kept = body.node("Less", log_alpha, body.number("threshold"))
    body.node("Where", is_kept, "mean", body.number(0), output="y")
    return body.function("VariationalDropout", ["mean", "log_sigma2"], ["threshold"])


# Of log(erfcx(z) (2 + z) / 2) in Chebyshev polynomials of 4 / (2 + z) - 1, for z >= 0, by interpolation in 64 points
# with 40 digits; erfcx has a relative error below 1e-12.
ERFCX = [-0.6513268598908547, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632, -0.0009465953444820369,
         0.00036683949785276145, 4.252332480690777e-05, -2.0278578112534242e-05, -1.6242900046470256e-06,
         1.3036558355805232e-06, 1.5626441722066142e-08, -8.523809591492654e-08, 6.5290544390988515e-09,
         5.059343495551469e-09, -9.91364156493033e-10, -2.273651222931836e-10, 9.646791102015527e-11,
         2.3940380830391146e-12, -6.886027526497553e-12, 8.944879273090725e-13]


class _LogNormalBody(_Body):
    """Arithmetic in double precision on values of one shape."""

    def double(self, value):
        return value if isinstance(value, str) else self.number(value, double=True)

    def call(self, operator, *operands):
        return self.node(operator, *(self.double(operand) for operand in operands))

    def erfcx(self, z):
        """exp(z^2) erfc(z) for z >= 0, by Clenshaw's recurrence."""
        t = self.call("Div", 2, self.call("Add", z, 2))
        doubled = self.call("Sub", self.call("Mul", t, 4), 2)
        last, before = self.call("Mul", z, 0), self.call("Mul", z, 0)
        for coefficient in reversed(ERFCX[1:]):
            product = self.call("Sub", self.call("Mul", doubled, last), before)
            last, before = self.call("Add", product, coefficient), last
        half = self.call("Sub", self.call("Mul", self.call("Mul", doubled, 0.5), last), before)
        return self.call("Mul", t, self.call("Exp", self.call("Add", half, ERFCX[0])))

    def scaled_erfcx(self, z, exponent, total):
        """erfcx(z) exp(exponent); `total` is exponent + z^2, for negative z, where erfcx is 2 exp(z^2) - erfcx(-z)."""
        tail = self.call("Mul", self.erfcx(self.call("Abs", z)), self.call("Exp", exponent))
        other = self.call("Sub", self.call("Mul", 2, self.call("Exp", total)), tail)
        return self.call("Where", self.call("Less", z, 0), other, tail)


def make_lognormal_noise(_):
    """The function LogNormalNoise: x times the means of the truncated log-normal factors (nnc.torch.lognormal_noise).

    With the ends b of the interval in standard deviations from mu, E[theta^k] Z is the difference, between both ends, of
    erfcx((k sigma - b) / sqrt 2) exp(k log theta - b^2 / 2) / 2, for k = 0 (Z itself), 1 and 2. All six are rows of one
    tensor. Where mu > 0, all are relative to the density at the upper end, which may be too small for a double.
    """
    body = _LogNormalBody()
    mu, log_sigma = (body.call("Clip", body.node("Cast", name, to=TensorProto.DOUBLE), -20, 5)
                     for name in ("mu", "log_sigma"))
    sigma = body.call("Exp", log_sigma)
    ends = {log: body.call("Div", body.call("Sub", log, mu), sigma) for log in (-20, 0)}
    squares = {log: body.call("Mul", body.call("Mul", end, end), 0.5) for log, end in ends.items()}
    common = body.call("Where", body.call("Less", 0, mu), squares[0], body.call("Mul", mu, 0))
    first = body.node("Constant", value_ints=[0])
    rows = {"z": [], "exponent": [], "total": []}
    for log in (0, -20):
        for k in range(3):
            z = body.call("Mul", body.call("Sub", body.call("Mul", k, sigma), ends[log]), 0.5 ** 0.5)
            exponent = body.call("Add", body.call("Sub", k * log, squares[log]), common)
            variance = body.call("Mul", body.call("Mul", sigma, sigma), k * k / 2)
            total = body.call("Add", body.call("Add", body.call("Mul", mu, k), variance), common)
            for part, value in (("z", z), ("exponent", exponent), ("total", total)):
                rows[part].append(body.node("Unsqueeze", value, first))
    terms = body.scaled_erfcx(*(body.node("Concat", *parts, axis=0) for parts in rows.values()))
    upper, lower = (body.node("Slice", terms, *(body.node("Constant", value_ints=[n]) for n in (start, start + 3, 0)))
                    for start in (0, 3))
    moments = body.node("Sub", upper, lower)
    mass, mean, square = (body.node("Gather", moments, body.node("Constant", value_int=k), axis=0) for k in range(3))
    mean, square = body.node("Div", mean, mass), body.node("Div", square, mass)
    variance = body.call("Max", body.call("Sub", square, body.call("Mul", mean, mean)), 0)
    deviation = body.node("Mul", body.number("snr", double=True), body.node("Sqrt", variance))
    scales = body.call("Where", body.node("Less", deviation, mean), mean, 0)
    rank = body.node("Shape", body.node("Shape", "x"))
    others = body.node("Sub", rank, body.node("Constant", value_ints=[2]))
    ones = body.node("ConstantOfShape", others, value=helper.make_tensor("one", TensorProto.INT64, [1], [1]))
    shape = body.node("Concat", body.node("Constant", value_ints=[-1]), ones, axis=0)
    body.node("Mul", "x", body.node("Reshape", body.node("Cast", scales, to=TensorProto.FLOAT), shape), output="y")
    return body.function("LogNormalNoise", ["x", "mu", "log_sigma"], ["snr"])


def make_perforate(_):
    """The function Perforate: position (h, w) of y is position fill[h, w] of x."""
    body = _Body()
    positions = body.node("Reshape", "x", body.node("Constant", value_ints=[0, 0, -1]))
    body.node("Gather", positions, "fill", axis=2, output="y")
    return body.function("Perforate", ["x", "fill"])


def make_robust_gate(_):
    """The function RobustGate: sigmoid(elbo - log epsilon), which is between 0 and 1 however small the evidence is."""
    body = _Body()
    body.node("Sigmoid", body.node("Sub", "elbo", body.number("log_epsilon")), output="y")
    return body.function("RobustGate", ["elbo"], ["log_epsilon"])


FUNCTION = re.compile(r"([A-Za-z]+[A-Za-z0-9]*?[a-z])(\d*)")
MAKERS = {"TTLinear": make_linear, "TTConv2d": make_conv2d, "VariationalDropout": make_variational_dropout,
          "LogNormalNoise": make_lognormal_noise, "Perforate": make_perforate, "RobustGate": make_robust_gate}


def make_functions(graph):
    """The functions that the nodes of `graph` call, each once, in the order of the first call."""
    functions = {}
    for node in graph.node:
        if node.domain == DOMAIN and node.op_type not in functions:
            name, count = FUNCTION.fullmatch(node.op_type).groups()
            functions[node.op_type] = MAKERS[name](int(count or 0))
    return list(functions.values())


def make_model(graph, producer="nnc.torch"):
    """`graph` with the functions that it calls, checked by onnx."""
    functions = make_functions(graph)
    imports = [helper.make_opsetid("", OPSET)] + ([helper.make_opsetid(DOMAIN, VERSION)] if functions else [])
    model = helper.make_model(graph, opset_imports=imports, ir_version=8, functions=functions, producer_name=producer)
    onnx.checker.check_model(model)
    return model
