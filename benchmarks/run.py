#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated C++ beside the engines that people use, in one run, taking turns.

    run.py TABLE [--threads N] [--json FILE] [--update] [--only TEXT] [--seconds S] [--compilers g++,clang++-22]
           [--models DIR] [--nnc PATH]

fp32, batch 1, one thread unless --threads gives ours and the peers more (timing.py says how they stay out of each
other's way). `ratio` is the time of the fastest peer over ours, each by its fastest run: more than 1 means that
the generated code is faster. Where several compilers build it, ours is the slowest of them, and `compilers` is the
first one's time over the last one's. Exit code 1 where outputs differ from onnxruntime's beyond --tolerance.
The tables are described at the top of dense_networks.py, dense_layers.py, small_networks.py, tensor_train.py,
tensor_train_memory.py, train_convolutions.py, sparsity.py, perforation.py, halting.py, structured_pruning.py, sparse_lstm.py, surrogate_accuracy.py,
surrogate_speed.py, trees.py and compile_time.py;
--update writes a table into the section of results.md that has its name (with ", N threads" behind it where that is not one, and with
--on MACHINE ", MACHINE").
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import compile_time
import dense_layers
import dense_networks
import halting
import perforation
import small_networks
import sparse_lstm
import sparsity
import structured_pruning
import surrogate_accuracy
import surrogate_speed
import tensor_train
import tensor_train_memory
import train_convolutions
import trees
from engines import describe_engines
from models import get_models_folder
from tables import describe_compiler, print_header, print_row, replace_section, write_json


RESULTS = Path(__file__).with_name("results.md")


def format_time(milliseconds: float) -> str:
    """To a microsecond, and to a nanosecond where it is a few of them."""
    return f"{milliseconds:.3f}" if milliseconds >= 1 else f"{milliseconds:.6f}"


def format_optional(milliseconds: float | None) -> str:
    return "not installed" if milliseconds is None else format_time(milliseconds)


def format_number(number: float) -> str:
    return f"{number:.1f}"


def format_ratio(ratio: float) -> str:
    return f"{ratio:.2f}"


def format_gain(gain: float | None) -> str:
    return "" if gain is None else format_ratio(gain)


def list_counted(rows: list[dict]) -> list[dict]:
    """Rows with a remark are in the table for another reason than their ratio."""
    return [row for row in rows if "remark" not in row] or rows


@dataclass
class Table:
    """Rows by a function from the arguments, and the columns that this table has beyond what all have."""

    measure_all: Callable[[argparse.Namespace, list[str]], Iterator[dict]]
    columns: dict[str, Callable[[float], str]] = field(default_factory=dict)
    seconds: float = 2

    def list_columns(self, compilers: list[str]) -> list[str]:
        times = [f"{name} ms" for name in [*describe_engines(), *compilers]]
        extra = [name.replace("_", " ") for name in self.columns]
        return ["name", *times, "ratio", "compilers", "error", *extra]

    def format_row(self, row: dict) -> list[str]:
        times = [*row["peers_ms"].values(), *row["compilers_ms"].values()]
        extra = [form(row.get(name)) for name, form in self.columns.items()]
        name = f"{row['name']} ({row['remark']})" if "remark" in row else row["name"]
        return [name, *map(format_time, times), f"{row['ratio']:.2f}", f"{row['compilers']:.2f}",
                f"{row['error']:.1e}", *extra]

    def summarize(self, rows: list[dict]) -> dict[str, float]:
        ratios = [row["ratio"] for row in list_counted(rows)]
        summary = {"geomean": statistics.geometric_mean(ratios), "min": min(ratios), "median": statistics.median(ratios)}
        shares = [row["share_of_ideal"] for row in list_counted(rows) if "share_of_ideal" in row]
        regrets = [row["regret"] for row in list_counted(rows) if "regret" in row]
        return (summary | ({"median_share_of_ideal": statistics.median(shares)} if shares else {})
                | ({"median_regret": statistics.median(regrets), "max_regret": max(regrets)} if regrets else {}))

    def format_summary(self, rows: list[dict]) -> list[str]:
        parts = [f"{name.replace('_', ' ')} {value:.2f}" for name, value in self.summarize(rows).items()]
        return [", ".join(parts) + f" of {len(list_counted(rows))} ratios"]

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        return all(row["error"] <= arguments.tolerance for row in rows)


TABLES = {
    "dense-networks": Table(dense_networks.measure_all),
    "dense-layers": Table(dense_layers.measure_all, {"gflops": format_number, "peak_gflops": format_number,
                                                     "share": format_ratio}, seconds=0.2),
    "small-networks": Table(small_networks.measure_all, {"naive_ms": format_time, "naive_ratio": format_ratio}),
    "tensor-train": Table(tensor_train.measure_all, {"ideal": format_number, "share_of_ideal": format_ratio,
                                                     "parameters": str, "compression": format_number,
                                                     **dict.fromkeys(tensor_train.TRAIN_COLUMNS, format_optional),
                                                     "train_ms": format_time, "train_ratio": format_ratio,
                                                     "train_error": "{:.1e}".format}, seconds=1),
    "tensor-train-memory": tensor_train_memory.TensorTrainMemory(),
    "train-convolutions": Table(train_convolutions.measure_all,
                                {"dense_ms": format_time, "gain": format_ratio, "ideal": format_ratio,
                                 "share_of_ideal": format_ratio, "definition": format_number,
                                 "compression": format_number}, seconds=0.3),
    "sparsity": Table(sparsity.measure_all, {"zeros": format_number, "form": str, "dense_ms": format_time, "gain": format_ratio,
                                             "direct_gain": format_gain, "best_ms": format_time, "regret": format_ratio, "ideal": format_number,
                                             "share_of_ideal": format_ratio}, seconds=0.3),
    "perforation": Table(perforation.measure_all, {"form": str, "chosen_ms": format_time, "dense_ms": format_time, "gain": format_ratio,
                                                   "best_ms": format_time, "regret": format_ratio, "direct_gain": format_ratio, "ideal": format_ratio,
                                                   "share_of_ideal": format_ratio, "paper": format_gain}, seconds=0.3),
    "halting": Table(halting.measure_all, {"flop_share": format_ratio, "time_share": format_ratio, "ideal": format_ratio, "share_of_ideal": format_ratio,
                                           **dict.fromkeys(("if_ms", "lists_ms", "direct_ms", "chosen_ms", "dense_ms"), format_time),
                                           "gain": format_ratio}, seconds=0.3),
    "structured-pruning": Table(structured_pruning.measure_all, {"dense_ms": format_time, "speedup": format_ratio,
                                                                 "ideal": format_ratio, "share_of_ideal": format_ratio}),
    "sparse-lstm": Table(sparse_lstm.measure_all, {"us_a_step": format_ratio, "onnxruntime_us_a_step": format_ratio,
                                                   "zeros": "{:.4f}".format, "form": str, "dense_ms": format_time}),
    "compile-time": compile_time.CompileTime(),
    "surrogate-accuracy": surrogate_accuracy.SurrogateAccuracy(),
    "surrogate-speed": surrogate_speed.SurrogateSpeed(),
    "trees": trees.TreesTable(),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES)
    for option, text in (("--models", "folder of models"), ("--only", "part of a name"), ("--json", "file to write"),
                         ("--nnc", "the compiler")):
        parser.add_argument(option, help=text)
    parser.add_argument("--threads", type=int, default=1, help="threads of every engine (default: 1)")
    parser.add_argument("--on", default="", metavar="MACHINE", help="what to call the machine, where results.md has a table of several")
    parser.add_argument("--update", action="store_true", help="write the table into results.md")
    parser.add_argument("--compilers", default="g++,clang++-22", help="C++ compilers (default: g++,clang++-22)")
    parser.add_argument("--seconds", type=float, help="time for each engine and row (default: 2, layers 0.2)")
    parser.add_argument("--ours", action="store_true", help="surrogate-accuracy: peers' numbers from --json, ours again")
    parser.add_argument("--folds", type=int, default=1, help="of each table of surrogate-accuracy (default: 1 of 10)")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="largest error to accept (default: 1e-3)")
    return parser.parse_args()


