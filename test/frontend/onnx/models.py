# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that nnc imports. Each is a function; its name is the model's."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

MODELS = {}
# Models that other engines do not run as they are: checked as text.
TEXT_MODELS = {}
FLOAT = TensorProto.FLOAT


def model(function):
    MODELS[function.__name__] = function
    return function


def text_model(function):
    TEXT_MODELS[function.__name__] = function
    return function


def weights(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def build(nodes, inputs, outputs, initializers=None, opset=17, **others):
    """`inputs` and `outputs` are {name: shape} or {name: (type, shape)}; `initializers` {name: array}."""
    def info(name, value):
        typed = isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], tuple)
        return helper.make_tensor_value_info(name, *(value if typed else (FLOAT, value)))

    def infos(values):
        return [info(name, value) for name, value in values.items()]

    tensors = [numpy_helper.from_array(np.asarray(array), name)
               for name, array in (initializers or {}).items()]
    graph = helper.make_graph(nodes, "net", infos(inputs), infos(outputs), tensors)
    opsets = [helper.make_opsetid("", opset)] + others.pop("domains", [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **others)


def node(op, inputs, outputs=("y",), name=None, **attributes):
    return helper.make_node(op, list(inputs), list(outputs), name=name, **attributes)


def unary(op, shape=(2, 3), opset=17, initializers=None, out=None, **attributes):
    """One node with input x, the initializers, and output y."""
    inputs = ["x", *(initializers or {})]
    return build([node(op, inputs, name="layer", **attributes)], {"x": shape}, {"y": out}, initializers, opset)


# Convolutions and pools.


@model
def conv():
    return unary("Conv", (1, 3, 8, 8), initializers={"w": weights(4, 3, 3, 3), "b": weights(4)},
                 pads=[1, 1, 1, 1], strides=[2, 2])


@model
def conv_1d():
    return unary("Conv", (1, 4, 9), initializers={"w": weights(6, 2, 3)}, group=2, dilations=[2])


@model
def conv_same_lower():
    return unary("Conv", (1, 2, 7, 6), initializers={"w": weights(3, 2, 4, 2)},
                 auto_pad="SAME_LOWER", strides=[2, 2])


@model
def conv_splat():
    shape = numpy_helper.from_array(np.array([4, 3, 1, 1]))
    value = helper.make_tensor("v", FLOAT, [1], [0.5])
    return build([node("Constant", [], ["s"], "shape", value=shape),
                  node("ConstantOfShape", ["s"], ["w"], "weight", value=value),
                  node("Conv", ["x", "w"])], {"x": (1, 3, 4, 4)}, {"y": (1, 4, 4, 4)})


@model
def conv_transpose_shape():
    return unary("ConvTranspose", (1, 2, 3, 3), initializers={"w": weights(2, 3, 3, 3)},
                 output_shape=[10, 8], strides=[3, 2])


@model
def conv_transpose_1d():
    return unary("ConvTranspose", (1, 4, 5), initializers={"w": weights(4, 1, 3), "b": weights(2)},
                 group=2, strides=[2], output_padding=[1], pads=[1, 0])


@model
def max_pool_ceil():
    return unary("MaxPool", (1, 2, 7, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 0, 1],
                 ceil_mode=1)


@model
def average_pool_counted():
    return unary("AveragePool", (1, 2, 7, 5), kernel_shape=[3, 2], strides=[2, 2],
                 pads=[1, 1, 1, 0], count_include_pad=1)


@model
def average_pool_1d():
    return unary("AveragePool", (1, 2, 9), kernel_shape=[3], pads=[1, 1])


@model
def global_pools():
    return build([node("GlobalAveragePool", ["x"], ["a"]), node("GlobalMaxPool", ["x"], ["m"]),
                  node("Concat", ["a", "m"], axis=1)], {"x": (1, 3, 4, 5)}, {"y": (1, 6, 1, 1)})


# Normalization.


@model
def batch_norm_7():
    statistics = {"s": weights(3), "b": weights(3, seed=1), "m": weights(3, seed=2),
                  "v": np.abs(weights(3, seed=3)) + 1}
    return unary("BatchNormalization", (2, 3, 4, 4), 7, statistics, epsilon=0.01, momentum=0.9,
                 spatial=1)


@model
def lrn():
    return unary("LRN", (1, 6, 3, 3), size=5, alpha=0.1)


@model
def softmax_9():
    return unary("Softmax", (2, 3, 4), 9, axis=1)


@model
def softmax_13():
    return unary("Softmax", (2, 3, 4), 13, axis=1)


@model
def group_norm_18():
    return unary("GroupNormalization", (2, 4, 3, 3), 18, {"s": weights(2), "b": weights(2, seed=1)},
                 num_groups=2)


# Matrix products.


@model
def gemm():
    return unary("Gemm", (2, 3), initializers={"w": weights(4, 3), "b": weights(4)}, transB=1)


@model
def gemm_scaled():
    return unary("Gemm", (3, 2), initializers={"w": weights(3, 4), "b": weights(2, 1)}, transA=1,
                 alpha=0.5, beta=2.0)


@model
def gemm_6():
    return unary("Gemm", (2, 3), 6, {"w": weights(3, 4), "b": weights(4)}, broadcast=1)


@model
def matmul_weight():
    return unary("MatMul", (2, 5, 3), initializers={"w": weights(3, 4)})


@model
def matmul_batched():
    return build([node("MatMul", ["a", "b"])], {"a": (2, 1, 3, 4), "b": (5, 4, 2)},
                 {"y": (2, 5, 3, 2)})


def einsum(equation, *shapes, constants=()):
    """Operands x0, x1, ...; those of the numbers in `constants` are weights."""
    names = [f"x{i}" for i in range(len(shapes))]
    inputs = {name: shape for i, (name, shape) in enumerate(zip(names, shapes)) if i not in constants}
    fixed = {names[i]: weights(*shapes[i], seed=i) for i in constants}
    return build([node("Einsum", names, name="layer", equation=equation)], inputs, {"y": None}, fixed)


@model
def einsum_weight():
    return einsum("bi,oi->bo", (2, 3), (4, 3), constants=[1])


@model
def einsum_batched():
    return einsum("bhqd, bhkd -> bhqk", (2, 3, 4, 5), (2, 3, 6, 5))


@model
def einsum_implicit():
    return einsum("cb,ba", (2, 3), (3, 4))


@model
def einsum_broadcast():
    return einsum("...ij,...jk->...ik", (2, 1, 3, 4), (1, 5, 4, 2))


@model
def einsum_sums_broadcast():
    return einsum("a...,a...b->b...", (3, 1, 2), (3, 4, 2, 5))


@model
def einsum_outer():
    return einsum("i,j->ji", (3,), (4,))


@model
def einsum_elementwise():
    return einsum("ij,ji->ij", (3, 4), (4, 3))


@model
def einsum_scalar():
    return einsum("ij,ij->", (3, 4), (3, 4))


@model
def einsum_diagonals():
    return einsum("...ii,iki->...k", (2, 3, 3), (3, 4, 3))


@model
def einsum_trace():
    return einsum("iji->", (3, 2, 3))


@model
def einsum_chain():
    return einsum("ab,bc,cd,de->ae", (2, 3), (3, 4), (4, 5), (5, 2), constants=[1, 3])


@model
def einsum_train():
    return einsum("qyjr,rzks,pxiq,bxyz->bijk", (3, 4, 2, 2), (2, 2, 3, 1), (1, 3, 2, 3), (5, 3, 4, 2), constants=[0, 1, 2])


@model
def gather_only_element():
    return build([node("Gather", ["x", "i"], axis=1)], {"x": (2, 1, 3)}, {"y": (2, 3)}, {"i": np.array(-1)})


@model
def matmul_vectors():
    return build([node("MatMul", ["a", "b"], ["r"]), node("MatMul", ["r", "a"])],
                 {"a": (4,), "b": (2, 4, 4)}, {"y": (2,)})


# Versions of operators.


@model
def clip_6():
    return unary("Clip", opset=6, min=-0.5)


@model
def clip_13():
    return unary("Clip", opset=13, initializers={"low": np.float32(-0.5), "high": np.float32(0.5)})


@model
def slice_9():
    return unary("Slice", (4, 5), 9, starts=[1, -3], ends=[3, 1000], axes=[0, 1])


@model
def slice_backwards():
    return unary("Slice", (4, 7), 13, {"starts": np.array([-1, 1]), "ends": np.array([-1000, 6]),
                                       "axes": np.array([1, 0]), "steps": np.array([-2, 2])})


@model
def pad_2():
    return unary("Pad", (2, 3), 9, pads=[1, 0, -1, 2], value=1.5)


@model
def pad_reflect():
    return unary("Pad", (4, 3), 13, {"pads": np.array([2, 0, 1, 2])}, mode="reflect")


@model
def squeeze_11():
    return unary("Squeeze", (1, 3, 1), 11, axes=[-1])


@model
def unsqueeze_13():
    return unary("Unsqueeze", (3,), 13, {"axes": np.array([0, -1])})


@model
def split_11():
    return build([node("Split", ["x"], ["a", "b"], axis=1, split=[1, 2]), node("Mul", ["a", "b"])],
                 {"x": (2, 3)}, {"y": (2, 2)}, opset=11)


@model
def split_18():
    return build([node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2),
                  node("Concat", ["b", "a"], axis=1)], {"x": (2, 5)}, {"y": (2, 5)}, opset=18)


