# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch networks to ONNX: usual layers as standard operators, compressed layers as functions of the domain `nnc`.

The graph is traced by torch.fx and has one node for each layer, named as in the module, so that it can be read and
BatchNorms stay for the compiler to fold. What a layer becomes is one function in MODULES, FUNCTIONS or METHODS.
"""

import operator
from math import prod

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn import functional

from nnc import onnx_functions
from nnc.torch.lognormal_noise import LogNormalNoise
from nnc.torch.lstm import LSTM, LSTMSVD
from nnc.torch.perforation import PerforatedConv2d
from nnc.torch.robust import RobustGate
from nnc.torch.tensor_train import TTConv2d, TTLinear
from nnc.torch.variational_dropout import Conv2dSVD, LinearSVD

TOLERANCE = 1e-5


def export(model, example_input, path, input_name="x", output_name="y", open_batch=False, fold=False):
    """Writes `model`, in evaluation mode, to the ONNX file `path` and compares it with PyTorch.

    Shapes are those of `example_input`; with `open_batch`, the first extent is the symbol N. With `fold`, layers that
    learned sparsity are written as weights with zeros and as factors, without the posteriors that say so: such a file
    has half of the numbers. A network that takes or returns several tensors has `input_name` or `output_name` as a list, and
    `example_input` as a tuple. RuntimeError if
    onnxruntime's outputs differ from PyTorch's by more than 1e-5 of the largest; ValueError for a layer that cannot be
    written.
    """
    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        examples = (example_input,) if isinstance(example_input, torch.Tensor) else tuple(example_input)
        inputs, outputs = ([names] if isinstance(names, str) else list(names) for names in (input_name, output_name))
        graph = _Exporter(model, examples, inputs, outputs, fold).run(open_batch)
        onnx_model = onnx_functions.make_model(graph)
        with torch.no_grad():
            results = model(*examples)
            expected = [y.numpy() for y in ([results] if isinstance(results, torch.Tensor) else results)]
    finally:
        for module, mode in training.items():
            module.training = mode
    _compare(onnx_model, {name: x.numpy() for name, x in zip(inputs, examples)}, expected)
    onnx.save(onnx_model, path)


def _compare(onnx_model, inputs, expected):
    session = onnxruntime.InferenceSession(onnx_model.SerializeToString(), providers=["CPUExecutionProvider"])
    for result, wanted in zip(session.run(None, inputs), expected):
        error = np.abs(result - wanted).max() / max(np.abs(wanted).max(), np.finfo(np.float32).tiny)
        if not error <= TOLERANCE:
            raise RuntimeError(
                f"onnxruntime differs from PyTorch by {error:.3g} of the largest output, more than {TOLERANCE:.3g}")


class _Tracer(fx.Tracer):
    """Compressed layers stay whole, as those of torch.nn do."""

    def is_leaf_module(self, m, module_qualified_name):
        return type(m) in MODULES or super().is_leaf_module(m, module_qualified_name)


class _Exporter:
    """Visits the nodes of a traced module in order and collects ONNX nodes and initializers."""

    def __init__(self, model, examples, input_names, output_names, fold):
        self.traced = fx.GraphModule(model, _Tracer().trace(model))
        ShapeProp(self.traced).propagate(*examples)
        self.examples, self.input_names, self.output_names, self.fold = examples, input_names, output_names, fold
        self.nodes, self.initializers, self.names = [], {}, {}

    def run(self, open_batch):
        for node in self.traced.graph.nodes:
            self._visit(node)
        values = [(name, helper.np_dtype_to_tensor_dtype(x.numpy().dtype), x.shape)
                  for name, x in zip(self.input_names, self.examples)]
        values += [(name, TensorProto.FLOAT, shape) for name, shape in zip(self.output_names, self.output_shapes)]
        infos = [helper.make_tensor_value_info(name, kind, ["N", *shape[1:]] if open_batch else shape)
                 for name, kind, shape in values]
        count = len(self.examples)
        return helper.make_graph(self.nodes, "network", infos[:count], infos[count:], list(self.initializers.values()))

    def _visit(self, node):
        if node.op == "placeholder":
            self.names[node] = self.input_names[len(self.names)]  # placeholders come first
        elif node.op == "output":
            self._return(node.args[0])
        elif node.op == "call_module":
            module = self.traced.get_submodule(node.target)
            self._write(MODULES, type(module), node, node.target, module, *node.args)
        elif node.op == "get_attr":  # a parameter of a module that is not itself a layer
            self.names[node] = self.initialize(node.target, get_attribute(self.traced, node.target))
        elif node.op in ("call_function", "call_method"):
            table = FUNCTIONS if node.op == "call_function" else METHODS
            self._write(table, node.target, node, node.name, *node.args, **node.kwargs)
        else:
            raise ValueError(f"'{node.name}': {node.op} cannot be exported")

    def _return(self, results):
        results = [results] if isinstance(results, fx.Node) else results
        if len(results) != len(self.output_names) or not all(isinstance(result, fx.Node) for result in results):
            raise ValueError(f"the network returns {len(results)} tensors; there are names for {len(self.output_names)}: "
                             f"{', '.join(self.output_names)}")
        self.output_shapes = [get_shape(result) for result in results]
        for index, (result, name) in enumerate(zip(results, self.output_names)):
            self.nodes.append(helper.make_node("Identity", [self.names[result]], [name],
                                               name=f"output{index or ''}"))

    def _write(self, table, kind, node, name, *arguments, **options):
        if kind not in table:
            raise ValueError(f"'{name}': {getattr(kind, '__name__', kind)} cannot be exported")
        self.name = name
        try:
            self.names[node] = table[kind](self, *arguments, **options)
        except TypeError as error:  # an option that the writer does not take
            raise ValueError(f"'{name}': {error}") from error

    def node(self, op_type, *inputs, domain="", output=0, **attributes):
        """One ONNX node for the layer being written, of which the output number `output` is used; fx nodes among
        `inputs` become the names of their values."""
        names = [self.names[value] if isinstance(value, fx.Node) else value for value in inputs]
        used = sum(node.name.split("/")[0] == self.name for node in self.nodes)
        name = f"{self.name}/{used}" if used else self.name
        outputs = [*[""] * output, f"{name}.out"]
        self.nodes.append(helper.make_node(op_type, names, outputs, name=name, domain=domain, **attributes))
        return f"{name}.out"

    def constant(self, part, value):
        """An initializer `<layer>.<part>`."""
        return self.initialize(f"{self.name}.{part}", value)

    def initialize(self, name, value):
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def operand(self, value):
        """An operand of arithmetic, which may be a number."""
        return value if isinstance(value, fx.Node) else self.constant(f"operand_{value}", np.float32(value))


def get_attribute(module, path):
    for name in path.split("."):
        module = getattr(module, name)
    return module


def get_shape(node):
    return tuple(node.meta["tensor_meta"].shape)


def pair(value):
    return [value, value] if isinstance(value, int) else list(value)


# --- Layers with weights --------------------------------------------------------------------------


def write_posterior(to, part, mean, log_sigma2, threshold):
    """The weights that a posterior keeps, with zeros for the others."""
    return to.node("VariationalDropout", to.constant(part, mean), to.constant(f"{part}_log_sigma2", log_sigma2),
                   domain=onnx_functions.DOMAIN, threshold=float(threshold))


def write_weight(to, module):
    """The weight, or what computes it from its posterior."""
    if not isinstance(module, (LinearSVD, Conv2dSVD)):
        return to.constant("weight", module.weight)
    if to.fold:
        return to.constant("weight", module.get_sparse_weight())
    return write_posterior(to, "weight", module.weight, module.log_sigma2, module.threshold)


def write_linear(to, module, x):
    bias = [] if module.bias is None else [to.constant("bias", module.bias)]
    if len(get_shape(x)) == 2:
        return to.node("Gemm", x, write_weight(to, module), *bias, transB=1)
    product = to.node("MatMul", x, to.node("Transpose", write_weight(to, module), perm=[1, 0]))
    return to.node("Add", product, *bias) if bias else product


def window(module):
    if isinstance(module.padding, str):
        raise ValueError(f"{module}: padding '{module.padding}' cannot be exported; give numbers")
    return {"strides": pair(module.stride), "pads": pair(module.padding) * 2}


def write_conv2d(to, module, x):
    if module.padding_mode != "zeros":
        raise ValueError(f"{module}: padding mode '{module.padding_mode}' cannot be exported")
    bias = [] if module.bias is None else [to.constant("bias", module.bias)]
    return to.node("Conv", x, write_weight(to, module), *bias, kernel_shape=pair(module.kernel_size),
                   dilations=pair(module.dilation), group=module.groups, **window(module))


def write_perforated_conv2d(to, module, x):
    y = write_conv2d(to, module, x)
    if module.fill is None:
        return y
    return to.node("Perforate", y, to.constant("fill", module.fill), domain=onnx_functions.DOMAIN)


def write_batch_norm(to, module, x):
    if module.running_mean is None:
        raise ValueError(f"'{to.name}': normalization by the batch's own mean cannot be exported")
    ones, zeros = torch.ones(module.num_features), torch.zeros(module.num_features)
    scale, bias = (module.weight, module.bias) if module.affine else (ones, zeros)
    values = {"weight": scale, "bias": bias, "running_mean": module.running_mean, "running_var": module.running_var}
    constants = [to.constant(part, value) for part, value in values.items()]
    return to.node("BatchNormalization", x, *constants, epsilon=module.eps)


def write_lognormal_noise(to, module, x):
    if to.fold:
        scales = module.get_scales().reshape(-1, *[1] * (len(get_shape(x)) - 2))
        return to.node("Mul", x, to.constant("scales", scales))
    return to.node("LogNormalNoise", x, to.constant("mu", module.mu), to.constant("log_sigma", module.log_sigma),
                   domain=onnx_functions.DOMAIN, snr=float(module.threshold))


def reorder_gates(rows):
    """[1, 4 H, ...] from [4 H, ...]: ONNX's input, output, forget, cell from input, forget, cell, output."""
    i, f, c, o = rows.detach().chunk(4)
    return torch.cat([i, o, f, c])[None]


