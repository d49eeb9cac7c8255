# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensor trains in numpy: decomposition, reconstruction, counts, and the cores of other projects.

Each project's layout is checked against its own way to compute the layer, written here as plain loops over indices.
"""

from itertools import product
from math import prod

import numpy as np
import pytest

from nnc import tensor_train as tt

MODES = [((3,), (4,)), ((2, 3), (4, 5)), ((4, 4, 3), (2, 1, 5)), ((2, 3, 2, 2), (3, 1, 2, 2))]


def make_cores(random, input_modes, output_modes, ranks):
    return [random.standard_normal(shape) for shape in zip(ranks[:-1], input_modes, output_modes, ranks[1:])]


def make_ranks(random, count):
    return [1, *random.integers(1, 5, count - 1).tolist(), 1]


def expand(cores):
    """Equation 3 of the paper, element by element."""
    inputs, outputs = [core.shape[1] for core in cores], [core.shape[2] for core in cores]
    matrix = np.zeros((prod(inputs), prod(outputs)))
    for row, i in enumerate(product(*map(range, inputs))):
        for column, j in enumerate(product(*map(range, outputs))):
            chain = np.eye(1)
            for core, a, b in zip(cores, i, j):
                chain = chain @ core[:, a, b, :]
            matrix[row, column] = chain[0, 0]
    return matrix


@pytest.mark.parametrize("input_modes, output_modes", MODES)
def test_reconstruct_is_equation_3(input_modes, output_modes):
    random = np.random.default_rng(1)
    cores = make_cores(random, input_modes, output_modes, make_ranks(random, len(input_modes)))
    np.testing.assert_allclose(tt.reconstruct(cores), expand(cores), atol=1e-12)


@pytest.mark.parametrize("input_modes, output_modes", MODES)
def test_full_ranks_lose_nothing(input_modes, output_modes):
    matrix = np.random.default_rng(2).standard_normal((prod(input_modes), prod(output_modes)))
    cores = tt.decompose(matrix, input_modes, output_modes, 10**6)
    np.testing.assert_allclose(tt.reconstruct(cores), matrix, atol=1e-12)


def test_decompose_finds_the_ranks_of_a_train():
    random = np.random.default_rng(3)
    matrix = tt.reconstruct(make_cores(random, (4, 4, 4), (4, 4, 4), (1, 3, 2, 1)))
    cores = tt.decompose(matrix, (4, 4, 4), (4, 4, 4), [3, 2])
    assert [core.shape for core in cores] == [(1, 4, 4, 3), (3, 4, 4, 2), (2, 4, 4, 1)]
    np.testing.assert_allclose(tt.reconstruct(cores), matrix, atol=1e-12 * np.abs(matrix).max())


def test_truncation_is_within_the_bound_of_tt_svd():
    """The squared error is at most the sum over unfoldings of the squared singular values that were cut."""
    matrix = np.random.default_rng(4).standard_normal((12, 20))
    cores = tt.decompose(matrix, (3, 4), (4, 5), 4)
    unfolding = matrix.reshape(3, 4, 4, 5).transpose(0, 2, 1, 3).reshape(12, 20)
    cut = np.linalg.svd(unfolding, compute_uv=False)[4:]
    assert np.linalg.norm(tt.reconstruct(cores) - matrix) == pytest.approx(np.linalg.norm(cut), rel=1e-9)


def test_filter_with_full_ranks_loses_nothing():
    kernel = np.random.default_rng(5).standard_normal((3, 5, 6, 8))
    spatial, cores = tt.decompose_filter(kernel, (2, 3), (4, 2), 10**6)
    assert spatial.shape == (3, 5, 15)
    np.testing.assert_allclose(tt.reconstruct_filter(spatial, cores), kernel, atol=1e-12)


def test_filter_ranks_as_in_the_paper():
    kernel = np.random.default_rng(6).standard_normal((3, 3, 8, 8))
    spatial, cores = tt.decompose_filter(kernel, (2, 4), (4, 2), [5, 4, 1])
    assert [spatial.shape, *(core.shape for core in cores)] == [(3, 3, 5), (5, 2, 4, 4), (4, 4, 2, 1)]


def count_parameters(input_modes, output_modes, ranks):
    return sum(map(prod, zip(ranks[:-1], input_modes, output_modes, ranks[1:])))


@pytest.mark.parametrize("rank, parameters, compression", [(1, 144, 713614), (2, 528, 194622), (4, 2016, 50972)])
def test_counts_of_the_paper(rank, parameters, compression):
    modes = (2, 7, 8, 8, 7, 4), (4, 4, 4, 4, 4, 4)
    ranks = tt.complete_ranks(rank, [m * n for m, n in zip(*modes)])
    assert count_parameters(*modes, ranks) == parameters
    assert round(prod(modes[0]) * prod(modes[1]) / parameters) == compression


def count_filter_parameters(input_modes, output_modes, ranks):
    return 9 * ranks[0] + count_parameters(input_modes, output_modes, ranks)


def test_counts_of_the_networks_for_cifar10():
    """557,248 and 172,518 parameters (3.23x), 13,934,538 and 334,554 (41.65x), with the scales and shifts of norms."""
    narrow, wide = (4, 4, 4), (4, 8, 4)
    layers = [(narrow, narrow), (narrow, wide), (wide, wide), (wide, wide), (wide, wide)]
    first, norms = 9 * 3 * 64, 2 * (2 * 64 + 4 * 128)
    dense = first + norms + sum(9 * prod(c) * prod(s) for c, s in layers)
    ranks = [(22, 20, 20, 1), (27, 22, 22, 1), *[(23, 23, 23, 1)] * 3]
    trains = first + norms + sum(count_filter_parameters(*modes, r) for modes, r in zip(layers, ranks))
    assert (dense + 1280, trains + 1280) == (557248, 172518)
    assert 557248 / 172518 == pytest.approx(3.23, abs=0.005) and 13934538 / 334554 == pytest.approx(41.65, abs=0.005)
    rest = 2 * (1536 + 512) + 512 * 10 + 10
    trains = first + norms + sum(count_filter_parameters(*modes, (16, 16, 16, 1)) for modes in layers)
    trains += count_parameters((8, 8, 8, 16), (4, 6, 8, 8), (1, 40, 40, 40, 1))
    trains += count_parameters((4, 6, 8, 8), (4, 4, 4, 8), (1, 30, 30, 30, 1))
    assert (dense + rest + 8192 * 1536 + 1536 * 512, trains + rest) == (13934538, 334554)


def test_contraction_counts_of_the_paper():
    """13.8 and 7.3 MFLOP by order, 205.5 dense, two for a multiply-add."""
    modes = (2, 7, 8, 8, 7, 4), (4,) * 6
    shapes = list(zip((1, 4, 4, 4, 4, 4), *modes, (4, 4, 4, 4, 4, 1)))
    assert 2e-6 * tt.count_contraction(shapes, "first_to_last") == pytest.approx(13.8, abs=0.05)
    assert 2e-6 * tt.count_contraction(shapes, "last_to_first") == pytest.approx(7.3, abs=0.05)
    assert tt.count_contraction(shapes, "first_to_last", 3) == 3 * tt.count_contraction(shapes, "first_to_last")


def test_merging_is_counted_product_by_product():
    shapes = [(2, 3, 4, 5), (5, 2, 2, 3), (3, 2, 1, 1)]
    assert tt.count_merging(shapes) == (2 * 12) * 5 * 4 * 3 + (2 * 12 * 4) * 3 * 2 * 1


@pytest.mark.parametrize("size, count, modes", [
    (1024, 4, [8, 8, 4, 4]), (784, 3, [14, 8, 7]), (25088, 6, [8, 7, 7, 4, 4, 4]), (13, 2, [13, 1]), (1, 2, [1, 1])])
def test_factor_modes(size, count, modes):
    assert tt.factor_modes(size, count) == modes


# --- Other projects -------------------------------------------------------------------------------


@pytest.mark.parametrize("input_modes, output_modes", MODES)
def test_tensornet_tf(input_modes, output_modes):
    random = np.random.default_rng(7)
    ranks = make_ranks(random, len(input_modes))
    cores = [random.standard_normal((n * s, r * m)) for m, n, r, s in zip(input_modes, output_modes, ranks, ranks[1:])]
    x = random.standard_normal((5, prod(input_modes)))
    state = x.T
    for core, n in zip(cores, output_modes):
        state = (core @ state.reshape(core.shape[1], -1)).reshape(n, -1).T
    expected = state.reshape(5, -1)
    matrix = tt.reconstruct(tt.from_tensornet_tf(cores, input_modes, output_modes, ranks))
    np.testing.assert_allclose(x @ matrix, expected, atol=1e-11)


def filter_2d(x, kernel):
    """Correlation of H x W with KH x KW, without padding."""
    height, width = (x.shape[k] - kernel.shape[k] + 1 for k in range(2))
    return sum(kernel[i, j] * x[i:i + height, j:j + width] for i, j in np.ndindex(*kernel.shape))


def test_tensornet_tf_conv():
    """Filters first, one per r(0), on every channel by itself; then core by core, as `tt_conv` does."""
    random = np.random.default_rng(8)
    inputs, outputs, ranks = (2, 3), (4, 2), (3, 2, 1)
    filters = random.standard_normal((3, 2, 1, ranks[0]))
    cores = [random.standard_normal((s * r1, r0 * c)) for c, s, r0, r1 in zip(inputs, outputs, ranks, ranks[1:])]
    x = random.standard_normal((5, 6, 6))  # H x W x C
    state = np.stack([[filter_2d(x[:, :, c], filters[:, :, 0, r]) for c in range(6)] for r in range(ranks[0])])
    for core, s in zip(cores, outputs):
        state = (core @ state.reshape(core.shape[1], -1)).reshape(s, -1).T
    expected = state.reshape(3, 5, 8)
    kernel = tt.reconstruct_filter(*tt.from_tensornet_tf_conv(filters, cores, inputs, outputs, ranks))
    result = [sum(filter_2d(x[:, :, c], kernel[:, :, c, s]) for c in range(6)) for s in range(8)]
    np.testing.assert_allclose(np.moveaxis(result, 0, 2), expected, atol=1e-12)


@pytest.mark.parametrize("input_modes, output_modes", MODES)
def test_tensornet_theano(input_modes, output_modes):
    random = np.random.default_rng(9)
    ranks = make_ranks(random, len(input_modes))
    flat = random.standard_normal(count_parameters(input_modes, output_modes, ranks))
    x = random.standard_normal((5, prod(input_modes)))
    state, start = x, 0
    for k in reversed(range(len(input_modes))):
        rows, columns = input_modes[k] * ranks[k + 1], ranks[k] * output_modes[k]
        core = flat[start:start + rows * columns].reshape(rows, columns)
        state = (state.reshape(-1, rows) @ core).reshape(-1, output_modes[k]).T
        start += rows * columns
    expected = state.reshape(-1, 5).T
    matrix = tt.reconstruct(tt.from_tensornet_theano(flat, input_modes, output_modes, ranks))
    np.testing.assert_allclose(x @ matrix, expected, atol=1e-11)


def expand_matlab(core, rows, columns, ranks):
    """The matrix of a tt_matrix: first modes least significant, everything column-major, rows before columns."""
    matrix = np.zeros((prod(rows), prod(columns)))
    starts = np.cumsum([0, *(r * n * m * s for n, m, r, s in zip(rows, columns, ranks, ranks[1:]))])
    for i, j in product(product(*map(range, rows)), product(*map(range, columns))):
        chain = np.eye(1)
        for k, (a, b) in enumerate(zip(i, j)):
            r, s = ranks[k], ranks[k + 1]
            index = [[starts[k] + p + r * (a + rows[k] * (b + columns[k] * q)) for q in range(s)] for p in range(r)]
            chain = chain @ core[np.array(index)]
        row = sum(a * prod(rows[:k]) for k, a in enumerate(i))
        column = sum(b * prod(columns[:k]) for k, b in enumerate(j))
        matrix[row, column] = chain[0, 0]
    return matrix


@pytest.mark.parametrize("input_modes, output_modes", MODES)
def test_tensornet_matlab(input_modes, output_modes):
    random = np.random.default_rng(10)
    ranks = make_ranks(random, len(input_modes))
    core = random.standard_normal(count_parameters(input_modes, output_modes, ranks))
    expected = expand_matlab(core, output_modes, input_modes, ranks)
    matrix = tt.reconstruct(tt.from_tensornet_matlab(core, output_modes, input_modes, ranks))
    np.testing.assert_allclose(matrix, expected.T, atol=1e-12)


def test_t3f():
    """t3f.full: the cores' chain, then rows (m1 m2) before columns (n1 n2)."""
    random = np.random.default_rng(11)
    first, second = random.standard_normal((1, 2, 3, 4)), random.standard_normal((4, 5, 2, 1))
    expected = np.einsum("amnb,bpqc->mpnq", first, second).reshape(10, 6)
    np.testing.assert_allclose(tt.reconstruct(tt.from_t3f([first, second])), expected, atol=1e-12)


# --- Errors ---------------------------------------------------------------------------------------


def test_errors_give_both_numbers():
    matrix = np.zeros((6, 6))
    with pytest.raises(ValueError, match=r"input modes \(2, 2\) have the product 4, not 6"):
        tt.decompose(matrix, (2, 2), (2, 3), 2)
    with pytest.raises(ValueError, match=r"\(2, 3\) and output modes \(6,\)"):
        tt.decompose(matrix, (2, 3), (6,), 2)
    with pytest.raises(ValueError, match="expected 1 inner ranks for 2 cores"):
        tt.decompose(matrix, (2, 3), (2, 3), [2, 2])
    with pytest.raises(ValueError, match="has 7 elements; modes and ranks need 8"):
        tt.from_tensornet_theano(np.zeros(7), (2, 2), (1, 1), (1, 2, 1))
    with pytest.raises(ValueError, match="core 1 has 3 dimensions"):
        tt.from_t3f([np.zeros((1, 2, 1))])
