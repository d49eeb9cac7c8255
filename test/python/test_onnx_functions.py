# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ONNX functions of the domain nnc, run by onnxruntime, against dense reconstruction."""

from math import prod

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from nnc import onnx_functions, tensor_train


def run(operator, x, weights, output_rank, **attributes):
    node = helper.make_node(operator, ["x", *weights], ["y"], domain="nnc", **attributes)
    initializers = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * output_rank)]
    model = onnx_functions.make_model(helper.make_graph([node], "g", inputs, outputs, initializers))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def name_cores(cores):
    return {f"core{k + 1}": core for k, core in enumerate(cores)}


@pytest.mark.parametrize("input_modes, output_modes, ranks", [
    ((6,), (5,), (1, 1)), ((2, 3), (4, 5), (1, 3, 1)), ((4, 1, 3), (2, 7, 5), (1, 2, 5, 1)),
    ((2, 3, 2, 2), (3, 1, 2, 2), (1, 4, 3, 2, 1)), ((2,) * 10, (2,) * 10, (1, *[2] * 9, 1))])
@pytest.mark.parametrize("leading", [(1,), (7,), (2, 3)])
def test_tt_linear(input_modes, output_modes, ranks, leading):
    random = np.random.default_rng(1)
    cores = [random.standard_normal(shape) for shape in zip(ranks[:-1], input_modes, output_modes, ranks[1:])]
    bias = random.standard_normal(prod(output_modes))
    x = random.standard_normal((*leading, prod(input_modes))).astype(np.float32)
    y = run(f"TTLinear{len(cores)}", x, {**name_cores(cores), "bias": bias}, len(leading) + 1)
    expected = x @ tensor_train.reconstruct(cores) + bias
    np.testing.assert_allclose(y, expected, atol=1e-5 * np.abs(expected).max())


def convolve(x, kernel, strides, pads, dilations):
    """Conv of B x C x H x W with KH x KW x C x S by plain sums."""
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    height, width = ((x.shape[2 + k] - dilations[k] * (kernel.shape[k] - 1) - 1) // strides[k] + 1 for k in range(2))
    y = 0
    for i, j in np.ndindex(*kernel.shape[:2]):
        top, left = i * dilations[0], j * dilations[1]
        window = x[:, :, top:top + strides[0] * height:strides[0], left:left + strides[1] * width:strides[1]]
        y = y + np.einsum("bchw,cs->bshw", window[:, :, :height, :width], kernel[i, j])
    return y


@pytest.mark.parametrize("inputs, outputs, ranks", [
    ((6,), (5,), (3, 1)), ((2, 3), (4, 2), (5, 3, 1)), ((2, 2, 3), (3, 2, 2), (4, 3, 2, 1)),
    ((6, 1), (1, 8), (3, 4, 1))])
@pytest.mark.parametrize("strides, pads, dilations", [
    ((1, 1), (0, 0, 0, 0), (1, 1)), ((2, 1), (1, 0, 2, 1), (1, 2))])
def test_tt_conv2d(inputs, outputs, ranks, strides, pads, dilations):
    random = np.random.default_rng(2)
    spatial = random.standard_normal((3, 2, ranks[0]))
    cores = [random.standard_normal(shape) for shape in zip(ranks[:-1], inputs, outputs, ranks[1:])]
    bias = random.standard_normal(prod(outputs))
    x = random.standard_normal((2, prod(inputs), 9, 8)).astype(np.float32)
    weights = {"spatial": spatial, **name_cores(cores), "bias": bias}
    y = run(f"TTConv2d{len(cores)}", x, weights, 4, strides=strides, pads=pads, dilations=dilations)
    kernel = tensor_train.reconstruct_filter(spatial, cores)
    expected = convolve(x, kernel, strides, pads, dilations) + bias[:, None, None]
    np.testing.assert_allclose(y, expected, atol=1e-5 * np.abs(expected).max())


def test_one_function_serves_all_calls_with_as_many_cores():
    nodes = [helper.make_node(name, ["x"], [name], domain="nnc") for name in ("TTLinear2", "TTConv2d2", "TTLinear3")]
    functions = onnx_functions.make_functions(helper.make_graph([*nodes, nodes[0]], "g", [], []))
    assert [function.name for function in functions] == ["TTLinear2", "TTConv2d2", "TTLinear3"]
