"""Writes a layer with random zeros in its weight as nnc's own text.

    sparse_layer.py FILE linear ROWS INPUTS OUTPUTS ZEROS
    sparse_layer.py FILE conv IMAGES ROWS COLUMNS CHANNELS OUTPUTS WINDOW STRIDE DILATION PAD ZEROS

ZEROS is the share of zeros.
"""

import sys
from pathlib import Path

import numpy as np


def print_type(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def print_constant(name, array):
    return f'  %{name} = arith.constant dense<"0x{array.tobytes().hex().upper()}"> : {print_type(array.shape)}'


def make_layer(kind, numbers):
    """Shapes of input, weight and output, and the operation."""
    if kind == "linear":
        rows, inputs, outputs = numbers
        return (rows, inputs), (inputs, outputs), (rows, outputs), "nnc.linear %x, %w bias(%b)"
    images, rows, columns, channels, outputs, window, stride, dilation, pad = numbers
    extents = [(extent + 2 * pad - dilation * (window - 1) - 1) // stride + 1 for extent in (rows, columns)]
    attributes = (f"strides = array<i64: {stride}, {stride}>, dilations = array<i64: {dilation}, {dilation}>, "
                  f"pads = array<i64: {pad}, {pad}, {pad}, {pad}>")
    return ((images, rows, columns, channels), (window, window, channels, outputs), (images, *extents, outputs),
            f"nnc.conv2d %x, %w bias(%b) {{{attributes}}}")


path, kind, *numbers, zeros = sys.argv[1:]
x, w, y, operation = make_layer(kind, [int(number) for number in numbers])
random = np.random.default_rng(1)
weight = (random.standard_normal(w) * (random.random(w) >= float(zeros))).astype("<f4")
bias = random.standard_normal(w[-1]).astype("<f4")
lines = [f"func.func @main(%x: {print_type(x)} {{nnc.name = \"x\"}}) -> ({print_type(y)} {{nnc.name = \"y\"}}) {{",
         print_constant("w", weight), print_constant("b", bias),
         f"  %y = {operation} : {print_type(x)}, {print_type(w)}, {print_type(bias.shape)} -> {print_type(y)}",
         f"  return %y : {print_type(y)}", "}"]
Path(path).write_text("\n".join(lines) + "\n")