@model
def reduce_sum_11():
    return unary("ReduceSum", (2, 3, 4), 11, axes=[-1, 0], keepdims=0)


@model
def reduce_mean_18():
    return unary("ReduceMean", (2, 3, 4), 18, {"axes": np.array([1])})


@model
def reduce_log_sum_exp():
    return unary("ReduceLogSumExp", (2, 3, 4), 13, axes=[1], keepdims=0)


@model
def upsample_9():
    return unary("Upsample", (1, 2, 3, 3), 9, {"scales": np.array([1, 1, 2, 2], np.float32)})


@model
def resize_10():
    return unary("Resize", (1, 2, 3, 4), 10, {"scales": np.array([1, 1, 1.5, 2], np.float32)},
                 mode="linear")


@model
def resize_sizes():
    return build([node("Resize", ["x", "", "", "sizes"], mode="linear")], {"x": (1, 2, 4, 4)},
                 {"y": (1, 2, 7, 3)}, {"sizes": np.array([1, 2, 7, 3])})


@model
def dropout_7():
    return unary("Dropout", opset=7, ratio=0.3)


@text_model
def add_6():
    return build([node("Add", ["x", "b"], broadcast=1, axis=1)], {"x": (2, 3, 4)}, {"y": (2, 3, 4)},
                 {"b": weights(3)}, 6)


