# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes one convolution by a tensor train as nnc text.

    train_convolution.py OUTPUT BATCHxHEIGHTxWIDTH INPUT_MODES OUTPUT_MODES RANKS WINDOW [tanh]

Modes and ranks are numbers with x between them, WINDOW is taps, stride, dilation and padding (3x1x1x1)."""

import sys

import numpy as np


def print_type(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def main(output, image, inputs, outputs, ranks, window, activation=None):
    image, inputs, outputs, ranks = ([int(n) for n in text.split("x")] for text in (image, inputs, outputs, ranks))
    taps, stride, dilation, pad = map(int, window.split("x"))
    rng = np.random.default_rng(0)
    shapes = [(taps, taps, ranks[0]), *zip(ranks, inputs, outputs, [*ranks[1:], 1])]
    source = print_type([*image, np.prod(inputs)])
    pixels = [(extent + 2 * pad - dilation * (taps - 1) - 1) // stride + 1 for extent in image[1:]]
    target = print_type([image[0], *pixels, np.prod(outputs)])
    print(f'func.func @main(%x: {source} {{nnc.name = "x"}}) -> ({target} {{nnc.name = "y"}}) {{', file=output)
    for k, shape in enumerate([*shapes, (np.prod(outputs),)]):
        elements = (rng.standard_normal(shape) / np.sqrt(np.prod(shape[:2]))).astype("<f4").tobytes().hex().upper()
        print(f'  %g{k} = arith.constant dense<"0x{elements}"> : {print_type(shape)}', file=output)
    cores = range(1, len(shapes))
    print(f"  %y = nnc.tt_conv2d %x spatial(%g0) cores({', '.join(f'%g{k}' for k in cores)}) bias(%g{len(shapes)}) "
          f"{{strides = array<i64: {stride}, {stride}>, dilations = array<i64: {dilation}, {dilation}>, "
          f"pads = array<i64: {pad}, {pad}, {pad}, {pad}>}} : {source}, {print_type(shapes[0])}, "
          f"({', '.join(print_type(shapes[k]) for k in cores)}), {print_type([np.prod(outputs)])} -> {target}", file=output)
    if activation:
        print(f"  %z = math.{activation} %y : {target}", file=output)
    print(f"  return {'%z' if activation else '%y'} : {target}\n}}", file=output)


with open(sys.argv[1], "w") as file:
    main(file, *sys.argv[2:])
