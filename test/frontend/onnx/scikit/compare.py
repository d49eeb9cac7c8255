# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs each model here with 1 point, 5 and 24 in generated code, and compares with what scikit-learn predicted:  compare.py FOLDER"""

import subprocess
import sys
from pathlib import Path

import numpy as np

HERE, FOLDER = Path(__file__).parent, Path(sys.argv[1])


def run(model: Path, points: np.ndarray) -> list[np.ndarray]:
    np.savez(FOLDER / "in.npz", X=points)
    subprocess.run(["nnc", "run", model, f"--batch={len(points)}", "--inputs", FOLDER / "in.npz", "--outputs", FOLDER / "out.npz"], check=True, capture_output=True)
    return list(np.load(FOLDER / "out.npz").values())


def compare(model: Path) -> float:
    """The largest difference; labels must be the same."""
    known = np.load(model.with_suffix(".npz"))
    largest = 0.0
    for count in (1, 5, 24):
        outputs = run(model, known["points"][:count])
        if "label" in known:
            assert (outputs[0] == known["label"][:count]).all(), f"{model.stem}: {outputs[0]} are not {known['label'][:count]}"
        expected = known["probabilities" if "label" in known else "value"][:count]
        largest = max(largest, float(np.abs(outputs[-1].reshape(expected.shape) - expected).max()))
    return largest


models = sorted(HERE.glob("*.onnx"))
for model in models:
    difference = compare(model)
    assert difference < 2e-5, f"{model.stem}: differs by {difference}"
    print(f"{model.stem}: as scikit-learn")
print(len(models), "models")