# Elements.


@model
def activations():
    names = ["Relu", "LeakyRelu", "Elu", "Selu", "HardSigmoid", "HardSwish", "Softplus", "Softsign",
             "Sigmoid", "Tanh", "Erf"]
    nodes = [node(op, ["x"], [op]) for op in names]
    return build([*nodes, node("Concat", names, axis=0)], {"x": (2, 9)}, {"y": (2 * len(names), 9)})


@model
def powers():
    return build([node("Pow", ["x", "two"], ["square"]), node("Abs", ["x"], ["size"]),
                  node("Pow", ["size", "half"], ["root"]), node("Add", ["square", "root"])],
                 {"x": (2, 3)}, {"y": (2, 3)}, {"two": np.float32(2), "half": np.float32(0.5)})


@model
def unsigned():
    return build([node("Div", ["x", "three"], ["d"]), node("Cast", ["d"], to=FLOAT)],
                 {"x": (TensorProto.UINT8, (5,))}, {"y": (5,)}, {"three": np.uint8(3)})


@model
def unsigned_result():
    return build([node("Max", ["x", "limit"])], {"x": (TensorProto.UINT8, (5,))},
                 {"y": (TensorProto.UINT8, (5,))}, {"limit": np.uint8(200)})


@model
def choose():
    return build([node("Less", ["x", "zero"], ["c"]), node("Not", ["c"], ["n"]),
                  node("Where", ["n", "x", "zero"])], {"x": (2, 3)}, {"y": (2, 3)},
                 {"zero": np.float32(0)})