def write_lstm_weights(to, module):
    """The matrices of inputs and of hidden states."""
    if isinstance(module, LSTMSVD) and not to.fold:
        return [write_posterior(to, part, reorder_gates(mean), reorder_gates(log_sigma2), module.threshold)
                for part, (mean, log_sigma2) in zip(("weight_ih", "weight_hh"), module.posteriors)]
    with torch.no_grad():
        return [to.constant(part, reorder_gates(weight))
                for part, weight in zip(("weight_ih", "weight_hh"), module.get_weights())]


def write_lstm(to, module, x):
    """ONNX has time first, an axis for directions, and two biases that are added."""
    bias = reorder_gates(module.bias)
    bias = to.constant("bias", torch.cat([bias, torch.zeros_like(bias)], dim=1))
    hard = dict(activations=["HardSigmoid", "Tanh", "Tanh"], activation_alpha=[0.2], activation_beta=[0.5])
    states = to.node("LSTM", to.node("Transpose", x, perm=[1, 0, 2]), *write_lstm_weights(to, module), bias,
                     hidden_size=module.hidden_size, output=int(module.last_only),
                     **(hard if module.gate == "hard_sigmoid" else {}))
    direction = to.constant("direction", np.int64([0 if module.last_only else 1]))
    squeezed = to.node("Squeeze", states, direction)
    return squeezed if module.last_only else to.node("Transpose", squeezed, perm=[1, 0, 2])


