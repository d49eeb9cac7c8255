# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Residual networks whose positions or samples halt by a sum of halting scores, and the same without halting."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

EPSILON = 0.01


@dataclass(frozen=True)
class Block:
    """Residual units on images of `side`; the first one, with stride 2 where `inputs` differ from channels, always runs."""

    side: int
    channels: int
    units: int
    bottleneck: int = 0  # channels of the 3x3 convolution between two of 1x1, or 0: two of 3x3


@dataclass(frozen=True)
class Case:
    name: str
    blocks: tuple[Block, ...]
    scope: str  # position or sample
    active: float  # the mean share of positions (or units) that later units still compute
    batch: int = 1

    def __str__(self) -> str:
        return f"{self.name}, by {self.scope}, active {self.active:.3g}" + (f", batch {self.batch}" if self.batch > 1 else "")

    def make(self, is_adaptive: bool) -> "Files":
        model, inputs, flops, done = make_case(self, is_adaptive)
        options = [] if self.batch == 1 else [f"--batch={self.batch}"] if self.scope == "position" else [f"--samples={self.batch}"]
        return Files(model, inputs, model, inputs, options, flops, done)


@dataclass(frozen=True)
class Files:
    """What nnc compiles, with `options`, and what the engines run, maybe another file that computes the same `y`."""

    ours: onnx.ModelProto
    inputs: dict[str, np.ndarray]
    theirs: onnx.ModelProto
    their_inputs: dict[str, np.ndarray]
    options: list[str]
    flops: float  # without halting
    done: float


def list_limits(case: Case, units: int) -> list[float]:
    """Units 2, 3, ... compute the positions whose number is below these: evenly falling, with the wanted mean."""
    spread = 0.6 * min(case.active, 1 - case.active)
    steps = np.linspace(spread, -spread, units - 1) if units > 2 else np.zeros(units - 1)
    return [float(case.active + step) for step in steps]


def make_map(side: int) -> np.ndarray:
    """[side, side]: a smooth random field, as ranks between 0 and 1."""
    frequencies = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.fftfreq(side) ** 2
    noise = np.fft.fft2(np.random.default_rng(4).standard_normal((side, side)))
    field = np.fft.ifft2(noise * np.exp(-frequencies * (side / 4) ** 2)).real
    return (field.ravel().argsort().argsort().reshape(side, side) + 0.5).astype(np.float32) / np.float32(side * side)


