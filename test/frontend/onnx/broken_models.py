# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that nnc refuses. Each is a function; its name is the model's."""
import os

import numpy as np
from models import FLOAT, build, node, scaled_twice, set_external, unary, weights
from onnx import TensorProto, helper

MODELS = {}


def model(function):
    MODELS[function.__name__] = function
    return function


def relu():
    return unary("Relu", out=(2, 3))


# Files.


@model
def empty():
    return b""


@model
def truncated():
    return unary("Conv", (1, 3, 8, 8), initializers={"w": weights(4, 3, 3, 3)}).SerializeToString()[:-40]


@model
def not_protobuf():
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@model
def text():
    return b"this is not a model\n" * 20


@model
def no_graph():
    return helper.make_model(helper.make_graph([], "net", [], []))


@model
def no_operator_set():
    made = relu()
    del made.opset_import[:]
    return made


@model
def opset_5():
    return build([node("Relu", ["x"])], {"x": (2,)}, {"y": (2,)}, opset=5)


@model
def opset_99():
    return build([node("Relu", ["x"])], {"x": (2,)}, {"y": (2,)}, opset=99)


# Graphs.


@model
def cycle():
    return build([node("Add", ["x", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second")],
                 {"x": (2,)}, {"b": (2,)})


@model
def undefined():
    return build([node("Add", ["x", "z"], name="sum")], {"x": (2,)}, {"y": (2,)})


@model
def defined_twice():
    return build([node("Relu", ["x"], name="first"), node("Relu", ["x"], name="second")],
                 {"x": (2,)}, {"y": (2,)})


@model
def two_initializers():
    made = unary("Add", initializers={"b": weights(3)})
    made.graph.initializer.append(made.graph.initializer[0])
    return made


@model
def missing_output():
    return build([node("Relu", ["x"])], {"x": (2,)}, {"z": (2,)})


@model
def no_outputs():
    return build([node("Relu", ["x"])], {"x": (2,)}, {})


@model
def extra_output():
    return build([node("Relu", ["x"], ["y", "z"])], {"x": (2,)}, {"y": (2,)})


@model
def wrong_output_shape():
    return build([node("Relu", ["x"])], {"x": (2, 3)}, {"y": (2, 4)})


@model
def wrong_output_type():
    return build([node("Relu", ["x"])], {"x": (2, 3)}, {"y": (TensorProto.INT32, (2, 3))})


@model
def empty_result():
    return unary("Slice", (4,), initializers={"s": np.array([2]), "e": np.array([2])})


@model
def no_shape():
    made = relu()
    made.graph.input[0].type.tensor_type.ClearField("shape")
    return made


@model
def sequence_input():
    made = relu()
    made.graph.input[0].CopyFrom(helper.make_tensor_sequence_value_info("x", FLOAT, (2, 3)))
    return made


@model
def negative_input():
    return build([node("Relu", ["x"])], {"x": (2, -3)}, {"y": None})


@model
def huge_input():
    return build([node("Relu", ["x"])], {"x": (2**31 - 1, 2**31 - 1, 2**31 - 1)}, {"y": None})


@model
def float8_input():
    return build([node("Cast", ["x"], to=FLOAT)], {"x": (TensorProto.FLOAT8E5M2, (2,))}, {"y": (2,)})


@model
def unknown_type():
    return build([node("Relu", ["x"])], {"x": (77, (2,))}, {"y": None})


# Initializers.


@model
def short_initializer():
    made = unary("Add", initializers={"b": weights(3)})
    made.graph.initializer[0].dims[0] = 4
    return made


@model
def negative_dims():
    made = unary("Add", initializers={"b": weights(3)})
    made.graph.initializer[0].dims[0] = -3
    return made


@model
def overflowing_dims():
    made = unary("Add", initializers={"b": weights(3)})
    made.graph.initializer[0].dims[:] = [2**32, 2**32, 3]
    return made


@model
def overflowing_shape():
    return build([node("ConstantOfShape", ["s"])], {}, {"y": None}, {"s": np.array([2**32, 2**32])})


@model
def string_initializer():
    made = unary("Identity")
    made.graph.initializer.append(helper.make_tensor("s", TensorProto.STRING, [1], [b"text"]))
    made.graph.node[0].input[0] = "s"
    return made


# External data.


def with_external(path, location, offset=None, length=None, size=512):
    array = weights(8, 16)
    made = build([node("MatMul", ["x", "w"])], {"x": (2, 8)}, {"y": (2, 16)}, {"w": array})
    path.with_suffix(".bin").write_bytes(array.tobytes()[:size])
    set_external(made.graph.initializer[0], location, offset, length)
    return made


@model
def external_absent(path):
    return with_external(path, "absent.bin")


@model
def external_short(path):
    return with_external(path, path.with_suffix(".bin").name, size=100)


@model
def external_offset(path):
    return with_external(path, path.with_suffix(".bin").name, offset=2**63, length=512)


@model
def external_negative(path):
    return with_external(path, path.with_suffix(".bin").name, offset=-4)


@model
def external_length(path):
    return with_external(path, path.with_suffix(".bin").name, length=100)


@model
def external_parent(path):
    return with_external(path, "../" + path.parent.name + "/" + path.with_suffix(".bin").name)


@model
def external_absolute(path):
    return with_external(path, str(path.with_suffix(".bin").resolve()))


@model
def external_link(path):
    link = path.with_suffix(".link")
    if link.is_symlink():
        link.unlink()
    os.symlink("/etc/hostname", link)
    return with_external(path, link.name)


@model
def external_folder(path):
    path.with_suffix(".folder").mkdir(exist_ok=True)
    return with_external(path, path.with_suffix(".folder").name)


# Nodes.


@model
def unsupported():
    """Operators of several kinds, and a supported one that reads them."""
    made = build([node("NonZero", ["x"], ["i"], "find"), node("Relu", ["i"], ["j"], "after"),
                  node("GRU", ["x", "x", "x"], ["l"], "cell", hidden_size=3),
                  node("Fancy", ["x"], ["f"], "custom", domain="com.example"),
                  node("Conv", ["v", "k"], ["c"], "volume"),
                  node("QuantizeLinear", ["x", "s"], ["q"], "quantize"),
                  node("Blur", ["x"], ["u"], "blur")],
                 {"x": (2, 3), "v": (1, 1, 4, 4, 4)}, {"j": None, "c": None},
                 {"k": weights(1, 1, 2, 2, 2), "s": np.float32(1)},
                 domains=[helper.make_opsetid("com.example", 1)])
    return made


@model
def control_flow():
    branch = helper.make_graph([node("Relu", ["x"], ["r"])], "then", [],
                               [helper.make_tensor_value_info("r", FLOAT, (2,))])
    return build([node("If", ["c"], name="choice", then_branch=branch)],
                 {"x": (2,), "c": (TensorProto.BOOL, ())}, {"y": (2,)})


@model
def wrong_channels():
    return unary("Conv", (1, 3, 8, 8), initializers={"w": weights(4, 2, 3, 3)})


@model
def wrong_rank():
    return unary("Conv", (1, 3, 8, 8), initializers={"w": weights(4, 3, 3)})


@model
def large_filter():
    return unary("Conv", (1, 3, 4, 4), initializers={"w": weights(4, 3, 7, 7)})


@model
def pads_beyond_window():
    return unary("MaxPool", (1, 3, 8, 8), kernel_shape=[2, 2], pads=[2, 0, 0, 0])


@model
def zero_stride():
    return unary("MaxPool", (1, 3, 8, 8), kernel_shape=[2, 2], strides=[0, 1])


@model
def huge_pads():
    return unary("Conv", (1, 3, 8, 8), initializers={"w": weights(4, 3, 3, 3)}, pads=[2**62] * 4)


@model
def wrong_attribute_type():
    return unary("Softmax", axis=1.5)


@model
def unknown_attribute():
    return unary("Relu", speed=3)


@model
def unknown_choice():
    return unary("Conv", (1, 3, 8, 8), initializers={"w": weights(4, 3, 3, 3)}, auto_pad="SOME")


@model
def missing_attribute():
    return unary("Concat")


@model
def axis_out_of_range():
    return unary("Softmax", axis=2)


@model
def too_many_inputs():
    return build([node("Relu", ["x", "x"])], {"x": (2,)}, {"y": (2,)})


@model
def left_out_input():
    return build([node("Add", ["x", ""])], {"x": (2,)}, {"y": (2,)})


@model
def newer_inputs():
    """Since version 11, Clip's limits are inputs; before, they were attributes."""
    return unary("Clip", opset=9, initializers={"low": np.float32(0)})


@model
def left_out_bounds():
    return build([node("Slice", ["x"], name="layer")], {"x": (2,)}, {"y": (2,)})


@model
def newer_operator():
    return unary("Gelu", opset=13)


@model
def no_broadcast():
    return unary("Add", initializers={"b": weights(4)})


@model
def mixed_types():
    return unary("Add", initializers={"b": weights(3, dtype=np.float64)})


@model
def wrong_reshape():
    return unary("Reshape", initializers={"s": np.array([4, -1])})


@model
def computed_shape():
    return build([node("Reshape", ["x", "s"])], {"x": (2, 3), "s": (TensorProto.INT64, (2,))},
                 {"y": None})


@model
def index_out_of_range():
    return unary("Gather", initializers={"i": np.array([0, 2])})


@model
def wrong_matmul():
    return unary("MatMul", initializers={"w": weights(4, 5)})


def einsum(equation, *shapes):
    names = [f"x{i}" for i in range(len(shapes))]
    attributes = {} if equation is None else {"equation": equation}
    return build([node("Einsum", names, name="layer", **attributes)], dict(zip(names, shapes)), {"y": None})


@model
def einsum_without_equation():
    return einsum(None, (2, 3))


@model
def einsum_character():
    return einsum("i1->i", (2, 3))


@model
def einsum_terms():
    return einsum("ij,jk->ik", (2, 3))


@model
def einsum_rank():
    return einsum("ijk->i", (2, 3))


@model
def einsum_extents():
    return einsum("ij,jk->ik", (2, 3), (4, 5))


@model
def einsum_ellipses():
    return einsum("...i,...i->...", (2, 3), (4, 2, 3))


@model
def einsum_ellipsis_extents():
    return einsum("...i,...i->...", (2, 3), (4, 3))


@model
def einsum_lost_ellipsis():
    return einsum("...i->i", (2, 3))


@model
def einsum_unknown_index():
    return einsum("ij->ik", (2, 3))


@model
def einsum_index_twice():
    return einsum("ij->ii", (2, 3))


@model
def wrong_split():
    return build([node("Split", ["x"], ["y", "z"], axis=1)], {"x": (2, 3)}, {"y": None}, opset=13)


@model
def cubic():
    return unary("Resize", (1, 1, 4, 4), mode="cubic",
                 initializers={"": np.zeros(0), "scales": np.array([1, 1, 2, 2], np.float32)})


# Recurrent layers.


def lstm(extra=None, names=("w", "r"), r=(1, 8, 2), lengths=None, **attributes):
    values = {"w": weights(1, 8, 3), "r": weights(*r), "p": weights(1, 6), "lengths": lengths}
    inputs = {"x": (4, 1, 3)} | (extra or {})
    return build([node("LSTM", ["x", *names], ["y"], "layer", hidden_size=2, **attributes)], inputs, {"y": None},
                 {name: value for name, value in values.items() if name in names and name not in inputs})


@model
def lstm_peepholes():
    return lstm(names=("w", "r", "", "", "", "", "p"))


@model
def lstm_clip():
    return lstm(clip=1.0)


@model
def lstm_coupled():
    return lstm(input_forget=1)


@model
def lstm_lengths():
    return lstm(names=("w", "r", "", "lengths"), lengths=np.array([3], np.int32))


@model
def lstm_activation():
    return lstm(activations=["Sigmoid", "Softsign", "Tanh"])


@model
def lstm_activations():
    return lstm(activations=["Sigmoid"])


@model
def lstm_recurrent():
    return lstm(r=(1, 8, 3))


@model
def lstm_computed():
    return lstm(extra={"w": (1, 8, 3)})


# Functions.


@model
def function_cycle():
    inner = helper.make_function("nnc", "f", ["a"], ["b"], [
        helper.make_node("f", ["a"], ["b"], domain="nnc")], [helper.make_opsetid("nnc", 1)])
    return build([node("f", ["x"], domain="nnc", name="call")], {"x": (2,)}, {"y": (2,)},
                 functions=[inner], domains=[helper.make_opsetid("nnc", 1)])


@model
def function_explosion():
    """Each function calls the next twice: 2^40 nodes."""
    functions = []
    for level in range(40):
        callee = ("Relu", "") if level == 39 else (f"f{level + 1}", "nnc")
        functions.append(helper.make_function("nnc", f"f{level}", ["a"], ["c"], [
            helper.make_node(callee[0], ["a"], ["b"], domain=callee[1]),
            helper.make_node(callee[0], ["b"], ["c"], domain=callee[1])],
            [helper.make_opsetid("", 17), helper.make_opsetid("nnc", 1)]))
    return build([node("f0", ["x"], domain="nnc", name="call")], {"x": (2,)}, {"y": (2,)},
                 functions=functions, domains=[helper.make_opsetid("nnc", 1)])


@model
def function_inputs():
    return build([node("scale", ["x", "x"], domain="nnc", name="call")], {"x": (2,)}, {"y": (2,)},
                 functions=scaled_twice(), domains=[helper.make_opsetid("nnc", 1)])


@model
def function_refused():
    inner = helper.make_function("nnc", "f", ["a"], ["b"], [
        helper.make_node("Det", ["a"], ["b"], name="inner")], [helper.make_opsetid("", 17)])
    return build([node("f", ["x"], domain="nnc", name="call")], {"x": (2, 2)}, {"y": None},
                 functions=[inner], domains=[helper.make_opsetid("nnc", 1)])
