#!/usr/bin/env python3
"""Runs digits.onnx in onnxruntime on the held-out images and compares it with PyTorch's numbers.

Needs only the repository's own .venv. Fails where a probability differs by more than 1e-5.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-5


def main():
    held_out = np.load(HERE / "held_out.npz")
    session = onnxruntime.InferenceSession(HERE / "digits.onnx", providers=["CPUExecutionProvider"])
    rows = [session.run(None, {"image": image[None]})[0][0] for image in held_out["image"]]
    probabilities = np.stack(rows)
    difference = float(np.abs(probabilities - held_out["probabilities"]).max())
    right = int((probabilities.argmax(axis=1) == held_out["label"]).sum())
    print(f"max abs difference to PyTorch: {difference:.3g}")
    print(f"held-out accuracy: {right} of {len(rows)} ({100 * right / len(rows):.2f} %)")
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
