# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of generated code beside central differences of fourth order of its values:  differences.py MODEL FOLDER OUTPUT...

FOLDER has in.npz with `x`; the model has outputs OUTPUT and OUTPUT_gradient.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

STEPS = 1e-5, 3e-4  # small ones suffer from rounding, large ones from what bends: the better one counts


def run(model, folder, x):
    np.savez(folder / "at.npz", x=x)
    subprocess.run(["nnc", "run", model, "--inputs", folder / "at.npz", "--outputs", folder / "out.npz", *sys.argv[4:]], check=True, capture_output=True)
    return dict(np.load(folder / "out.npz"))


def compare(model, folder, x, name, exact, step):
    differences = np.empty(exact[f"{name}_gradient"].shape)
    for column in range(x.shape[1]):
        move = np.zeros_like(x)
        move[:, column] = step
        near, far = (run(model, folder, x + n * move)[name] - run(model, folder, x - n * move)[name] for n in (1, 2))
        differences[:, :, column] = (8 * near - far) / (12 * step)
    return np.abs(exact[f"{name}_gradient"] - differences).max() / np.abs(differences).max()


def main():
    model, folder, names = sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(",")
    x = np.load(folder / "in.npz")["x"]
    exact = run(model, folder, x)
    for name in names:
        error = min(compare(model, folder, x, name, exact, step) for step in STEPS)
        print(f"{name}: gradients differ from differences by", "less than 1e-6" if error < 1e-6 else error)


main()
