# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Surrogates evaluated: generated code, and the predict functions of SMT and scikit-learn on models of the same sample.

Times are the least of several runs, on one thread where the library lets us choose: `one us` of a single point, `many ms` of 10,000 points,
`gradient us` of ours with value, gradient, deviation and its gradient at one point. `ratio` is the fastest peer's time at one point over ours,
`many ratio` that at 10,000. Peers are models of the same kind: kriging and Gaussian processes beside our Gaussian process,
gradient-boosted trees beside our trees; each has its own number of trees.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generated import Network, compile_model, find_nnc
from surrogate_accuracy import WORKER, find_python, write_table
from surrogate_problems import FUNCTIONS, Problem
from timing import take_turns

MANY, BATCH = 10000, 100
PEERS = {"gp": ["SMT kriging", "scikit-learn GP"], "gbrt": ["scikit-learn boosting", "XGBoost", "LightGBM"],
         "hda": ["scikit-learn MLP"]}


@dataclass
class Case:
    problem: Problem
    technique: str

    def __str__(self) -> str:
        return f"{self.problem.name}: {self.technique}"


def time_ours(nnc: Path, case: Case, folder: Path, seconds: float) -> dict:
    write_table(folder / "train.csv", case.problem.x, case.problem.y)
    subprocess.run([nnc, "fit", folder / "train.csv", "--outputs", "y", "--technique", case.technique, f"--batch={BATCH}", "--code=false",
                    "-o", folder / "model"], check=True, capture_output=True)
    points = {"train": case.problem.test_x[:1], "train_batch": case.problem.test_x[:BATCH], "train_full": case.problem.test_x[:1]}
    networks = {}
    for name, x in points.items():
        if (folder / f"model/{name}.mlir").exists():
            package = compile_model(nnc, folder / f"model/{name}.mlir", folder / name, [])
            networks[name] = Network(package.build("g++")[0], package, {"x": np.ascontiguousarray(x)})
    times = take_turns({name: network.run for name, network in networks.items()}, seconds)
    return {name: timing.minimum for name, timing in times.items()}


def time_peer(method: str, case: Case, folder: Path) -> dict:
    problem, many = case.problem, np.resize(case.problem.test_x, (MANY, case.problem.x.shape[1]))
    np.savez(folder / "problem.npz", x=problem.x, y=problem.y, test_x=problem.test_x, is_noisy=problem.is_noisy, many=many)
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    subprocess.run([find_python(), WORKER, method, folder / "problem.npz", folder / "out.npz"], check=True, capture_output=True, env=environment)
    return {name: float(value) for name, value in np.load(folder / "out.npz").items() if name in ("one", "many")}


def measure(nnc: Path, case: Case, seconds: float) -> dict:
    with tempfile.TemporaryDirectory() as name:
        ours = time_ours(nnc, case, Path(name), seconds)
        peers = {method: time_peer(method, case, Path(name)) for method in PEERS[case.technique]}
    many = ours["train_batch"] * MANY / BATCH
    return {"name": str(case), "one_us": ours["train"] * 1e6, "many_ms": many * 1e3,
            "gradient_us": ours["train_full"] * 1e6 if "train_full" in ours else None,
            "peers_one_us": {method: times["one"] * 1e6 for method, times in peers.items()},
            "peers_many_ms": {method: times["many"] * 1e3 for method, times in peers.items()},
            "ratio": min(times["one"] for times in peers.values()) / ours["train"],
            "many_ratio": min(times["many"] for times in peers.values()) / many}


def list_cases() -> Iterator[Case]:
    wanted = {"Branin, 2 inputs, 30 points": ["gp"], "Hartmann, 6 inputs, 300 points": ["gp"],
              "Friedman 1, 5 inputs, 500 points, noise 0.2": ["gp", "gbrt", "hda"], "steps, 3 inputs, 500 points": ["gbrt"]}
    for function in FUNCTIONS:
        problem = function.make()
        for technique in wanted.get(problem.name, []):
            yield Case(problem, technique)


class SurrogateSpeed:
    seconds = 0.5

    def list_columns(self, compilers: list[str]) -> list[str]:
        return ["name", "one us", "peers one us", "ratio", "many ms", "peers many ms", "many ratio", "gradient us"]

    def measure_all(self, arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
        nnc = find_nnc(arguments.nnc)
        for case in list_cases():
            if not arguments.only or arguments.only in str(case):
                yield measure(nnc, case, arguments.seconds)

    def format_row(self, row: dict) -> list[str]:
        def join(times: dict) -> str:
            return ", ".join(f"{method} {time:.3g}" for method, time in times.items())

        gradient = "" if row["gradient_us"] is None else f"{row['gradient_us']:.2f}"
        return [row["name"], f"{row['one_us']:.2f}", join(row["peers_one_us"]), f"{row['ratio']:.0f}", f"{row['many_ms']:.2f}",
                join(row["peers_many_ms"]), f"{row['many_ratio']:.1f}", gradient]

    def summarize(self, rows: list[dict]) -> dict[str, float]:
        return {"geomean": statistics.geometric_mean(row["ratio"] for row in rows), "min": min(row["ratio"] for row in rows),
                "many_geomean": statistics.geometric_mean(row["many_ratio"] for row in rows), "many_min": min(row["many_ratio"] for row in rows)}

    def format_summary(self, rows: list[dict]) -> list[str]:
        return [", ".join(f"{name.replace('_', ' ')} {value:.1f}" for name, value in self.summarize(rows).items()) + f" of {len(rows)} ratios"]

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        return True
