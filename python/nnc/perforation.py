# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Perforation masks (Figurnov et al., arXiv:1504.08362, section 3.3) in numpy: which positions of a convolution's
result are computed, and which of these the others copy. Positions are counted row by row.

The kinds are those of nnc-perforate; random ones draw other positions than it does from the same seed.
"""

import numpy as np

TILE = 4  # the side of the tiles that Winograd's convolution computes at once


def make_fill_table(kept, height, width):
    """[H, W]: for each position the nearest of `kept` in the Euclidean distance; of several the first in rising order."""
    kept = np.sort(np.asarray(kept))
    rows, columns = np.divmod(np.arange(height * width), width)
    kept_rows, kept_columns = np.divmod(kept, width)
    distance = (rows[:, None] - kept_rows) ** 2 + (columns[:, None] - kept_columns) ** 2
    return kept[distance.argmin(axis=1)].reshape(height, width)


def count_kept(positions, kept):
    return min(max(int(kept * positions), 1), positions)


def take_largest(weights, count, rng):
    """The positions of the `count` largest weights, rising; ties are drawn."""
    order = np.lexsort((rng.random(weights.size), -weights.ravel()))
    return np.sort(order[:count])


def spread(extent, kept, shift):
    """Of `extent` coordinates the share `kept`, evenly spaced, the first at `shift` spacings."""
    count = count_kept(extent, kept)
    return np.clip(np.ceil(extent / count * (np.arange(count) + shift)).astype(int) - 1, 0, extent - 1)


def cross(rows, columns, width):
    return (rows[:, None] * width + columns).ravel()


def choose_uniform(height, width, kept, rng, **_):
    return take_largest(np.zeros(height * width), count_kept(height * width, kept), rng)


def choose_grid(height, width, kept, rng, **_):
    share = kept ** 0.5
    return cross(spread(height, share, rng.random()), spread(width, share, rng.random()), width)


def choose_fractional_stride(height, width, kept, rng, **_):
    share = kept ** 0.5
    return cross(spread(height, share, 0.5), spread(width, share, 0.5), width)


def choose_strides(height, width, kept, rng, **_):
    most, best = count_kept(height * width, kept), (1, height, width)
    for columns in range(1, width + 1):
        largest = min(height, 2 * columns) if width > 1 else height
        for rows in range(1 if height == 1 else columns, largest + 1):
            count = -(-height // rows) * -(-width // columns)
            if best[0] < count <= most:
                best = count, rows, columns
    return cross(np.arange(0, height, best[1]), np.arange(0, width, best[2]), width)


def choose_pooling(height, width, kept, rng, windows=None, **_):
    if windows is None:
        raise ValueError("the mask 'pooling' needs `windows`, how many windows of a pooling read each position")
    return take_largest(np.asarray(windows), count_kept(height * width, kept), rng)


def choose_impact(height, width, kept, rng, importance=None, **_):
    if importance is None:
        raise ValueError("the mask 'impact' needs `importance`, how much each position matters")
    return take_largest(np.asarray(importance), count_kept(height * width, kept), rng)


def choose_tiles(height, width, kept, rng, importance=None, **_):
    rows, columns = -(-height // TILE), -(-width // TILE)
    tiles = np.arange(height)[:, None] // TILE * columns + np.arange(width) // TILE
    if importance is None:
        down, right = np.divmod(np.arange(rows * columns), columns)
        weights = (0.7548776662466927 * down + 0.5698402909980532 * right) % 1
    else:
        weights = np.bincount(tiles.ravel(), np.asarray(importance, float).ravel(), rows * columns)
    chosen = take_largest(weights, count_kept(rows * columns, kept), rng)
    return np.flatnonzero(np.isin(tiles, chosen))


MASKS = {"uniform": choose_uniform, "grid": choose_grid, "fractional-stride": choose_fractional_stride,
         "strides": choose_strides, "pooling": choose_pooling, "impact": choose_impact, "tiles": choose_tiles}


def choose_fill(mask, height, width, kept, seed=0, **information):
    """The fill table [H, W] of a mask that keeps the share `kept` of positions. `information`: `windows` for pooling,
    `importance` for impact and tiles, both [H, W]."""
    if mask not in MASKS:
        raise ValueError(f"unknown mask '{mask}'; known are {', '.join(MASKS)}")
    if not 0 < kept <= 1:
        raise ValueError(f"kept is {kept}, but must be above 0 and at most 1")
    positions = MASKS[mask](height, width, kept, np.random.default_rng(seed), **information)
    return make_fill_table(positions, height, width)


def count_windows(height, width, kernel, stride, padding=0):
    """[H, W]: how many windows of a square pooling read each position."""
    def count(extent):
        reads = np.zeros(extent)
        for start in range(-padding, extent + padding - kernel + 1, stride):
            reads[max(start, 0):start + kernel] += 1
        return reads
    return count(height)[:, None] * count(width)
