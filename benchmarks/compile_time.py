# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time and memory of compiling: nnc, then the C++ compilers on what it wrote.

Rows are chains of 3x3 convolutions with ReLU between them, whose layers either all have one shape (equal kernels are written
once) or each a shape of its own, and two networks. Times are processor seconds, `nnc wall` is what a clock said; memory is
the largest resident set of a process.

The exponent of a compiler is the slope of log(time) over log(layers): 1 is linear. `all` is fitted to all lengths, where the
start of the compiler makes it smaller; `last` is from the last but one length to the last. The limits are those that
the project set itself (LIMITS); exit code 1 beyond one.
"""

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contest import attempt
from generated import Package, compile_model, find_nnc
from graphs import GraphBuilder
from models import Model, get_models_folder, list_models
from randomize import prepare
from tables import format_bytes

LENGTHS = (10, 30, 100, 300, 1000)
NETWORKS = ("light_resnet50", "derived/mobilenetv2")
CHANNELS = range(8, 40)  # of layers with shapes of their own: 32 * 32 pairs
MIB = 2**20


@dataclass
class Limit:
    """The largest value of a column in a row."""

    row: str
    column: str
    largest: float
    unit: str


LIMITS = [Limit("light_resnet50", "nnc_s", 15, "s"), Limit("light_resnet50", "g++_s", 90, "s"),
          Limit("light_resnet50", "g++_mib", 2048, "MiB")]


def walk_all_pairs(symbols: list[int]) -> list[int]:
    """A walk in which each ordered pair of symbols is a step once (Hierholzer's method)."""
    rng = random.Random(0)
    unused = {symbol: rng.sample(symbols, len(symbols)) for symbol in symbols}
    stack, walk = [symbols[0]], []
    while stack:
        if successors := unused[stack[-1]]:
            stack.append(successors.pop())
        else:
            walk.append(stack.pop())
    return walk


def make_chain(channels: list[int], name: str, path: Path) -> Model:
    """A convolution from each number of channels to the next."""
    builder, value = GraphBuilder(), "input"
    for before, after in zip(channels, channels[1:]):
        value = builder.add("Conv", [value], [after, before, 3, 3], [after], kernel_shape=[3, 3], pads=[1] * 4)
        value = builder.add("Relu", [value])
    return builder.save(name, [1, channels[0], 16, 16], value, path)


def list_chains(folder: Path) -> Iterator[tuple[str, int, Callable[[], Model]]]:
    """Name, layers, and a function that makes the model."""
    walk = walk_all_pairs(list(CHANNELS))
    for kind, channels in (("equal", [24] * (max(LENGTHS) + 1)), ("distinct", walk)):
        for length in LENGTHS:
            name = f"{length} {kind} layers"
            yield name, length, lambda c=channels[:length + 1], n=name: make_chain(c, n, folder / "chain.onnx")


def list_networks(arguments: argparse.Namespace, folder: Path) -> Iterator[tuple[str, int, Callable[[], Model]]]:
    for model in list_models(get_models_folder(arguments.models)):
        if model.name.startswith(NETWORKS):
            yield model.name, model.nodes, lambda model=model: prepare(model, folder)


def describe_package(package: Package) -> dict:
    kernels = {launch["kernel"] for launch in package.report["launches"] if launch["kernel"]}
    return {"nnc_s": package.usage.seconds, "nnc_wall_s": package.usage.wall,
            "nnc_mib": package.usage.peak_bytes / MIB, "source_bytes": package.source_bytes, "kernels": len(kernels)}


def measure(nnc: Path, name: str, layers: int, make: Callable[[], Model], compilers: list[str], threads: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        model = make()
        package = compile_model(nnc, model.path, Path(folder), [*model.options, f"--threads={threads}"])
        row = {"name": name, "layers": layers} | describe_package(package)
        for compiler in compilers:
            _, usage = package.build(compiler)
            row |= {f"{compiler}_s": usage.seconds, f"{compiler}_mib": usage.peak_bytes / MIB}
    return row


def fit_exponent(points: list[tuple[float, float]]) -> float:
    """The slope of a line through the logarithms."""
    x, y = np.log(np.array(points)).T
    return float(np.polyfit(x, y, 1)[0])


class CompileTime:
    """The table for run.py."""

    seconds = 0.0

    def measure_all(self, arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
        nnc = find_nnc(arguments.nnc)
        with tempfile.TemporaryDirectory() as models:
            folder = Path(models)
            for name, layers, make in [*list_chains(folder), *list_networks(arguments, folder)]:
                if (arguments.only or "") in name:
                    yield attempt(name, measure, nnc, name, layers, make, compilers, arguments.threads)

    def list_columns(self, compilers: list[str]) -> list[str]:
        built = [f"{compiler} {unit}" for compiler in compilers for unit in ("s", "MiB")]
        return ["name", "layers", "nnc s", "nnc wall s", "nnc MiB", *built, "source", "kernels"]

    def format_row(self, row: dict) -> list[str]:
        form = {"s": "{:.2f}".format, "mib": "{:.0f}".format}
        numbers = [form[key.rsplit("_", 1)[1]](value) for key, value in row.items() if key.endswith(("_s", "_mib"))]
        return [row["name"], str(row["layers"]), *numbers, format_bytes(row["source_bytes"]), str(row["kernels"])]

    def summarize(self, rows: list[dict]) -> dict:
        """Exponents by kind of chain and compiler, and every limit that has a row."""
        exponents = {}
        for kind in ("equal", "distinct"):
            chain = [row for row in rows if row["name"].endswith(f"{kind} layers")]
            if len(chain) < 2:
                continue
            for column in (key for key in chain[0] if key.endswith("_s") and key != "nnc_wall_s"):
                points = [(row["layers"], row[column]) for row in chain]
                exponents[f"{kind} {column[:-2]}"] = {"all": fit_exponent(points), "last": fit_exponent(points[-2:])}
        limits = [{"row": limit.row, "column": limit.column, "limit": limit.largest, "value": row[limit.column]}
                  for limit in LIMITS for row in rows if row["name"] == limit.row and limit.column in row]
        return {"exponents": exponents, "limits": limits}

    def format_summary(self, rows: list[dict]) -> list[str]:
        summary = self.summarize(rows)
        lines = [f"- exponent of {name}: {exponent['all']:.2f}, last step {exponent['last']:.2f}"
                 for name, exponent in summary["exponents"].items()]
        lines += [f"- {limit['row']}, {limit['column'].replace('_', ' ')}: {limit['value']:.1f} of {limit['limit']:g}"
                  for limit in summary["limits"]]
        return lines

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        return all(limit["value"] <= limit["limit"] for limit in self.summarize(rows)["limits"])
