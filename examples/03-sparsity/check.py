#!/usr/bin/env python3
"""Runs the shipped networks in onnxruntime and in nnc.

On noise, logits are compared with those that PyTorch computed (expected.npz); on test data, where the data sets are
there, right answers are counted. Needs only the repository's own .venv and a build. Fails where logits differ by more
than 1e-4 of the largest.

    check.py [NETWORK ...]     such as mnist-lenet5-svd; all of results.json where none is given
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
from text import load_characters, load_sentiment  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
TOLERANCE = 1e-4


def prepare(inputs, name):
    """Bytes, an array or a tensor, as the network `name` takes them: images from 0 to 1, and in two dimensions for
    LeNet-5; numbers of words and characters stay."""
    if not name.startswith(("mnist", "cifar10")):
        return inputs
    x = inputs / np.float32(255)
    return x.reshape(-1, 1, 28, 28) if "lenet5" in name else x


def count_right(logits, labels):
    return int((logits.argmax(axis=-1) == labels).sum())


def load_tests(data, data_set, count):
    """`count` answers and what they are to."""
    if data_set in ("mnist", "cifar10"):
        return load_held_out(data, data_set, count, margin=0)
    parts = load_sentiment(data) if data_set == "sentiment" else load_characters(data)[0]
    inputs, labels = parts["test"]
    rows = count * len(labels) // labels.size
    return inputs[:rows], labels[:rows]


def check(row, data):
    """Prints a line; the largest difference to PyTorch's logits over their largest magnitude."""
    name, expected = row["network"], np.load(HERE / "expected.npz")
    noise, logits = expected[name.split("-")[0]], expected[name]
    tests = (noise[:0], np.zeros(0)) if not data.is_dir() else load_tests(data, name.split("-")[0], row["held_out"])
    x = prepare(np.concatenate([noise, tests[0]]), name)
    line, largest = compare(HERE / row["file"], {"x": x}, logits, tests[1])
    print(f"{name}: {line}", flush=True)
    return largest


def print_tables(rows):
    """Networks by the weights that are left, and by the units that are left."""
    by_name = {row["network"]: row for row in rows}
    sparse, structured = ([row for row in rows if key in row] for key in ("kept", "units"))
    print_table("network|weights|not zero|compression|error %|dense|the paper's compression|error %|dense",
                [[row["network"], f"{row['weights']:,}", f"{row['kept']:,}", f"{row['compression']:.1f}",
                  *get_errors(row, by_name, "compression")] for row in sparse])
    print()
    print_table("network|units|FLOPs, dense over this|error %|dense|the paper's units|FLOPs|error %|dense",
                [[row["network"], row["units"], row["flops_ratio"], *get_errors(row, by_name, "units", "flops_ratio")]
                 for row in structured])


def get_errors(row, by_name, *paper):
    """This network's error and that of the dense one, then what the paper says."""
    dense = by_name[row["network"].rsplit("-", 1)[0]]
    keys = [f"paper_{key}" for key in (*paper, "error_percent")]
    return [get_error(row), get_error(dense), *(row.get(key, "") for key in keys), dense.get(keys[-1], "")]


def get_error(row):
    """In percent; of a model of characters, bits for each."""
    return f"{row['bits']:.3f} bits" if row["network"].startswith("characters") else f"{row['error_percent']:.2f}"


def print_table(titles, rows):
    titles = titles.split("|")
    print(f"| {' | '.join(titles)} |")
    print(f"| --- |{' ---: |' * (len(titles) - 1)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    rows = json.loads((HERE / "results.json").read_text())
    if arguments.table:
        print_tables(rows)
        return 0
    shipped = [row for row in rows if row["file"] and (not arguments.networks or row["network"] in arguments.networks)]
    return 0 if all([check(row, arguments.data) <= TOLERANCE for row in shipped]) else 1


if __name__ == "__main__":
    sys.exit(main())
