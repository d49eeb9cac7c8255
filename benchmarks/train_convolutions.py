# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions whose filter is a tensor train, beside our own dense form of the same layer and the peers' convolutions.

The layers are those of the CIFAR networks of Garipov et al. (arXiv:1611.03214): at the paper's ranks, which save
parameters and not multiplications, and at ranks 2, 4 and 8; also the naive train, two cores (C, 1) and (1, S). `gain` is
the time of our dense form over that of the train, by the compiler where it is least. `ideal` is the ratio of FLOPs:
those that our dense form does (of Winograd's convolution its own, transforms included) over those of the train's
cheapest contraction, whatever the compiler chose. `definition` is the same with the dense layer's multiplications by
its definition. `share of ideal` is gain over ideal, or over 1 where the dense form needs no more FLOPs: then the
compiler rebuilds it.
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from contest import attempt, get_milliseconds, make_row
from engines import ENGINES, open_session
from generated import Network, Package, compile_model, find_nnc, get_relative_error
from timing import take_turns

TAPS = 3
SHAPE_OF_MODES = {64: (4, 4, 4), 128: (4, 8, 4)}


@dataclass(frozen=True)
class Convolution:
    """3x3, padded by 1. Modes, and as many ranks: the number of spatial filters comes first."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    ranks: tuple[int, ...]
    extent: int
    stride: int = 1

    @property
    def channels(self) -> tuple[int, int]:
        return int(np.prod(self.inputs)), int(np.prod(self.outputs))

    @property
    def pixels(self) -> int:
        """Of the output, along a side."""
        return (self.extent - 1) // self.stride + 1

    def make_cores(self) -> list[np.ndarray]:
        """The spatial core and the others, random ones that keep the range of values."""
        rng = np.random.default_rng(0)
        shapes = zip(self.ranks, self.inputs, self.outputs, [*self.ranks[1:], 1])
        return [(rng.standard_normal((TAPS, TAPS, self.ranks[0])) / TAPS).astype(np.float32),
                *((rng.standard_normal(shape) / np.sqrt(shape[0] * shape[1])).astype(np.float32) for shape in shapes)]

    def __str__(self) -> str:
        channels, outputs = self.channels
        kind = "naive " if self.inputs[1:] == (1,) else ""
        stride = f"/{self.stride}" if self.stride > 1 else ""
        return f"{kind}{channels} -> {outputs}{stride} at {self.extent}, ranks {' '.join(map(str, self.ranks))}"


def make_layers() -> Iterator[Convolution]:
    places = [(64, 64, 32), (64, 128, 16), (128, 128, 16), (128, 128, 8)]
    paper = [(22, 20, 20), (27, 22, 22), (23, 23, 23), (23, 23, 23)]
    for (channels, outputs, extent), ranks in zip(places, paper):
        modes = SHAPE_OF_MODES[channels], SHAPE_OF_MODES[outputs]
        for chosen in [ranks, (16,) * 3, (2,) * 3, (4,) * 3, (8,) * 3]:
            yield Convolution(*modes, chosen, extent)
    for channels, outputs, extent in places:
        yield Convolution((channels, 1), (1, outputs), (16, 16), extent)
    yield Convolution((128, 1), (1, 128), (2, 16), 16)
    yield Convolution(SHAPE_OF_MODES[128], SHAPE_OF_MODES[128], (4,) * 3, 16, 2)
    yield Convolution(SHAPE_OF_MODES[128], SHAPE_OF_MODES[64], (2,) * 3, 16)


def reconstruct(cores: list[np.ndarray]) -> np.ndarray:
    """The filter, rows x columns x inputs x outputs."""
    state = cores[0].astype(np.float64)[:, :, None, None, :]
    for core in cores[1:]:
        state = np.einsum("abijr,rmns->abimjns", state, core.astype(np.float64))
        a, b, i, m, j, n, s = state.shape
        state = state.reshape(a, b, i * m, j * n, s)
    return state[..., 0].astype(np.float32)


def merge(shapes: list[tuple]) -> tuple:
    first, last = shapes[0], shapes[-1]
    return first[0], int(np.prod([s[1] for s in shapes])), int(np.prod([s[2] for s in shapes])), last[3]


def list_merged(shapes: list[tuple]) -> Iterator[list[tuple]]:
    """Every way to merge neighbours."""
    for cuts in itertools.product((False, True), repeat=len(shapes) - 1):
        runs = [[shapes[0]]]
        for shape, cut in zip(shapes[1:], cuts):
            runs.append([shape]) if cut else runs[-1].append(shape)
        yield [merge(run) for run in runs]


def count_contraction(shapes: list[tuple], forward: bool) -> int:
    """Multiplications for one pixel of cores rank x input x output x rank, one after another."""
    products, inputs, outputs = 0, int(np.prod([s[1] for s in shapes])), 1
    for before, m, n, after in shapes if forward else reversed(shapes):
        products += inputs * outputs * n * before * after
        inputs, outputs = inputs // m, outputs * n
    return products


def count_least(layer: Convolution, cores: list[np.ndarray]) -> int:
    """FLOPs of the cheapest contraction: either order, any cores merged, the spatial one with its neighbour too."""
    spatial, shapes = cores[0].shape, [core.shape for core in cores[1:]]
    channels, outputs = layer.channels
    taps, after, before = spatial[0] * spatial[1], layer.pixels**2, layer.extent**2
    counts = []
    for merged in list_merged(shapes):
        counts.append(after * (taps * spatial[2] * channels + count_contraction(merged, True)))
        counts.append(before * count_contraction(merged, False) + after * taps * spatial[2] * outputs)
        joined = [(taps, *merged[0][1:]), *merged[1:]]
        counts.append(after * count_contraction(joined, True))
        last = count_contraction([(1, *merged[0][1:])], False) * taps * outputs // merged[0][2]
        counts.append(before * count_contraction(merged, False) - before * count_contraction(merged[:1], False)
                      * outputs // merged[0][2] + after * last)
    return 2 * min(counts)


def print_type(shape: tuple[int, ...]) -> str:
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def write_layer(path: Path, layer: Convolution, constants: dict[str, np.ndarray], operation: str, types: str) -> None:
    channels, outputs = layer.channels
    source, target = (print_type((1, side, side, count)) for side, count in
                      ((layer.extent, channels), (layer.pixels, outputs)))
    lines = [f"func.func @main(%x: {source} {{nnc.name = \"x\"}}) -> ({target} {{nnc.name = \"y\"}}) {{"]
    for name, array in constants.items():
        elements = array.astype("<f4").tobytes().hex().upper()
        lines.append(f'  %{name} = arith.constant dense<"0x{elements}"> : {print_type(array.shape)}')
    window = f"{{pads = array<i64: 1, 1, 1, 1>, strides = array<i64: {layer.stride}, {layer.stride}>}}"
    lines += [f"  %y = {operation} {window} : {source}, {types} -> {target}", f"  return %y : {target}", "}"]
    path.write_text("\n".join(lines) + "\n")


def save_train(path: Path, layer: Convolution, cores: list[np.ndarray]) -> None:
    names = [f"g{k}" for k in range(len(cores))]
    listed, types = ", ".join(f"%{n}" for n in names[1:]), ", ".join(print_type(c.shape) for c in cores[1:])
    write_layer(path, layer, dict(zip(names, cores)), f"nnc.tt_conv2d %x spatial(%g0) cores({listed})",
                f"{print_type(cores[0].shape)}, ({types})")


def save_onnx(path: Path, layer: Convolution, kernel: np.ndarray) -> None:
    channels, outputs = layer.channels
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, count, side, side])
               for name, count, side in (("x", channels, layer.extent), ("y", outputs, layer.pixels))]
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4, strides=[layer.stride] * 2)
    weights = numpy_helper.from_array(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), "w")
    graph = helper.make_graph([node], "dense", tensors[:1], tensors[1:], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@dataclass
class Forms:
    """Our two packages of a layer and their builds, by compiler."""

    train: Package
    dense: Package
    networks: dict[str, Network]


def build_forms(nnc: Path, layer: Convolution, cores: list[np.ndarray], kernel: np.ndarray, compilers: list[str],
                inputs: dict, folder: Path, threads: int) -> Forms:
    save_train(folder / "train.mlir", layer, cores)
    write_layer(folder / "dense.mlir", layer, {"w": kernel}, "nnc.conv2d %x, %w", print_type(kernel.shape))
    packages = {form: compile_model(nnc, folder / f"{form}.mlir", folder / form, [f"--threads={threads}"])
                for form in ("train", "dense")}
    networks = {}
    for compiler in compilers:
        for form, package in packages.items():
            name = compiler if form == "train" else f"dense {compiler}"
            networks[name] = Network(package.build(compiler)[0], package, inputs)
            networks[name].run()
    return Forms(packages["train"], packages["dense"], networks)


def measure(nnc: Path, layer: Convolution, compilers: list[str], arguments: argparse.Namespace) -> dict:
    cores = layer.make_cores()
    kernel = reconstruct(cores)
    shape = (1, layer.extent, layer.extent, layer.channels[0])
    image = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    planar = {"x": np.ascontiguousarray(image.transpose(0, 3, 1, 2))}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_onnx(folder / "dense.onnx", layer, kernel)
        forms = build_forms(nnc, layer, cores, kernel, compilers, {"x": image}, folder, arguments.threads)
        expected = {"y": open_session(folder / "dense.onnx").run(["y"], planar)[0].transpose(0, 2, 3, 1)}
        error = max(get_relative_error(network.outputs, expected) for network in forms.networks.values())
        peers = {peer: open_engine(folder / "dense.onnx", planar, arguments.threads)
                 for peer, open_engine in ENGINES.items()}
        runs = peers | {who: network.run for who, network in forms.networks.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    row = make_row(str(layer), times, compilers, error)
    gain = min(times[f"dense {compiler}"] / times[compiler] for compiler in compilers)
    least = min(count_least(layer, cores), forms.train.report["flops"])
    ideal = forms.dense.report["flops"] / least
    return row | {"dense_ms": max(times[f"dense {compiler}"] for compiler in compilers), "gain": gain, "ideal": ideal,
                  "share_of_ideal": gain / max(ideal, 1), "definition": 2 * layer.pixels**2 * kernel.size / least,
                  "compression": kernel.size / sum(core.size for core in cores)}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for layer in make_layers():
        if (arguments.only or "") in str(layer):
            yield attempt(str(layer), measure, nnc, layer, compilers, arguments)