def write_embedding(to, module, tokens):
    return to.node("Gather", to.constant("weight", module.weight), tokens, axis=0)


def write_cores(to, module):
    cores = [to.constant(f"core{k + 1}", core) for k, core in enumerate(module.cores)]
    bias = torch.zeros(prod(module.output_modes)) if module.bias is None else module.bias
    return [*cores, to.constant("bias", bias)]


def write_tt_linear(to, module, x):
    name = onnx_functions.get_linear_name(len(module.cores))
    return to.node(name, x, *write_cores(to, module), domain=onnx_functions.DOMAIN)


def write_tt_conv2d(to, module, x):
    name = onnx_functions.get_conv2d_name(len(module.cores))
    return to.node(name, x, to.constant("spatial", module.spatial), *write_cores(to, module),
                   domain=onnx_functions.DOMAIN, dilations=pair(module.dilation), **window(module))


# --- Layers without weights -----------------------------------------------------------------------


def unary(op_type, **attributes):
    return lambda to, x, inplace=False: to.node(op_type, x, **attributes)


def of_module(write):
    """The writer of a module without weights, from one that takes only x."""
    return lambda to, module, x: write(to, x)


def write_pass(to, x, *_, **__):
    return to.names[x]


def write_max_pool(to, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
                   return_indices=False):
    if return_indices:
        raise ValueError(f"'{to.name}': indices of the largest elements cannot be exported")
    kernel = pair(kernel_size)
    return to.node("MaxPool", x, kernel_shape=kernel, strides=pair(stride or kernel), pads=pair(padding) * 2,
                   dilations=pair(dilation), ceil_mode=int(ceil_mode))


