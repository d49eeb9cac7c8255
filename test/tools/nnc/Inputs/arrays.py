# Writes inputs for net.mlir into a folder: good ones, and several that are wrong.
import sys

import numpy as np

folder = sys.argv[1]
x = np.array([[1, 2, 3], [-1, 0.5, 4]], np.float32)
i = np.array([5, -6], np.int64)
np.savez(f"{folder}/in.npz", **{"in/x": x, "i": i})
np.savez_compressed(f"{folder}/compressed.npz", **{"in__in/x": np.asfortranarray(x), "in__i": i, "more": x})
np.savez(f"{folder}/missing.npz", **{"in/x": x})
np.savez(f"{folder}/shape.npz", **{"in/x": x.reshape(3, 2), "i": i})
np.savez(f"{folder}/type.npz", **{"in/x": x.astype(np.float64), "i": i})
np.savez(f"{folder}/object.npz", **{"in/x": np.array([None]), "i": i})
w = np.array([[1, -1, 0.5, 2], [0, 1, -0.5, 1], [2, 0.25, 1, -1]], np.float32)
y = np.maximum(x @ w + np.array([0.5, 0, -0.25, 1], np.float32), 0)
np.savez(f"{folder}/expected.npz", y=y, out__next=i + 1)
np.savez(f"{folder}/wrong.npz", y=y + np.float32(0.01))
