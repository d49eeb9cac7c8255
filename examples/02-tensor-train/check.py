#!/usr/bin/env python3
"""Runs the shipped networks in onnxruntime and in nnc.

On noise, logits are compared with those that PyTorch computed (expected.npz); on test images, where the data sets are
there, right answers are counted. Needs only the repository's own .venv and a build. Fails where logits differ by more
than 1e-4 of the largest.

    check.py [NETWORK ...]     such as mnist-tt-tt-8; all of results.json where none is given
    check.py --table           prints results.json as README.md shows it, and runs nothing
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from data import load_held_out  # noqa: E402
from engines import compare  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
TOLERANCE = 1e-4


def prepare(image):
    """Bytes, an array or a tensor, as the networks take them: MNIST from 0 to 1, CIFAR-10 from -2 to 2."""
    return image / np.float32(255) if image.ndim == 2 else (image - np.float32(127.5)) / np.float32(64)


def check(name, data):
    """Prints a line; the largest difference to PyTorch's logits over their largest magnitude."""
    data_set, expected = name.split("-")[0], np.load(HERE / "expected.npz")
    noise, logits = expected[data_set], expected[name]
    images, labels = load_held_out(data, data_set) if data.is_dir() else (noise[:0], np.zeros(0))
    x = prepare(np.concatenate([noise, images]))
    line, largest = compare(HERE / f"{name}.onnx", {"image": x}, logits, labels)
    print(f"{name}: {line}", flush=True)
    return largest


def print_table(rows):
    print("| network | parameters | compression | error % | the paper's compression | the paper's error % |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for row in rows:
        before = row.get("error_percent_before_tuning")
        error = f"{row['error_percent']:.2f}" + (f" ({before:.2f} before tuning)" if before is not None else "")
        paper = " | ".join(str(row[key] or "") for key in ("paper_compression", "paper_error_percent"))
        print(f"| {row['network']} | {row['parameters']:,} | {row['compression']:.2f} | {error} | {paper} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    rows = json.loads((HERE / "results.json").read_text())
    if arguments.table:
        print_table(rows)
        return 0
    names = arguments.networks or [row["network"] for row in rows if row["file"]]
    return 0 if all([check(name, arguments.data) <= TOLERANCE for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