@model
def modulo():
    return build([node("Mod", ["x", "three"], ["m"]), node("Neg", ["three"], ["minus"]),
                  node("Mod", ["x", "minus"], ["n"]), node("Sub", ["m", "n"])],
                 {"x": (TensorProto.INT32, (6,))}, {"y": (TensorProto.INT32, (6,))},
                 {"three": np.int32(3)})


# Shapes.


@model
def shape_arithmetic():
    """Flattens all but the last dimension by computing with shapes, as exporters do."""
    return build([node("Shape", ["x"], ["s"]), node("Gather", ["s", "last"], ["n"]),
                  node("Unsqueeze", ["n", "zero"], ["n1"]), node("Neg", ["one"], ["minus"]),
                  node("Concat", ["minus", "n1"], ["target"], axis=0),
                  node("Reshape", ["x", "target"])], {"x": (2, 3, 4)}, {"y": (6, 4)},
                 {"last": np.array(-1), "zero": np.array([0]), "one": np.array([1])})


@model
def range_floor():
    """A table of positions from a range, a cast, a division and a floor."""
    return build([node("Shape", ["x"], ["s"]), node("Slice", ["s", "zero", "one"], ["n"]),
                  node("Squeeze", ["n"], ["n0"]), node("Range", ["start", "n0", "step"], ["r"]),
                  node("Cast", ["r"], ["f"], to=FLOAT), node("Div", ["f", "two"], ["h"]),
                  node("Floor", ["h"], ["l"]), node("Cast", ["l"], ["i"], to=TensorProto.INT64),
                  node("Gather", ["x", "i"], axis=0)], {"x": (5, 2)}, {"y": (5, 2)},
                 {"zero": np.array([0]), "one": np.array([1]), "start": np.array(0),
                  "step": np.array(1), "two": np.float32(2)})


@model
def expand_where():
    """The shape of an Expand in which -1 was replaced: Equal, ConstantOfShape, Where."""
    return build([node("Shape", ["wanted"], ["n"]), node("ConstantOfShape", ["n"], ["zeros"]),
                  node("Cast", ["zeros"], ["none"], to=TensorProto.INT64),
                  node("Add", ["none", "one"], ["ones"]),
                  node("Equal", ["wanted", "minus"], ["open"]),
                  node("Where", ["open", "ones", "wanted"], ["target"]),
                  node("Expand", ["x", "target"])], {"x": (3, 1)}, {"y": (2, 3, 4)},
                 {"wanted": np.array([2, -1, 4]), "minus": np.array(-1), "one": np.array(1)})


@text_model
def symbols():
    """Open dimensions: the batch in front, and a length that needs a number."""
    return build([node("Relu", ["x"])], {"x": ("N", "length", 3)}, {"y": ("N", "length", 3)})


@text_model
def batch():
    return build([node("Relu", ["x"])], {"x": ("N", 3)}, {"y": ("N", 3)})


@text_model
def unnamed_dimension():
    return build([node("Relu", ["x"])], {"x": (2, None)}, {"y": (2, None)})


# Recurrent layers.


def lstm(steps, batch, inputs, units, directions=1, given=(), opset=17, shape=None, **attributes):
    """An LSTM with outputs y, h, c; `given` names the optional inputs."""
    values = {"w": weights(directions, 4 * units, inputs, seed=1) / 2, "r": weights(directions, 4 * units, units, seed=2) / 3,
              "b": weights(directions, 8 * units, seed=3) / 4, "lengths": np.full(batch, steps, np.int32)}
    is_first = attributes.get("layout", 0)
    states = (batch, directions, units) if is_first else (directions, batch, units)
    for seed, name in enumerate(("h0", "c0")):
        values[name] = weights(*states, seed=4 + seed)
    names = [name if name in ("w", "r", *given) else "" for name in ("w", "r", "b", "lengths", "h0", "c0")]
    sequence = (batch, steps, directions, units) if is_first else (steps, directions, batch, units)
    return build([node("LSTM", ["x", *names], ["y", "h", "c"], "cell", hidden_size=units, **attributes)],
                 {"x": (batch, steps, inputs) if is_first else (steps, batch, inputs)},
                 {"y": sequence, "h": states, "c": states}, {n: v for n, v in values.items() if n in names}, opset)


