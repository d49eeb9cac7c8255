# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Surrogates evaluated: generated code, and the predict functions of SMT and scikit-learn on models of the same sample.

Models of nnc fit beside those of libraries of the same kind, and models of scikit-learn compiled (through skl2onnx) beside their own predict function.
Times are the least of several runs, on one thread where the library lets us choose: `one us` of a single point, `many ms` of 10,000 points,
`gradient us` of ours with value, gradient, deviation and its gradient at one point. `ratio` is the fastest peer's time at one point over ours,
`many ratio` that at 10,000. Peers are models of the same kind: kriging and Gaussian processes beside our Gaussian process,
gradient-boosted trees beside our trees; each has its own number of trees. `fit s` are the seconds of `nnc fit`.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generated import Network, compile_model, find_nnc
from surrogate_accuracy import WORKER, find_python, write_table
from surrogate_peers import METHODS
from surrogate_problems import FUNCTIONS, Problem
from timing import take_turns

MANY, BATCH = 10000, 128
PEERS = {"gp": ["SMT kriging", "scikit-learn GP"], "gbrt": ["scikit-learn boosting", "XGBoost", "LightGBM"],
         "hda": ["scikit-learn MLP"]}
COMPILED = ["scikit-learn GP", "scikit-learn boosting", "scikit-learn MLP"]


@dataclass
class Case:
    problem: Problem
    technique: str

    def __str__(self) -> str:
        return f"{self.problem.name}: {self.technique}"


def time_networks(networks: dict[str, Network], seconds: float) -> dict:
    return {name: timing.minimum for name, timing in take_turns({name: network.run for name, network in networks.items()}, seconds).items()}


def time_fitted(nnc: Path, case: Case, folder: Path, seconds: float) -> dict:
    write_table(folder / "train.csv", case.problem.x, case.problem.y)
    start = time.perf_counter()
    subprocess.run([nnc, "fit", folder / "train.csv", "--outputs", "y", "--technique", case.technique, f"--batch={BATCH}", "--code=false",
                    "-o", folder / "model"], check=True, capture_output=True)
    fit_seconds = time.perf_counter() - start
    points = {"train": case.problem.test_x[:1], "train_batch": case.problem.test_x[:BATCH], "train_full": case.problem.test_x[:1]}
    networks = {}
    for name, x in points.items():
        if (folder / f"model/{name}.mlir").exists():
            package = compile_model(nnc, folder / f"model/{name}.mlir", folder / name, [])
            networks[name] = Network(package.build("g++")[0], package, {"x": np.ascontiguousarray(x)})
    times = time_networks(networks, seconds)
    return {"one": times["train"], "many": times["train_batch"], "gradient": times.get("train_full"), "fit": fit_seconds}


def time_compiled(nnc: Path, case: Case, folder: Path, seconds: float) -> dict:
    """The model that scikit-learn has fitted, which must compute the same."""
    networks, known = {}, np.load(folder / "out.npz")
    for name, rows in (("one", 1), ("many", BATCH)):
        package = compile_model(nnc, folder / "model.onnx", folder / name, [f"--batch={rows}"])
        dtype = np.float64 if "GP" in case.technique else np.float32
        networks[name] = Network(package.build("g++")[0], package, {"X": np.ascontiguousarray(case.problem.test_x[:rows], dtype)})
    times = time_networks(networks, seconds)
    difference = np.abs(next(iter(networks["many"].outputs.values())).ravel() - known["unscaled"][:BATCH]).max()
    assert difference < 1e-4, f"{case}: compiled, it differs by {difference}"
    return times


def time_peer(method: str, case: Case, folder: Path) -> dict:
    problem, many = case.problem, np.resize(case.problem.test_x, (MANY, case.problem.x.shape[1]))
    np.savez(folder / "problem.npz", x=problem.x, y=problem.y, test_x=problem.test_x, is_noisy=problem.is_noisy, many=many)
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    exported = [folder / "model.onnx"] if case.technique in COMPILED else []
    subprocess.run([find_python(), WORKER, method, folder / "problem.npz", folder / "out.npz", *exported], check=True, capture_output=True, env=environment)
    return {name: float(value) for name, value in np.load(folder / "out.npz").items() if name in ("one", "many")}


def list_peers(case: Case) -> list[str]:
    """Of many points those that are meant for them."""
    methods = PEERS.get(case.technique, [case.technique])
    return [method for method in methods if len(case.problem.x) <= 500 or METHODS[method][1] >= len(case.problem.x)]


def get_ratio(peers: dict[str, dict], name: str, ours: float) -> float | None:
    return min(times[name] for times in peers.values()) / ours if peers else None


def measure(nnc: Path, case: Case, seconds: float) -> dict:
    with tempfile.TemporaryDirectory() as name:
        peers = {method: time_peer(method, case, Path(name)) for method in list_peers(case)}
        ours = (time_compiled if case.technique in COMPILED else time_fitted)(nnc, case, Path(name), seconds)
    many = ours["many"] * MANY / BATCH
    return {"name": str(case), "one_us": ours["one"] * 1e6, "many_ms": many * 1e3,
            "gradient_us": ours["gradient"] * 1e6 if ours.get("gradient") else None, "fit_s": ours.get("fit"),
            "peers_one_us": {method: times["one"] * 1e6 for method, times in peers.items()},
            "peers_many_ms": {method: times["many"] * 1e3 for method, times in peers.items()},
            "ratio": get_ratio(peers, "one", ours["one"]), "many_ratio": get_ratio(peers, "many", many)}


def list_cases() -> Iterator[Case]:
    wanted = {"Branin, 2 inputs, 30 points": ["gp"], "Hartmann, 6 inputs, 300 points": ["gp"],
              "Friedman 1, 5 inputs, 500 points, noise 0.2": ["gp", "gbrt", "hda", *COMPILED], "steps, 3 inputs, 500 points": ["gbrt"],
              "wing weight, 10 inputs, 2000 points": ["gp"]}
    for function in FUNCTIONS:
        problem = function.make()
        for technique in wanted.get(problem.name, []):
            yield Case(problem, technique)


class SurrogateSpeed:
    seconds = 0.5

    def list_columns(self, compilers: list[str]) -> list[str]:
        return ["name", "one us", "peers one us", "ratio", "many ms", "peers many ms", "many ratio", "gradient us", "fit s"]

    def measure_all(self, arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
        nnc = find_nnc(arguments.nnc)
        for case in list_cases():
            if not arguments.only or arguments.only in str(case):
                yield measure(nnc, case, arguments.seconds)

    def format_row(self, row: dict) -> list[str]:
        def join(times: dict) -> str:
            return ", ".join(f"{method} {time:.3g}" for method, time in times.items())

        def show(key: str, digits: int) -> str:
            return "" if row[key] is None else f"{row[key]:.{digits}f}"

        return [row["name"], show("one_us", 2), join(row["peers_one_us"]), show("ratio", 0), show("many_ms", 2), join(row["peers_many_ms"]),
                show("many_ratio", 1), show("gradient_us", 2), show("fit_s", 1)]

    def summarize(self, rows: list[dict]) -> dict[str, float]:
        one, many = ([row[key] for row in rows if row[key] is not None] for key in ("ratio", "many_ratio"))
        return {"geomean": statistics.geometric_mean(one), "min": min(one), "many_geomean": statistics.geometric_mean(many), "many_min": min(many)}

    def format_summary(self, rows: list[dict]) -> list[str]:
        return [", ".join(f"{name.replace('_', ' ')} {value:.1f}" for name, value in self.summarize(rows).items()) + f" of {len(rows)} ratios"]

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        return True