class Builder:
    """A graph with channels first; the map of each block's size is an input."""

    def __init__(self, case: Case, is_adaptive: bool):
        self.case, self.is_adaptive = case, is_adaptive
        self.nodes, self.constants, self.random = [], [], np.random.default_rng(1)
        self.flops = self.done = 0.0  # without halting, and with it

    def node(self, kind: str, *inputs: str, **attributes) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def conv(self, x: str, inputs: int, outputs: int, size: int, stride: int = 1, scale: float = 1) -> str:
        shape = (outputs, inputs, size, size)
        # The generator moves on alike with and without halting: both networks have the same weights.
        random = self.random if scale == 1 else np.random.default_rng(7)
        weight = random.standard_normal(shape, dtype=np.float32) * np.float32(scale * (1 / (inputs * size * size)) ** 0.5)
        bias = np.zeros(outputs, np.float32)
        return self.node("Conv", x, self.constant(weight), self.constant(bias), pads=[size // 2] * 4, strides=[stride] * 2)

    def count(self, positions: float, active: float, inputs: int, outputs: int, size: int, is_score: bool = False) -> None:
        products = 2.0 * inputs * outputs * size * size
        self.flops += 0 if is_score else positions * products
        self.done += active * products

    def residual(self, block: Block, x: str, active: np.ndarray) -> str:
        """relu(x) through the unit's convolutions, for the positions `active`."""
        x, all_positions, kept = self.node("Relu", x), active.size, int(active.sum())
        read = np.pad(active, ((0, 0), (1, 1), (1, 1)))
        read = int(np.logical_or.reduce([read[:, i:i + block.side, j:j + block.side] for i in range(3) for j in range(3)]).sum())
        c, b = block.channels, block.bottleneck
        if not b:
            self.count(all_positions, read, c, c, 3)
            self.count(all_positions, kept, c, c, 3)
            return self.conv(self.node("Relu", self.conv(x, c, c, 3)), c, c, 3)
        self.count(all_positions, read, c, b, 1)
        self.count(all_positions, kept, b, b, 3)
        self.count(all_positions, kept, b, c, 1)
        y = self.node("Relu", self.conv(self.node("Relu", self.conv(x, c, b, 1)), b, b, 3))
        return self.conv(y, b, c, 1)

    def score(self, block: Block, x: str, field: str, limit: float, active: np.ndarray) -> str:
        """Near 1 where the field is above the limit, else near 0."""
        pooled = self.node("GlobalAveragePool", x)
        score = self.conv(pooled, block.channels, 1, 1, scale=1e-4)
        if self.case.scope == "position":
            self.count(0, active.sum(), block.channels, 1, 3, is_score=True)
            score = self.node("Add", self.conv(x, block.channels, 1, 3, scale=1e-4), score)
        far = self.node("Mul", self.node("Sub", field, self.constant(np.float32(limit))), self.constant(np.float32(1e4)))
        return self.node("Sigmoid", self.node("Add", far, score))

    def block(self, block: Block, x: str, field: str, ranks: np.ndarray) -> str:
        everywhere = np.ones((self.case.batch, block.side, block.side), bool)
        total = active = output = None
        remainder = self.constant(np.float32(1))
        computed = everywhere
        limits = list_limits(self.case, block.units)
        for unit in range(block.units):
            if unit:
                computed = ranks < limits[unit - 1] if self.is_adaptive else everywhere
                computed = np.broadcast_to(computed, everywhere.shape)
            new = self.node("Add", x, self.residual(block, x, computed))
            x = new if active is None else self.node("Where", active, new, x)
            if not self.is_adaptive:
                continue
            if unit + 1 < block.units:
                score = self.score(block, x, field, limits[unit], computed)
                if active is not None:
                    score = self.node("Where", active, score, self.constant(np.float32(0)))
                total = score if total is None else self.node("Add", total, score)
                still = self.node("Less", total, self.constant(np.float32(1 - EPSILON)))
                weight = self.node("Where", still, score, remainder)
                remainder = self.node("Sub", self.constant(np.float32(1)), total)
            else:
                still, weight = None, remainder
            weighted = self.node("Mul", weight, x)
            output = weighted if output is None else self.node("Where", active, self.node("Add", output, weighted), output)
            active = still
        return output if self.is_adaptive else x


def make_case(case: Case, is_adaptive: bool) -> tuple[onnx.ModelProto, dict, float, float]:
    """The model, its inputs, and the FLOPs without and with halting."""
    b, first = Builder(case, is_adaptive), case.blocks[0]
    inputs = {"x": np.random.default_rng(2).standard_normal((case.batch, 3, first.side, first.side), dtype=np.float32)}
    x = b.conv("x", 3, first.channels, 3)
    b.count(case.batch * first.side ** 2, case.batch * first.side ** 2, 3, first.channels, 3)
    before = first
    for n, block in enumerate(case.blocks):
        if block.side != before.side:
            x = b.conv(x, before.channels, block.channels, 3, stride=2)
            b.count(case.batch * block.side ** 2, case.batch * block.side ** 2, before.channels, block.channels, 3)
        if case.scope == "sample":  # as many units as are wanted on the average: the last one decides
            ranks = (n + (np.arange(case.batch, dtype=np.float32) + 0.5) / case.batch) / len(case.blocks)
            ranks = ranks.astype(np.float32).reshape(-1, 1, 1)
        else:  # every image has its own
            ranks = np.stack([np.roll(make_map(block.side), 5 * image, axis=(0, 1)) for image in range(case.batch)])
        if is_adaptive:
            inputs[f"field{n}"] = ranks[:, None]
        x, before = b.block(block, x, f"field{n}", ranks), block
    b.nodes.append(helper.make_node("GlobalAveragePool", [b.node("Relu", x)], ["y"], name="y"))
    images = 1 if case.batch == 1 else "N"
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (images, *array.shape[1:])) for name, array in inputs.items()]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, (images, before.channels, 1, 1))
    model = helper.make_model(helper.make_graph(b.nodes, "halting", infos, [y], b.constants),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model, inputs, b.flops, b.done
