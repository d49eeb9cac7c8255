# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ensembles of trees: generated code beside that of treelite (tl2cgen, gcc -O3) for the same ensembles of XGBoost.

Fitted to 10,000 rows of the table kin40k, run on 8,192 others, each engine in a loop of C over its rows: `one` a row at a time, `many` as it
likes, 64 rows for ours, for treelite, which has one row, the same as `one`. Nanoseconds of one row; `ratio` and `many ratio` are treelite's time
over ours. `equal` is the share of results that are XGBoost's to the last bit; treelite, whose constants are decimal, is near them. Tables and peers as in surrogate_accuracy.py.
"""

import argparse
import ctypes
import gzip
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from generated import NAME, Package, compile_model, find_nnc
from models import get_models_folder
from surrogate_accuracy import find_python
from timing import take_turns

WORKER = Path(__file__).with_name("trees_ensembles.py")
NAMES = ["100 trees of depth 3", "100 trees of depth 6", "500 trees of depth 4", "300 trees of 31 leaves", "forest of 100 trees of depth 12"]
ROWS, BATCH = 8192, 64

# Loops over rows: of treelite's predict, and of an entry of ours.
TREELITE_LOOP = """
#include "header.h"
void predict_rows(const float *x, long rows, long features, float *out) {
  union Entry entries[64];
  for (long row = 0; row < rows; ++row) {
    for (long f = 0; f < features; ++f)
      entries[f].fvalue = x[row * features + f];
    out[row] = 0;
    predict(entries, 1, &out[row]);
    postprocess(&out[row]);
  }
}
"""
OUR_LOOP = f"""
extern int {NAME}_run(const void *const *in, void *const *out, void *workspace);
void predict_rows(const float *x, long rows, long features, float *out, long step, void *workspace) {{
  for (long row = 0; row < rows; row += step) {{
    const void *in[1] = {{x + row * features}};
    void *to[1] = {{out + row}};
    {NAME}_run(in, to, workspace);
  }}
}}
"""


def load_table(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = np.loadtxt(gzip.open(folder / "kin40k/data.csv.gz", "rt"), delimiter=",")
    x = np.ascontiguousarray(data[:, :-1], np.float32)
    return x[:10000], data[:10000, -1].astype(np.float32), np.ascontiguousarray(x[10000:10000 + ROWS])


class Loop:
    """A loop over all rows in a shared library."""

    def __init__(self, library: Path, x: np.ndarray, arguments: list):
        self.out = np.zeros(len(x), np.float32)
        self.function = ctypes.CDLL(str(library)).predict_rows
        self.arguments = [ctypes.c_void_p(x.ctypes.data), ctypes.c_long(len(x)), ctypes.c_long(x.shape[1]), ctypes.c_void_p(self.out.ctypes.data), *arguments]

    def run(self) -> None:
        self.function(*self.arguments)


def build_treelite(folder: Path, x: np.ndarray) -> Loop:
    source = folder / "treelite/loop.c"
    source.write_text(TREELITE_LOOP)
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", folder / "treelite.so", *(folder / "treelite").glob("*.c"), "-lm"], check=True)
    return Loop(folder / "treelite.so", x, [])


def build_ours(package: Package, x: np.ndarray, step: int) -> Loop:
    library, _ = package.build("g++")
    loop = package.folder / "loop.c"
    loop.write_text(OUR_LOOP)
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", package.folder / "loop.so", loop, library, f"-Wl,-rpath,{package.folder}"], check=True)
    size = ctypes.CDLL(str(library))[f"{NAME}_workspace_size"]
    size.restype = ctypes.c_size_t
    workspace = np.zeros(size() + 64, np.uint8)
    made = Loop(package.folder / "loop.so", x, [ctypes.c_long(step), ctypes.c_void_p(workspace.ctypes.data)])
    made.workspace = workspace
    return made


def measure(nnc: Path, name: str, table: tuple, seconds: float) -> dict:
    x, y, points = table
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        np.savez(folder / "data.npz", x=x, y=y, points=points)
        subprocess.run([find_python(), WORKER, name, folder / "data.npz", folder], check=True, capture_output=True)
        loops = {"treelite": build_treelite(folder, points)}
        for rows in (1, BATCH):
            loops[rows] = build_ours(compile_model(nnc, folder / "trees.onnx", folder / str(rows), [f"--batch={rows}"]), points, rows)
        times = {key: timing.minimum / ROWS * 1e9 for key, timing in take_turns({key: loop.run for key, loop in loops.items()}, seconds).items()}
        expected = np.load(folder / "expected.npy")
    equal = {key: float((loop.out == expected).mean()) for key, loop in loops.items()}
    distance = float(np.abs(loops["treelite"].out - expected).max())
    assert distance < 1e-4, f"treelite computes something else: {distance}"
    return {"name": name, "treelite_ns": times["treelite"], "one_ns": times[1], "many_ns": times[BATCH], "equal": min(equal[1], equal[BATCH]),
            "ratio": times["treelite"] / times[1], "many_ratio": times["treelite"] / times[BATCH]}


class TreesTable:
    seconds = 1.0

    def list_columns(self, compilers: list[str]) -> list[str]:
        return ["name", "treelite ns", "one ns", "ratio", "many ns", "many ratio", "equal"]

    def measure_all(self, arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
        models = get_models_folder(arguments.models)
        if not models:
            raise SystemExit("the table kin40k is in shared/data/surrogate, which is not here: name its neighbour with --models")
        nnc, table = find_nnc(arguments.nnc), load_table(models.parent / "surrogate")
        for name in NAMES:
            if not arguments.only or arguments.only in name:
                yield measure(nnc, name, table, arguments.seconds)

    def format_row(self, row: dict) -> list[str]:
        return [row["name"], f"{row['treelite_ns']:.0f}", f"{row['one_ns']:.0f}", f"{row['ratio']:.2f}", f"{row['many_ns']:.0f}", f"{row['many_ratio']:.1f}",
                f"{row['equal']:.4f}"]

    def summarize(self, rows: list[dict]) -> dict[str, float]:
        return {"geomean": statistics.geometric_mean(row["ratio"] for row in rows), "min": min(row["ratio"] for row in rows),
                "many_geomean": statistics.geometric_mean(row["many_ratio"] for row in rows), "many_min": min(row["many_ratio"] for row in rows)}

    def format_summary(self, rows: list[dict]) -> list[str]:
        return [", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in self.summarize(rows).items())]

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        return all(row["equal"] == 1 for row in rows)