def describe_run(arguments: argparse.Namespace) -> str:
    """What stands behind the name of a table."""
    threads = "" if arguments.threads == 1 else f", {arguments.threads} threads"
    return threads + (f", {arguments.on}" if arguments.on else "")


def main() -> int:
    arguments = parse_arguments()
    compilers = arguments.compilers.split(",")
    table = TABLES[arguments.table]
    arguments.seconds = table.seconds if arguments.seconds is None else arguments.seconds
    if get_models_folder(arguments.models) is None:
        print("note: without the folder of models (--models, NNC_MODELS), its rows are missing\n")
    name = arguments.table + describe_run(arguments)
    print(f"{name}\n")
    lines, rows, failures = print_header(table.list_columns(compilers)), [], []
    for row in table.measure_all(arguments, compilers):
        if "failure" in row:
            failures.append(row)
            continue
        rows.append(row)
        lines.append(print_row(table.format_row(row)))
    for row in failures:
        print(f"\n**failed**: {row['name']}: {row['failure']}")
    if not rows:
        print(f"no row of {arguments.table} has '{arguments.only}' in its name, or the folder of models is missing")
        return 1
    summary = table.format_summary(rows)
    print("\n" + "\n".join(summary))
    write_json(arguments.json, {"threads": arguments.threads, "rows": rows, "summary": table.summarize(rows),
                                "peers": describe_engines(),
                                "compilers": {compiler: describe_compiler(compiler) for compiler in compilers}})
    if arguments.update:
        replace_section(RESULTS, name, [*lines, "", *summary])
    return 0 if not failures and table.is_good(rows, arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
