#!/usr/bin/env python3
"""Runs the shipped networks in onnxruntime and in nnc, and perforates them.

On noise, logits are compared with those that PyTorch computed (expected.npz); on test images, where the data set is there,
right answers are counted. Needs only the repository's own .venv and a build. Fails where logits differ by more than 1e-4 of
the largest.

    check.py [NETWORK ...]    all of results.json where none is given
    check.py --masks          right answers and speed with masks and no training: writes masks.json
    check.py --table          prints masks.json as README.md shows it, and runs nothing
    check.py --trained        the same of results.json
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
from engines import bench, compare, run_nnc  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
HELD_OUT = 500
TOLERANCE = 1e-4
MASKS = {"nin": ["grid", "uniform", "pooling", "fractional-stride", "tiles"],
         "resnet20": ["grid", "uniform", "fractional-stride", "tiles"]}
KEPT = [0.6, 0.4, 0.25]


def load_images(data):
    images, labels = load_held_out(data, "cifar10", HELD_OUT)
    return images / np.float32(255), labels


def check(row, data):
    """Prints a line; the largest difference to PyTorch's logits over their largest magnitude."""
    name, expected = row["network"], np.load(HERE / "expected.npz")
    noise, logits = expected["x"], expected[name]
    images, labels = load_images(data) if data.is_dir() else (noise[:0], np.zeros(0))
    line, largest = compare(HERE / row["file"], {"x": np.concatenate([noise, images])}, logits, labels)
    print(f"{name}: {line}", flush=True)
    return largest


def measure_microseconds(network, *options):
    """The fastest run of one image."""
    return bench(HERE / f"{network}.onnx", "--batch", "1", "--seconds", "1", *options)[0]["nnc"]


def measure_masks(data):
    images, labels = load_images(data)
    rows = []
    for network, masks in MASKS.items():
        dense = measure_microseconds(network)
        for mask, kept in [(None, 1.0)] + [(mask, kept) for mask in masks for kept in KEPT]:
            options = [f"--perforate=mask={mask} kept={kept}"] if mask else []
            logits = run_nnc(HERE / f"{network}.onnx", {"x": images}, *options)
            right = int((logits.argmax(axis=1) == labels).sum())
            rows.append({"network": network, "mask": mask, "kept": kept, "right": right, "of": HELD_OUT,
                         "speedup": round(dense / measure_microseconds(network, *options), 2)})
            print(json.dumps(rows[-1]), flush=True)
    write_rows(HERE / "masks.json", rows)


def print_table():
    rows = json.loads((HERE / "masks.json").read_text())
    print("| network | mask | " + " | ".join(f"kept {kept}: error % | times as fast" for kept in KEPT) + " |")
    print("| --- | --- |" + " ---: | ---: |" * len(KEPT))
    for network, masks in MASKS.items():
        for mask in masks:
            cells = []
            for kept in KEPT:
                row = next(row for row in rows if (row["network"], row["mask"], row["kept"]) == (network, mask, kept))
                cells += [f"{100 - 100 * row['right'] / row['of']:.1f}", f"{row['speedup']:.2f}"]
            print(f"| {network} | {mask} | {' | '.join(cells)} |")


def print_trained():
    print("| network | mask | speed | kept | error % dense | with the mask | fine-tuned | epochs |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in json.loads((HERE / "results.json").read_text()):
        if "mask" in row:
            print(f"| {row['network'].split('-')[0]} | {row['mask']} | {row['speed']} | {row['kept']} | {row['dense_error_percent']:.2f} | "
                  f"{row['error_before_percent']:.2f} | {row['error_percent']:.2f} | {row['epochs']} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--masks", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--trained", action="store_true")
    arguments = parser.parse_args()
    if arguments.table:
        return print_table()
    if arguments.trained:
        return print_trained()
    if arguments.masks:
        return measure_masks(arguments.data)
    rows = json.loads((HERE / "results.json").read_text())
    chosen = [row for row in rows if row["file"] and (not arguments.networks or row["network"] in arguments.networks)]
    if max(check(row, arguments.data) for row in chosen) > TOLERANCE:
        sys.exit("logits are not those of PyTorch")


if __name__ == "__main__":
    main()
