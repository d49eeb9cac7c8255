#!/usr/bin/env python3
"""Runs gated.onnx, a gate and a classifier as one function, in onnxruntime and in nnc, and measures what the gate saves.

    check.py            compares with PyTorch's outputs (expected.npz); fails where they differ by more than 1e-4 of the largest
    check.py --speed    time of one object, images of MNIST and noise: writes speed.json
    check.py --table=NAME    prints a table of README.md, objectives or gate, and runs nothing
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from data import load_held_out  # noqa: E402
from engines import bench, call_nnc  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
TOLERANCE = 1e-4
OBJECTS = 100


def check():
    expected, largest = np.load(HERE / "expected.npz"), 0
    x = expected["x"]
    for file, names in (("gated", ["logits", "w"]), ("vae", ["elbo"])):
        session = onnxruntime.InferenceSession(HERE / f"{file}.onnx", providers=["CPUExecutionProvider"])
        engines = {"onnxruntime": dict(zip(names, session.run(names, {"x": x})))}
        with tempfile.TemporaryDirectory() as folder:
            given, results = Path(folder) / "in.npz", Path(folder) / "out.npz"
            np.savez(given, x=x)
            call_nnc("run", HERE / f"{file}.onnx", f"--samples={len(x)}", "--inputs", given, "--outputs", results)
            engines["nnc"] = dict(np.load(results))
        for engine, outputs in engines.items():
            difference = max(float(np.abs(outputs[name] - expected[name]).max() / np.abs(expected[name]).max()) for name in names)
            print(f"{file}: {engine} {difference:.1e} from PyTorch")
            largest = max(largest, difference)
    return largest


def measure_speed(data):
    images, _ = load_held_out(data, "mnist", OBJECTS)
    clean = (images.reshape(-1, 32, 32)[:, 2:-2, 2:-2].reshape(OBJECTS, -1) > 127).astype(np.float32)
    random = np.random.default_rng(1)
    noise = np.stack([random.permutation(row) for row in clean])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        given, results = Path(folder) / "in.npz", Path(folder) / "out.npz"
        for name, x in (("images", clean), ("noise", noise)):
            np.savez(given, x=x)
            options = [HERE / "gated.onnx", f"--samples={OBJECTS}", "--inputs", given]
            times, _ = bench(*options, "--seconds", "3")
            call_nnc("run", *options, "--outputs", results)
            passed = float((np.load(results)["w"] > 0.5).mean())
            rows.append({"objects": name, "passed_percent": round(100 * passed, 1), "us": round(times["nnc"] / OBJECTS, 2),
                         "onnxruntime_us": round(times["onnxruntime"] / OBJECTS, 2)})
            print(json.dumps(rows[-1]), flush=True)
    write_rows(HERE / "speed.json", rows)


def print_objectives():
    print("| data | objective | ELBO of clean test images | of noise | ROC AUC | pass the gate: images % | noise % |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for row in json.loads((HERE / "results.json").read_text()):
        if "objective" in row:
            gate = [row.get(f"{kind}_passed_percent", "") for kind in ("test", "noise")]
            print(f"| {row['data']} | {row['objective']} | {row['test_elbo']} | {row['noise_elbo']} | {row['auc']} | {gate[0]} | {gate[1]} |")


def print_gate():
    print("| objects | pass the gate % | nnc us | onnxruntime us | times as fast |\n| --- | ---: | ---: | ---: | ---: |")
    for row in json.loads((HERE / "speed.json").read_text()):
        print(f"| {row['objects']} | {row['passed_percent']} | {row['us']} | {row['onnxruntime_us']} | {row['onnxruntime_us'] / row['us']:.1f} |")


TABLES = {"objectives": print_objectives, "gate": print_gate}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--table", choices=TABLES)
    arguments = parser.parse_args()
    if arguments.speed:
        return measure_speed(arguments.data)
    if arguments.table:
        return TABLES[arguments.table]()
    if check() > TOLERANCE:
        sys.exit("outputs are not those of PyTorch")


if __name__ == "__main__":
    main()
