#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`nnc check` over every model at hand, as a table: right answers, memory, sizes, times of compilers.

    check_models.py [--models DIR] [--only TEXT] [--json FILE] [--nnc PATH] [--compiler C]

The models: examples/01-digits, the nine light models of the package onnx, and X.onnx with X.npz beside it in DIR,
NNC_MODELS or ../shared/data/models. Columns: `ulp` and `error` are of the C++ against the reference, `stored` is
against the outputs stored beside the model (errors are relative to the largest expected magnitude); `bound` is the
largest live set, which no arena can be smaller than; times are processor seconds. The light models' weights are one
number repeated: `stored` is of the models as they are, all else of the same models with random weights (randomize.py).
Exit code 1 if a check fails.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from generated import CommandFailed, compile_model, find_nnc
from models import Model, get_models_folder, list_models
from randomize import prepare
from tables import format_bytes, print_header, print_row, write_json

COLUMNS = ["model", "operators", "ulp", "error", "stored", "arena", "bound", "ratio", "weights", "source", "nnc s",
           "g++ s"]
# A line of `nnc check`: verdict, output, largest absolute and relative error, ulps, worst element.
LINE = re.compile(r"^(PASS|FAIL)  +(.+?) +([\d.e+-]+|inf|nan) +([\d.e+-]+|inf|nan) +([\d.e+-]+|inf|nan)(?: +\d+)? *$")


@dataclass
class Result:
    model: str
    operators: int
    passed: bool
    ulp: float
    error: float
    stored: float | None
    arena: int
    bound: int
    weights: int
    source: int
    nnc_seconds: float
    compiler_seconds: float

    def to_row(self) -> list[str]:
        ratio = f"{self.arena / self.bound:.3f}" if self.bound else "-"
        return [self.model + ("" if self.passed else " **FAILED**"), str(self.operators), f"{self.ulp:.0f}",
                f"{self.error:.1e}", "-" if self.stored is None else f"{self.stored:.1e}", format_bytes(self.arena),
                format_bytes(self.bound), ratio, format_bytes(self.weights), format_bytes(self.source),
                f"{self.nnc_seconds:.1f}", f"{self.compiler_seconds:.1f}"]


def parse_check(output: str) -> list[tuple[float, float]]:
    """(largest ulp, largest relative error) of each comparison that `nnc check` printed, in its order."""
    comparisons: list[tuple[float, float]] = []
    for line in output.splitlines():
        if " against " in line and not line.startswith(("PASS", "FAIL")):
            comparisons.append((0.0, 0.0))
        elif comparisons and (match := LINE.match(line)):
            ulp, error = comparisons[-1]
            comparisons[-1] = (max(ulp, float(match[5])), max(error, float(match[4])))
    return comparisons


def run_check(nnc: Path, model: Model, folder: Path, compiler: str) -> tuple[bool, list[tuple[float, float]]]:
    arrays = folder / "arrays.npz"
    model.save_arrays(arrays)
    command = [nnc, "check", model.path, f"--inputs={arrays}", f"--compiler={compiler}", *model.options]
    command += [f"--expect={arrays}"] if model.expected else []
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    comparisons = parse_check(result.stdout)
    if not comparisons:
        raise CommandFailed(f"nnc check: {result.stderr[-800:]}")
    return result.returncode == 0, comparisons


def check(nnc: Path, model: Model, compiler: str) -> Result:
    """A light model is checked twice: as it is, with the outputs stored beside it, and with random weights."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        changed = prepare(model, folder)
        package = compile_model(nnc, changed.path, folder / "out", model.options)
        _, usage = package.build(compiler)
        passed, comparisons = run_check(nnc, model, folder, compiler)
        stored = comparisons[1][1] if len(comparisons) > 1 else None
        if changed is not model:
            agrees, comparisons = run_check(nnc, changed, folder, compiler)
            passed = passed and agrees
    report = package.report
    return Result(model.name, model.nodes, passed, *comparisons[0], stored, report["arena"], report["arena_lower_bound"],
                  report["weights"], package.source_bytes, package.usage.seconds, usage.seconds)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, text in (("--models", "folder of models"), ("--only", "part of a path"), ("--json", "file to write"),
                         ("--nnc", "the compiler")):
        parser.add_argument(option, help=text)
    parser.add_argument("--compiler", default="g++", help="C++ compiler (default: g++)")
    return parser.parse_args()


def check_all(arguments: argparse.Namespace) -> tuple[list[Result], list[dict], list[dict]]:
    """(results, skipped, failures); prints the rows of the table."""
    nnc = find_nnc(arguments.nnc)
    results, skipped, failures = [], [], []
    print_header(COLUMNS)
    for model in list_models(get_models_folder(arguments.models), arguments.only or ""):
        if model.skipped:
            skipped.append({"model": model.name, "reason": model.skipped})
            continue
        try:
            results.append(check(nnc, model, arguments.compiler))
            print_row(results[-1].to_row())
        except (CommandFailed, ValueError) as error:
            failures.append({"model": model.name, "error": str(error)})
    return results, skipped, failures


def main() -> int:
    arguments = parse_arguments()
    results, skipped, failures = check_all(arguments)
    for entry in skipped:
        print(f"\n*skipped*: {entry['model']}: {entry['reason']}")
    for entry in failures:
        print(f"\n**failed**: {entry['model']}: {entry['error']}")
    write_json(arguments.json, {"results": [asdict(result) for result in results], "skipped": skipped,
                                "failures": failures})
    return 0 if results and not failures and all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
