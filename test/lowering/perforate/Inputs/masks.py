"""Writes FOLDER/list.npy (positions of 20 x 19), FOLDER/image.npz (booleans), FOLDER/impact.npz (floats), FOLDER/wrong.npz
(another shape), FOLDER/outside.npy (a position that is not there). Arrays of archives have the name of `nnc.conv2d`."""

import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rows, columns = np.mgrid[:20, :19]
np.save(folder / "list.npy", np.flatnonzero((rows + columns) % 2 == 0))
np.savez(folder / "image.npz", **{"nnc.conv2d": (rows + columns) % 2 == 0})
np.savez_compressed(folder / "impact.npz", **{"nnc.conv2d": (rows * 19 + columns).astype(np.float32)})
np.savez(folder / "wrong.npz", **{"nnc.conv2d": np.ones((3, 3), np.float32)})
np.savez(folder / "other.npz", **{"fc": np.ones((20, 19), np.float32)})
np.save(folder / "outside.npy", np.array([0, 380]))
