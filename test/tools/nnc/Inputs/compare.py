# Compares what both engines wrote with what NumPy computes.
import sys

import numpy as np

folder = sys.argv[1]
expected = np.load(f"{folder}/expected.npz")
for engine in ("cpp", "reference"):
    actual = np.load(f"{folder}/{engine}.npz")
    assert sorted(actual.files) == ["next", "y"], actual.files
    np.testing.assert_allclose(actual["y"], expected["y"], rtol=1e-6)
    np.testing.assert_array_equal(actual["next"], expected["out__next"])
    assert actual["next"].dtype == np.int64
