# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The wide and shallow network of Novikov et al. (arXiv:1509.06569, section 6.2.1), with random weights.

3,072 -> 262,144 -> 4,096 -> 10: two fully connected layers as tensor trains with bias and ReLU, then a dense one.
"""

from math import prod
from pathlib import Path

import numpy as np

from trains import Chain, make_cores

MODES = (4, 4, 4, 4, 4, 3), (8,) * 6, (4,) * 6
CLASSES = 10


def count_dense_weights() -> int:
    """Of the three matrices, without biases."""
    extents = [*map(prod, MODES), CLASSES]
    return sum(rows * columns for rows, columns in zip(extents, extents[1:]))


def save_wide_network(rank: int, path: Path) -> None:
    rng = np.random.default_rng(0)
    chain = Chain(1, prod(MODES[0]))
    for inputs, outputs in zip(MODES, MODES[1:]):
        chain.add_train(make_cores(inputs, outputs, rank, rng), rng.standard_normal(prod(outputs), dtype=np.float32))
        chain.add("Relu")
    rows = prod(MODES[-1])
    weight = rng.standard_normal((rows, CLASSES), dtype=np.float32) / np.float32(np.sqrt(rows))
    chain.add("Gemm", weight, np.zeros(CLASSES, np.float32))
    chain.save(CLASSES, path)
