"""Runs a network in onnxruntime and in nnc, for the checks of the lessons. Needs the repository's .venv and a build."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

NNC = Path(__file__).resolve().parents[1] / "build/bin/nnc"


def call_nnc(*arguments):
    """What nnc prints. Ends the program with its report where it fails."""
    result = subprocess.run([NNC, *arguments], text=True, capture_output=True)
    return result.stdout if result.returncode == 0 else sys.exit(result.stderr)


def bench(model, *options):
    """The fastest run of `nnc bench` in microseconds, by engine, and the FLOPs of one."""
    report = call_nnc("bench", model, *options)
    times = re.findall(r"^(nnc|onnxruntime)\b.*best +([0-9.]+) us", report, re.MULTILINE)
    flops = re.search(r"^([0-9,]+) FLOPs a run", report, re.MULTILINE).group(1)
    return {engine: float(time) for engine, time in times}, int(flops.replace(",", ""))


def run_onnxruntime(model, inputs):
    """The first output for `inputs`, arrays by name."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def compare(model, inputs, logits, answers):
    """Runs `model` in both engines. The first rows of `inputs`, arrays by name, are those of PyTorch's `logits`, the others
    questions to `answers`, maybe none. A line that says how many are right, and the largest difference to `logits`, over
    their largest magnitude."""
    parts, largest = [], 0
    for engine, run in (("onnxruntime", run_onnxruntime), ("nnc", run_nnc)):
        result = run(model, inputs)
        difference = float(np.abs(result[:len(logits)] - logits).max() / np.abs(logits).max())
        right = int((result[len(logits):].argmax(axis=-1) == answers).sum())
        parts.append(f"{engine} {right} of {answers.size} right, {difference:.1e} from PyTorch")
        largest = max(largest, difference)
    return "; ".join(parts), largest


def run_nnc(model, inputs, *options):
    """The output `logits` for `inputs`, arrays by name whose first extent is the batch, of a model compiled with
    `options`. Ends the program with nnc's report where nnc fails."""
    with tempfile.TemporaryDirectory() as folder:
        given, results = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, **inputs)
        batch = len(next(iter(inputs.values())))
        call_nnc("run", model, "--batch", str(batch), "--inputs", given, "--outputs", results, *options)
        return np.load(results)["logits"]
