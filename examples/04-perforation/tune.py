#!/usr/bin/env python3
"""Lets `nnc tune` choose the rates of each layer, and writes what came out to tuned.json beside this file.

    tune.py            runs all searches of SEARCHES
    tune.py --table    prints tuned.json as README.md shows it, and runs nothing

The search sees test images 500 to 999 of CIFAR-10 (of MNIST: the first 5,000); errors are of those it does not see, the
first 500 (the other 5,000).
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from data import load_held_out, load_mnist_part  # noqa: E402
from rows import write_rows  # noqa: E402

SHARED = ROOT.parent / "shared/data"
MNIST = SHARED / "models/mnist-8/model.onnx"  # of another project: trained elsewhere

# Model, data, arguments.
SEARCHES = [
    (HERE / "nin.onnx", "cifar10", ["--batch=1", "--speedup=2", "--options=mask=uniform"]),
    (HERE / "nin.onnx", "cifar10", ["--batch=1", "--speedup=2", "--options=mask=grid"]),
    (HERE / "nin.onnx", "cifar10", ["--batch=1", "--speedup=2", "--options=mask=pooling"]),
    (HERE / "nin.onnx", "cifar10", ["--batch=1", "--speedup=2", "--options=mask=impact"]),
    (HERE / "nin.onnx", "cifar10", ["--batch=1", "--max-drop=2", "--options=mask=impact"]),
    (HERE / "resnet20.onnx", "cifar10", ["--batch=1", "--max-drop=2", "--options=mask=impact"]),
    (HERE / "resnet20.onnx", "cifar10", ["--batch=1", "--max-drop=2", "--options=mask=tiles"]),
    (MNIST, "mnist", ["--max-drop=0.5", "--options=mask=grid"]),
    (MNIST, "mnist", ["--max-drop=0.5", "--options=mask=impact"]),
]


def write_data(name, folder):
    """Files for the search and for the test."""
    if name == "cifar10":
        images, labels = load_held_out(SHARED / "datasets", "cifar10", 1000)
        arrays, half = {"x": (images / 255).astype(np.float32)}, 500
        halves = (slice(half, None), slice(half))
    else:
        images, labels = load_mnist_part(SHARED / "datasets/mnist", "t10k", 0)
        arrays, half = {"Input3": images.reshape(-1, 1, 28, 28).astype(np.float32)}, 5000
        halves = (slice(half), slice(half, None))
    paths = [folder / f"{name}-{part}.npz" for part in ("search", "test")]
    for path, part in zip(paths, halves):
        np.savez(path, labels=labels[part], **{key: array[part] for key, array in arrays.items()})
    return paths


def run_searches(work, nnc):
    work.mkdir(parents=True, exist_ok=True)
    rows = []
    for model, data, arguments in SEARCHES:
        search, test = write_data(data, work)
        folder = work / "-".join([model.parent.name, model.stem, *(a.strip("-").split("=")[-1] for a in arguments)])
        subprocess.run([nnc, "tune", model, "--data", search, "--test", test, "-o", folder, *arguments], check=True)
        report = json.loads((folder / "report.json").read_text())
        name = "mnist-8" if model == MNIST else model.stem
        rows.append({"network": name, "arguments": " ".join(arguments[-2:]), "speedup": round(report["speedup"], 2),
                     "evaluations": report["evaluations"],
                     **{f"{kind}_error_percent": round(report[kind]["wrong_percent"], 2)
                        for kind in ("dense", "tuned", "test_dense", "test_tuned")},
                     "levels": {row["layer"].split(",")[0]: row["level"] for row in report["layers"]}})
        write_rows(HERE / "tuned.json", rows)


def print_table():
    print("| network | goal and mask | times as fast | error % dense | tuned | on unseen images: dense | tuned | evaluations |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in json.loads((HERE / "tuned.json").read_text()):
        goal = row["arguments"].replace("--options=mask=", "").replace("--batch=1 ", "")
        print(f"| {row['network']} | `{goal}` | {row['speedup']:.2f} | {row['dense_error_percent']:.1f} | "
              f"{row['tuned_error_percent']:.1f} | {row['test_dense_error_percent']:.1f} | "
              f"{row['test_tuned_error_percent']:.1f} | {row['evaluations']} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--work", type=Path, default=ROOT / "out/04-perforation-tune")
    parser.add_argument("--nnc", type=Path, default=ROOT / "build/bin/nnc")
    arguments = parser.parse_args()
    if not arguments.table:
        run_searches(arguments.work, arguments.nnc)
    print_table()


if __name__ == "__main__":
    main()