def write_average_pool(to, x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    kernel = pair(kernel_size)
    return to.node("AveragePool", x, kernel_shape=kernel, strides=pair(stride or kernel), pads=pair(padding) * 2,
                   ceil_mode=int(ceil_mode), count_include_pad=int(count_include_pad))


def write_max_pool_module(to, module, x):
    return write_max_pool(to, x, module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode,
                          module.return_indices)


def write_average_pool_module(to, module, x):
    return write_average_pool(to, x, module.kernel_size, module.stride, module.padding, module.ceil_mode,
                              module.count_include_pad)


def write_adaptive_average_pool(to, x, output_size):
    if pair(output_size) != [1, 1]:
        raise ValueError(f"'{to.name}': adaptive pooling to {output_size} cannot be exported, only to 1")
    return to.node("GlobalAveragePool", x)


def write_flatten(to, x, start_dim=0, end_dim=-1):
    shape = get_shape(x)
    if start_dim % len(shape) != 1 or end_dim % len(shape) != len(shape) - 1:
        raise ValueError(f"'{to.name}': flattening axes {start_dim} to {end_dim} cannot be exported, only 1 to -1")
    return to.node("Flatten", x, axis=1)


def write_softmax(to, x, dim=None, **_):
    return to.node("Softmax", x, axis=-1 if dim is None else dim)


def write_reshape(to, x, *shape):
    shape = shape[0] if isinstance(shape[0], (tuple, list)) else shape
    if not all(isinstance(extent, int) for extent in shape):
        raise ValueError(f"'{to.name}': a computed shape cannot be exported; use flatten")
    return to.node("Reshape", x, to.constant("shape", np.asarray(shape, np.int64)))


def write_mean(to, x, dim, keepdim=False):
    return to.node("ReduceMean", x, axes=[dim] if isinstance(dim, int) else list(dim), keepdims=int(keepdim))


def write_where(to, condition, a, b):
    return to.node("Where", condition, to.operand(a), to.operand(b))


def write_sum(to, x, dim, keepdim=False):
    axes = to.constant("axes", np.asarray([dim] if isinstance(dim, int) else dim, np.int64))
    return to.node("ReduceSum", x, axes, keepdims=int(keepdim))


def write_maximum(to, x, dim, keepdim=False):
    return to.node("ReduceMax", x, axes=[dim] if isinstance(dim, int) else list(dim), keepdims=int(keepdim))


def write_square(to, x):
    return to.node("Mul", x, x)


def write_chunk(to, x, chunks, dim=0):
    """The names of equal parts."""
    size, axis = get_shape(x)[dim] // chunks, to.constant("axis", np.int64([dim]))
    if size * chunks != get_shape(x)[dim]:
        raise ValueError(f"'{to.name}': {get_shape(x)[dim]} elements are not {chunks} equal parts")
    bounds = [to.constant(f"bound{n}", np.int64([n * size])) for n in range(chunks + 1)]
    return [to.node("Slice", x, low, high, axis) for low, high in zip(bounds, bounds[1:])]


def write_item(to, parts, index):
    return to.names[parts][index]


def write_concat(to, tensors, dim=0):
    return to.node("Concat", *tensors, axis=dim)


def binary(op_type):
    return lambda to, a, b: to.node(op_type, to.operand(a), to.operand(b))


MODULES = {
    nn.Linear: write_linear, nn.Conv2d: write_conv2d, TTLinear: write_tt_linear, TTConv2d: write_tt_conv2d,
    LinearSVD: write_linear, Conv2dSVD: write_conv2d, LogNormalNoise: write_lognormal_noise,
    PerforatedConv2d: write_perforated_conv2d, LSTM: write_lstm, LSTMSVD: write_lstm, nn.Embedding: write_embedding,
    nn.BatchNorm1d: write_batch_norm, nn.BatchNorm2d: write_batch_norm,
    nn.MaxPool2d: write_max_pool_module, nn.AvgPool2d: write_average_pool_module,
    nn.AdaptiveAvgPool2d: lambda to, module, x: write_adaptive_average_pool(to, x, module.output_size),
    nn.Flatten: lambda to, module, x: write_flatten(to, x, module.start_dim, module.end_dim),
    nn.Softmax: lambda to, module, x: write_softmax(to, x, module.dim),
    nn.ReLU: of_module(unary("Relu")), nn.Sigmoid: of_module(unary("Sigmoid")), nn.Tanh: of_module(unary("Tanh")),
    nn.LeakyReLU: lambda to, module, x: to.node("LeakyRelu", x, alpha=module.negative_slope),
    RobustGate: lambda to, module, elbo: to.node("RobustGate", elbo, domain=onnx_functions.DOMAIN,
                                                 log_epsilon=module.log_epsilon),
    nn.Dropout: of_module(write_pass), nn.Identity: of_module(write_pass),
}
FUNCTIONS = {
    torch.relu: unary("Relu"), functional.relu: unary("Relu"),
    torch.sigmoid: unary("Sigmoid"), torch.tanh: unary("Tanh"),
    operator.add: binary("Add"), torch.add: binary("Add"), operator.sub: binary("Sub"), operator.mul: binary("Mul"),
    torch.mul: binary("Mul"), operator.truediv: binary("Div"), torch.cat: write_concat,
    operator.getitem: write_item, operator.neg: unary("Neg"), torch.exp: unary("Exp"), torch.log: unary("Log"),
    functional.softplus: unary("Softplus"), operator.lt: binary("Less"), operator.gt: binary("Greater"),
    operator.ge: binary("GreaterOrEqual"), operator.le: binary("LessOrEqual"), operator.and_: binary("And"),
    operator.invert: unary("Not"), torch.where: write_where,
    torch.flatten: write_flatten, functional.max_pool2d: write_max_pool, functional.avg_pool2d: write_average_pool,
    functional.adaptive_avg_pool2d: write_adaptive_average_pool, torch.softmax: write_softmax,
    functional.softmax: write_softmax, functional.dropout: write_pass,
}
METHODS = {
    "relu": unary("Relu"), "sigmoid": unary("Sigmoid"), "tanh": unary("Tanh"), "flatten": write_flatten,
    "mean": write_mean, "reshape": write_reshape, "view": write_reshape, "softmax": write_softmax, "add": binary("Add"),
    "chunk": write_chunk, "sum": write_sum, "amax": write_maximum, "exp": unary("Exp"), "square": write_square,
}
