#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated C++ beside onnxruntime: one thread, one process, taking turns.

    speed.py [--models DIR] [--only TEXT] [--seconds S] [--compilers g++,clang++-22] [--json FILE] [--nnc PATH]

The engines run alternately, so that what else the machine does hits all alike; each gets a run before time counts.
The light models of the package onnx get random weights first (randomize.py), for all engines. A ratio is the time of
onnxruntime over ours: more than 1 means that the generated code is faster. `error` is the largest difference to
onnxruntime's outputs over their largest magnitude. Exit code 1 where it is beyond --tolerance.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import onnxruntime

from engines import NothingToCompare, open_session
from generated import CommandFailed, Network, compile_model, find_nnc, get_relative_error
from models import Model, get_models_folder, list_models
from randomize import prepare
from tables import describe_compiler, print_header, print_row, write_json
from timing import Timing, take_turns


@dataclass
class Result:
    model: str
    gflops: float
    error: float
    onnxruntime: Timing
    ours: dict[str, Timing] = field(default_factory=dict)

    def get_ratios(self, compiler: str) -> tuple[float, float]:
        ours = self.ours[compiler]
        return self.onnxruntime.minimum / ours.minimum, self.onnxruntime.median / ours.median

    def to_row(self) -> list[str]:
        cells = [self.model, f"{self.gflops:.3f}", f"{self.error:.1e}", self.onnxruntime.to_text()]
        for compiler, timing in self.ours.items():
            minimum, median = self.get_ratios(compiler)
            cells += [timing.to_text(), f"{minimum:.2f} / {median:.2f}"]
        return cells


def measure(nnc: Path, model: Model, compilers: list[str], seconds: float) -> Result:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = prepare(model, folder)
        session = open_session(model.path)
        package = compile_model(nnc, model.path, folder / "out", model.options)
        networks = {compiler: Network(package.build(compiler)[0], package, model.inputs) for compiler in compilers}
        names = [output.name for output in session.get_outputs()]
        expected = dict(zip(names, session.run(names, model.inputs)))
        for network in networks.values():
            network.run()
        error = max(get_relative_error(network.outputs, expected) for network in networks.values())
        engines = {"onnxruntime": lambda: session.run(names, model.inputs)}
        timings = take_turns(engines | {name: network.run for name, network in networks.items()}, seconds)
    return Result(model.name, package.report["flops"] / 1e9, error, timings.pop("onnxruntime"), timings)


def print_means(results: list[Result], compilers: list[str]) -> None:
    light = [result for result in results if result.model.startswith("light_")]
    groups = [("all", results)] + ([("the light models", light)] if 0 < len(light) < len(results) else [])
    for title, group in groups:
        for compiler in compilers if group else []:
            means = [statistics.geometric_mean(ratios) for ratios in zip(*(r.get_ratios(compiler) for r in group))]
            print(f"\ngeometric mean of {len(group)} ratios, {title}, {compiler}: {means[0]:.2f} / {means[1]:.2f}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, text in (("--models", "folder of models"), ("--only", "part of a path"), ("--json", "file to write"),
                         ("--nnc", "the compiler")):
        parser.add_argument(option, help=text)
    parser.add_argument("--compilers", default="g++,clang++-22", help="C++ compilers (default: g++,clang++-22)")
    parser.add_argument("--seconds", type=float, default=2, help="time for each engine and model (default: 2)")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="largest error to accept (default: 1e-3)")
    return parser.parse_args()


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> tuple[list[Result], list[str], list[str]]:
    """(results, skipped, failures); prints the rows of the table."""
    nnc, results, skipped, failures = find_nnc(arguments.nnc), [], [], []
    print("Times and ratios are minimum / median.\n")
    print_header(["model", "GFLOP", "error", "onnxruntime ms"] + [cell for c in compilers for cell in (f"{c} ms", "ratio")])
    for model in list_models(get_models_folder(arguments.models), arguments.only or ""):
        if model.skipped:
            skipped.append(f"{model.name}: {model.skipped}")
            continue
        try:
            results.append(measure(nnc, model, compilers, arguments.seconds))
            print_row(results[-1].to_row())
        except NothingToCompare as error:
            skipped.append(f"{model.name}: {error}")
        except (CommandFailed, ValueError) as error:
            failures.append(f"{model.name}: {error}")
    return results, skipped, failures


def main() -> int:
    arguments = parse_arguments()
    compilers = arguments.compilers.split(",")
    results, skipped, failures = measure_all(arguments, compilers)
    print_means(results, compilers)
    failures += [f"{result.model}: error {result.error:.1e}" for result in results
                 if not result.error <= arguments.tolerance]
    for entry in skipped:
        print(f"\n*skipped*: {entry}")
    for entry in failures:
        print(f"\n**failed**: {entry}")
    write_json(arguments.json, {
        "onnxruntime": onnxruntime.__version__, "skipped": skipped, "failures": failures,
        "compilers": {compiler: describe_compiler(compiler) for compiler in compilers},
        "results": [asdict(result) for result in results]})
    return 0 if results and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