@model
def lstm_plain():
    return lstm(5, 1, 3, 16)


@model
def lstm_everything():
    return lstm(6, 3, 5, 20, 2, ("b", "lengths", "h0", "c0"), direction="bidirectional")


@model
def lstm_reverse_7():
    return lstm(4, 2, 3, 7, given=("b", "c0"), opset=7, direction="reverse")


@model
def lstm_degenerate():
    return lstm(3, 1, 1, 1, given=("b",))


@model
def lstm_one_step():
    return lstm(1, 2, 4, 33, given=("h0",))


@model
def lstm_hard_sigmoid():
    return lstm(4, 1, 3, 9, 2, ("b",), direction="bidirectional", activation_alpha=[1 / 6], activation_beta=[0.5],
                activations=["HardSigmoid", "Tanh", "Tanh", "Sigmoid", "Tanh", "Tanh"])


@model
def lstm_layout():
    """Batch first, which onnxruntime does not have: between transposes."""
    made = lstm(4, 2, 3, 8, given=("b",))
    made.graph.node.insert(0, node("Transpose", ["t"], ["x"], "before", perm=[1, 0, 2]))
    made.graph.input[0].CopyFrom(helper.make_tensor_value_info("t", FLOAT, (2, 4, 3)))
    return made


# Functions.


def scaled_twice():
    """twice(a, optional b) {factor = 2} = factor * a (+ b), by way of an inner function."""
    scale = helper.make_function("nnc", "scale", ["v"], ["w"], [
        helper.make_node("Constant", [], ["f"]), helper.make_node("Mul", ["v", "f"], ["w"])],
        [helper.make_opsetid("", 17)], ["factor"])
    reference = scale.node[0].attribute.add()
    reference.name, reference.ref_attr_name, reference.type = "value_float", "factor", 1
    call = helper.make_node("scale", ["a"], ["p"], domain="nnc", name="inner")
    passed = call.attribute.add()
    passed.name, passed.ref_attr_name, passed.type = "factor", "factor", 1
    twice = helper.make_function("nnc", "twice", ["a", "b"], ["r"], [
        call, helper.make_node("Max", ["p", "p"], ["r"])],
        [helper.make_opsetid("", 17), helper.make_opsetid("nnc", 1)],
        attribute_protos=[helper.make_attribute("factor", 2.0)])
    return [scale, twice]


@model
def functions():
    return build([node("twice", ["x"], ["t"], "first", domain="nnc"),
                  node("twice", ["t"], ["y"], "second", domain="nnc", factor=3.0)],
                 {"x": (2, 3)}, {"y": (2, 3)}, functions=scaled_twice(),
                 domains=[helper.make_opsetid("nnc", 1)])


@model
def initializer_input():
    """Before format version 4, weights are inputs, too."""
    return build([node("Add", ["x", "b"])], {"x": (2, 3), "b": (3,)}, {"y": (2, 3)},
                 {"b": weights(3)})


@model
def external(path):
    array = weights(8, 16)
    made = build([node("MatMul", ["x", "w"])], {"x": (2, 8)}, {"y": (2, 16)}, {"w": array})
    path.with_suffix(".bin").write_bytes(b"head" + array.tobytes())
    set_external(made.graph.initializer[0], path.with_suffix(".bin").name, 4, array.nbytes)
    return made


def set_external(tensor, location, offset=None, length=None):
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        if value is not None:
            tensor.external_data.add(key=key, value=str(value))


@model
def typed_data():
    """Initializers in the typed fields instead of as raw bytes."""
    made = build([node("Add", ["x", "b"], ["t"]), node("Cast", ["h"], ["c"], to=FLOAT),
                  node("Add", ["t", "c"])], {"x": (2, 3)}, {"y": (2, 3)})
    made.graph.initializer.append(helper.make_tensor("b", FLOAT, [3], [1.0, 2.0, 3.0]))
    made.graph.initializer.append(helper.make_tensor("h", TensorProto.FLOAT16, [3], [0.5, 1.5, -2]))
    return made
