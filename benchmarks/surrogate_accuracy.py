# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Surrogates on test functions and tables: errors and times to fit of `nnc fit` and of SMT, scikit-learn, XGBoost and LightGBM.

Errors are root mean squares on points that were not fitted, over the standard deviation of the results there: 1 is the mean. `ratio` is
the best peer's error over ours: more than 1 is more accurate. A peer without a number has more points than it is given (surrogate_peers.py).
`coverage` is the share of results within 1.96 of our deviations, where the chosen model has them. Functions that are fitted with noise are tested without, and not part of
the summary's coverage. Two threads for linear algebra, as the libraries choose. With --json FILE a run goes on where the last one stopped; with --ours it has the peers' numbers from there
and fits ours again. surrogate_accuracy.json has those of results.md. --folds N takes N folds of each table (default: 1).
The peers run in .venv-surrogate or what NNC_SURROGATE_PYTHON names, made from requirements-surrogate.txt.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from generated import find_nnc
from models import ROOT, get_models_folder
from surrogate_problems import Problem, list_problems
from surrogate_peers import METHODS
from surrogate_profiles import draw_profiles, get_profile

WORKER = Path(__file__).with_name("surrogate_peers.py")
LIMIT = 300  # seconds for one fit of a peer


def find_python() -> Path:
    return Path(os.environ.get("NNC_SURROGATE_PYTHON", ROOT / ".venv-surrogate/bin/python"))


def get_error(predicted: np.ndarray, y: np.ndarray) -> float:
    return float(np.sqrt(((predicted - y) ** 2).mean()) / y.std())


def write_table(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    names = [f"x{i + 1}" for i in range(x.shape[1])]
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", fmt="%.17g", header=",".join([*names, "y"]), comments="")


def run_nnc(nnc: Path, problem: Problem, folder: Path, options: list[str]) -> dict:
    write_table(folder / "train.csv", problem.x, problem.y)
    write_table(folder / "test.csv", problem.test_x, problem.test_y)
    start = time.perf_counter()
    subprocess.run([nnc, "fit", folder / "train.csv", "--outputs", "y", "--test", folder / "test.csv", "--code=false", "-o", folder / "model", *options],
                   check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    output = json.loads((folder / "model/report.json").read_text())["outputs"][0]
    return {"error": output["test_error"], "seconds": seconds, "technique": output["technique"], "coverage": output.get("test_coverage")}


def run_peer(method: str, problem: Problem, folder: Path) -> dict | None:
    """None where it has no number: too many points, too long, or a failure of its own."""
    if len(problem.x) > METHODS[method][1]:
        return None
    np.savez(folder / "problem.npz", x=problem.x, y=problem.y, test_x=problem.test_x, is_noisy=problem.is_noisy)
    try:
        subprocess.run([find_python(), WORKER, method, folder / "problem.npz", folder / "out.npz"], check=True, capture_output=True, timeout=LIMIT)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"note: {problem.name}: {method}: {error}", file=sys.stderr)
        return None
    result = np.load(folder / "out.npz")
    return {"error": get_error(result["predicted"], problem.test_y), "seconds": float(result["seconds"])}


def measure(nnc: Path, problem: Problem, known: dict | None) -> dict:
    """`known` is a row with the peers' numbers, or None."""
    with tempfile.TemporaryDirectory() as name:
        ours = run_nnc(nnc, problem, Path(name), [])
        peers = {} if known else {method: run_peer(method, problem, Path(name)) for method in METHODS}
    errors = known["errors"] if known else {method: result["error"] for method, result in peers.items() if result and np.isfinite(result["error"])}
    seconds = known["seconds"] if known else {method: result["seconds"] for method, result in peers.items() if result}
    return {"name": problem.name, "technique": ours["technique"], "nnc": ours["error"], "coverage": ours["coverage"], "errors": errors,
            "seconds": seconds | {"nnc": ours["seconds"]}, "ratio": min(errors.values()) / max(ours["error"], 1e-12)}


class SurrogateAccuracy:
    seconds = 0

    def list_columns(self, compilers: list[str]) -> list[str]:
        return ["name", "chosen", "nnc", *METHODS, "ratio", "coverage", "nnc s"]

    def measure_all(self, arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
        nnc, models = find_nnc(arguments.nnc), get_models_folder(arguments.models)
        path = Path(arguments.json) if arguments.json else None
        done = {row["name"]: row for row in json.loads(path.read_text())["rows"]} if path and path.exists() else {}
        for problem in list_problems(models.parent / "surrogate" if models else None, arguments.folds):
            if arguments.only and arguments.only not in problem.name:
                continue
            known = done.get(problem.name)
            row = done[problem.name] = known if known and not arguments.ours else measure(nnc, problem, known)
            if path:
                path.write_text(json.dumps({"rows": list(done.values())}, indent=1))
            yield row

    def format_row(self, row: dict) -> list[str]:
        errors = [f"{row['errors'][method]:.4f}" if method in row["errors"] else "" for method in METHODS]
        coverage = "" if row["coverage"] is None else f"{row['coverage']:.2f}"
        return [row["name"], row["technique"], f"{row['nnc']:.4f}", *errors, f"{row['ratio']:.2f}", coverage, f"{row['seconds']['nnc']:.1f}"]

    def summarize(self, rows: list[dict]) -> dict[str, float]:
        areas = {method: float(get_profile(rows, method).mean()) for method in ("nnc", *METHODS)}
        coverage: dict[str, list[float]] = {}  # of functions, and of each table
        for row in rows:
            if row["coverage"] is not None and "noise" not in row["name"]:
                coverage.setdefault(row["name"].split(", fold")[0] if "fold" in row["name"] else "functions", []).append(row["coverage"])
        return {"within_10_percent_of_the_best_peer": float(np.mean([row["ratio"] >= 1 / 1.1 for row in rows])),
                "better_than_the_best_peer": float(np.mean([row["ratio"] > 1 for row in rows])),
                **{f"coverage of {name}": statistics.fmean(shares) for name, shares in coverage.items()},
                **{f"area of {method}": area for method, area in areas.items()},
                **{f"median seconds to fit of {method}": statistics.median(seconds) for method in areas
                   if (seconds := [row["seconds"][method] for row in rows if method in row["seconds"]])}}

    def format_summary(self, rows: list[dict]) -> list[str]:
        Path(__file__).with_name("surrogate_profiles.svg").write_text(draw_profiles(rows))
        return [f"- {name.replace('_', ' ')}: {value:.2f}" for name, value in self.summarize(rows).items()]

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        return True
