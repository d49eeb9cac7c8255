#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated C++ beside the engines that people use, in one run, taking turns.

    run.py TABLE [--json FILE] [--only TEXT] [--seconds S] [--compilers g++,clang++-22] [--models DIR] [--nnc PATH]

One thread, fp32, batch 1. `ratio` is the time of the fastest peer over ours, each by its fastest run: more than 1 means that
the generated code is faster. Where several compilers build it, ours is the slowest of them, and `compilers` is the
first one's time over the last one's. Exit code 1 where outputs differ from onnxruntime's beyond --tolerance.
"""

import argparse
import statistics
import sys

import dense_networks
from engines import describe_engines
from tables import describe_compiler, print_header, print_row, write_json

# A table is a function from the arguments to rows, which it yields one by one.
TABLES = {"dense-networks": dense_networks.measure_all}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES)
    for option, text in (("--models", "folder of models"), ("--only", "part of a name"), ("--json", "file to write"),
                         ("--nnc", "the compiler")):
        parser.add_argument(option, help=text)
    parser.add_argument("--compilers", default="g++,clang++-22", help="C++ compilers (default: g++,clang++-22)")
    parser.add_argument("--seconds", type=float, default=2, help="time for each engine and row (default: 2)")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="largest error to accept (default: 1e-3)")
    return parser.parse_args()


def summarize(rows: list[dict]) -> dict[str, float]:
    ratios = [row["ratio"] for row in rows]
    return {"geomean": statistics.geometric_mean(ratios), "min": min(ratios), "median": statistics.median(ratios)}


def format_row(row: dict) -> list[str]:
    times = list(row["peers_ms"].values()) + list(row["compilers_ms"].values())
    return [row["name"], *(f"{time:.3f}" for time in times), f"{row['ratio']:.2f}", f"{row['compilers']:.2f}",
            f"{row['error']:.1e}"]


def main() -> int:
    arguments = parse_arguments()
    compilers = arguments.compilers.split(",")
    print_header(["name", *(f"{name} ms" for name in [*describe_engines(), *compilers]), "ratio", "compilers", "error"])
    rows = []
    for row in TABLES[arguments.table](arguments, compilers):
        rows.append(row)
        print_row(format_row(row))
    if not rows:
        print(f"no row of {arguments.table} has '{arguments.only}' in its name, or the folder of models is missing")
        return 1
    summary = summarize(rows)
    print("\n" + ", ".join(f"{name} {value:.2f}" for name, value in summary.items()) + f" of {len(rows)} ratios")
    write_json(arguments.json, {"rows": rows, "summary": summary, "peers": describe_engines(),
                                "compilers": {compiler: describe_compiler(compiler) for compiler in compilers}})
    return 0 if all(row["error"] <= arguments.tolerance for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
