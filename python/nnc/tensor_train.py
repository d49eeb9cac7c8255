# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrices and convolution filters as tensor trains, in numpy.

One layout is used everywhere in nnc. A matrix W of K = m1 ... md rows (inputs) and N = n1 ... nd columns
(outputs), applied as y = x W, has cores G1 ... Gd, core k of shape r(k-1) x m(k) x n(k) x r(k), r(0) = r(d) = 1:

    W((i1 ... id), (j1 ... jd)) = G1[i1, j1] G2[i2, j2] ... Gd[id, jd]

The first mode is the most significant (row-major). Source: Novikov et al., "Tensorizing Neural Networks",
arXiv:1509.06569, equation 3. A filter of KH x KW taps, C = c1 ... cd input and S = s1 ... sd output channels has one
core more, `spatial` of shape KH x KW x r(0), and core k of shape r(k-1) x c(k) x s(k) x r(k):

    K(i, j, (c1 ... cd), (s1 ... sd)) = spatial[i, j] G1[c1, s1] ... Gd[cd, sd]

Source: Garipov et al., "Ultimate tensorization", arXiv:1611.03214, equation 6. Decompositions are TT-SVD (Oseledets,
SIAM J. Sci. Comput. 33(5), 2011, algorithm 1) in double precision. The loaders at the end read the cores of other
projects into this layout.
"""

from math import prod

import numpy as np

# --- Modes and ranks ------------------------------------------------------------------------------


def factor_modes(size, count):
    """Splits `size` into `count` factors as equal as its prime factors allow, largest first."""
    primes, rest, divisor = [], size, 2
    while rest > 1:
        divisor = divisor if divisor * divisor <= rest else rest
        while rest % divisor == 0:
            primes.append(divisor)
            rest //= divisor
        divisor += 1
    modes = [1] * count
    for prime in reversed(primes):
        modes[modes.index(min(modes))] *= prime
    return sorted(modes, reverse=True)


def get_full_ranks(sizes):
    """The ranks between cores of `sizes` elements, above which a rank adds nothing: len(sizes) - 1 numbers."""
    return [min(prod(sizes[:k]), prod(sizes[k:])) for k in range(1, len(sizes))]


def complete_ranks(ranks, sizes):
    """All d + 1 ranks from what a user gives: the largest rank (one number), d - 1 inner ranks, or all of them.

    A single number is cut to the full rank; given lists are taken as they are.
    """
    if isinstance(ranks, (int, np.integer)):
        return [1, *(min(int(ranks), full) for full in get_full_ranks(sizes)), 1]
    ranks = [int(rank) for rank in ranks]
    if len(ranks) == len(sizes) - 1:
        ranks = [1, *ranks, 1]
    if len(ranks) != len(sizes) + 1 or ranks[0] != 1 or ranks[-1] != 1 or min(ranks) < 1:
        raise ValueError(f"ranks {ranks}: expected {len(sizes) - 1} inner ranks for {len(sizes)} cores")
    return ranks


def check_modes(input_modes, output_modes):
    """The modes as two tuples; an error unless there are as many of one as of the other, all of at least 1."""
    input_modes, output_modes = tuple(map(int, input_modes)), tuple(map(int, output_modes))
    if not input_modes or len(input_modes) != len(output_modes) or min(input_modes + output_modes) < 1:
        raise ValueError(
            f"input modes {input_modes} and output modes {output_modes}: expected equally many, of at least 1")
    return input_modes, output_modes


def _check_product(what, modes, size):
    if prod(modes) != size:
        raise ValueError(f"{what} {tuple(modes)} have the product {prod(modes)}, not {size}")


# --- Decomposition and reconstruction -------------------------------------------------------------


def decompose_tensor(tensor, ranks):
    """TT-SVD of a d-way tensor: d cores of r(k-1) x size(k) x r(k), in double precision.

    `ranks` has d + 1 numbers and bounds the ranks; a rank above that of the unfolding is cut to it.
    """
    sizes, cores = tensor.shape, []
    rest, rank = np.asarray(tensor, np.float64).reshape(1, -1), 1
    for size, limit in zip(sizes[:-1], ranks[1:-1]):
        u, s, v = np.linalg.svd(rest.reshape(rank * size, -1), full_matrices=False)
        kept = min(limit, len(s))
        cores.append(u[:, :kept].reshape(rank, size, kept))
        rest, rank = s[:kept, None] * v[:kept], kept
    return [*cores, rest.reshape(rank, sizes[-1], 1)]


def _interleave(tensor, input_modes, output_modes):
    """(m1 ... md) x (n1 ... nd) -> (m1 n1) x ... x (md nd)"""
    count = len(input_modes)
    order = [axis for k in range(count) for axis in (k, count + k)]
    sizes = [m * n for m, n in zip(input_modes, output_modes)]
    return tensor.reshape(*input_modes, *output_modes).transpose(order).reshape(sizes)


def _merge(cores):
    """The product of all cores, r(0) x M x N x r(d) with M and N the products of their modes."""
    merged = cores[0]
    for core in cores[1:]:
        (r, m1, n1, _), (_, m2, n2, s) = merged.shape, core.shape
        merged = np.einsum("amnb,bpqc->ampnqc", merged, core).reshape(r, m1 * m2, n1 * n2, s)
    return merged


def decompose(matrix, input_modes, output_modes, ranks):
    """A K x N matrix as a train: TT-SVD with `ranks` (see complete_ranks). Returns the d cores in double precision."""
    input_modes, output_modes = check_modes(input_modes, output_modes)
    _check_product("input modes", input_modes, matrix.shape[0])
    _check_product("output modes", output_modes, matrix.shape[1])
    tensor = _interleave(np.asarray(matrix), input_modes, output_modes)
    cores = decompose_tensor(tensor, complete_ranks(ranks, tensor.shape))
    return [core.reshape(core.shape[0], m, n, core.shape[2]) for core, m, n in zip(cores, input_modes, output_modes)]


def reconstruct(cores):
    """The K x N matrix of a train."""
    return _merge(cores)[0, :, :, 0]


def decompose_filter(kernel, input_modes, output_modes, ranks):
    """A KH x KW x C x S filter as (`spatial`, d cores). `ranks`: the largest rank, or r(0) ... r(d-1) [, 1]."""
    kernel = np.asarray(kernel)
    input_modes, output_modes = check_modes(input_modes, output_modes)
    height, width, inputs, outputs = kernel.shape
    _check_product("input modes", input_modes, inputs)
    _check_product("output modes", output_modes, outputs)
    tensor = _interleave(kernel.reshape(-1), (height * width, *input_modes), (1, *output_modes))
    spatial, *cores = decompose_tensor(tensor, complete_filter_ranks(ranks, tensor.shape))
    cores = [core.reshape(core.shape[0], c, s, core.shape[2]) for core, c, s in zip(cores, input_modes, output_modes)]
    return spatial.reshape(height, width, -1), cores


def complete_filter_ranks(ranks, sizes):
    """As complete_ranks, also for the paper's list r(0) ... r(d-1), 1, which has no 1 before the spatial core."""
    if not isinstance(ranks, (int, np.integer)) and len(ranks) == len(sizes):
        ranks = [1, *ranks]
    return complete_ranks(ranks, sizes)


def reconstruct_filter(spatial, cores):
    """The KH x KW x C x S filter of a train."""
    height, width, rank = spatial.shape
    merged = _merge(cores)
    return (spatial.reshape(-1, rank) @ merged.reshape(rank, -1)).reshape(height, width, *merged.shape[1:3])


# --- Cost -----------------------------------------------------------------------------------------


def count_contraction(shapes, order, rows=1):
    """Multiply-adds of contracting `rows` inputs with cores of `shapes`, "first_to_last" or "last_to_first"."""
    inputs, outputs = [shape[1] for shape in shapes], [shape[2] for shape in shapes]
    total = 0
    for k, shape in enumerate(shapes):
        if order == "first_to_last":
            others = prod(outputs[:k]) * prod(inputs[k + 1:])
        else:
            others = prod(inputs[:k]) * prod(outputs[k + 1:])
        total += rows * others * prod(shape)
    return total


def count_merging(shapes):
    """Multiply-adds of merging the cores, from the first on."""
    total, merged = 0, prod(shapes[0][:3])
    for shape in shapes[1:]:
        total += merged * prod(shape)
        merged *= prod(shape[1:3])
    return total


# --- Cores of other projects ----------------------------------------------------------------------


def from_t3f(tt_cores):
    """Cores of a t3f TT-matrix that is used as `t3f.matmul(x, W)`, the weight of `t3f.nn.KerasDense`.

    t3f keeps cores as r(k-1) x m(k) x n(k) x r(k) with the rows, here the inputs, first: nnc's layout.
    """
    cores = [np.asarray(core) for core in tt_cores]
    for k, core in enumerate(cores):
        if core.ndim != 4:
            raise ValueError(f"core {k + 1} has {core.ndim} dimensions; those of a TT-matrix have 4")
    return cores


def from_tensornet_tf(mat_cores, input_modes, output_modes, ranks):
    """Cores of TensorNet-TF's `tt`: variables `mat_core_k`, (n(k) r(k)) x (r(k-1) m(k)); `ranks` has d + 1 numbers."""
    input_modes, output_modes = check_modes(input_modes, output_modes)
    return [np.asarray(core).reshape(n, s, r, m).transpose(2, 3, 0, 1)
            for core, m, n, r, s in zip(mat_cores, input_modes, output_modes, ranks[:-1], ranks[1:], strict=True)]


def from_tensornet_tf_conv(filters, cores, input_modes, output_modes, ranks):
    """(`spatial`, cores) of TensorNet-TF's `tt_conv` and `tt_conv_full`.

    Variables `filters`, KH x KW x 1 x r(0), and `core_k`, (s(k) r(k)) x (r(k-1) c(k)); `ranks` is r(0) ... r(d).
    """
    filters = np.asarray(filters)
    height, width, _, rank = filters.shape
    return filters.reshape(height, width, rank), from_tensornet_tf(cores, input_modes, output_modes, ranks)


def from_tensornet_theano(cores_arr, input_modes, output_modes, ranks):
    """Cores of TensorNet's Theano `TTLayer`: one flat array, last core first, each (m(k) r(k)) x (r(k-1) n(k))."""
    input_modes, output_modes = check_modes(input_modes, output_modes)
    flat, cores, start = _flatten(cores_arr, input_modes, output_modes, ranks), [], 0
    for k in reversed(range(len(input_modes))):
        shape = (input_modes[k], ranks[k + 1], ranks[k], output_modes[k])
        part = flat[start:start + prod(shape)]
        cores.insert(0, part.reshape(shape).transpose(2, 0, 3, 1))
        start += prod(shape)
    return cores


def from_tensornet_matlab(core, row_modes, column_modes, ranks):
    """Cores of TensorNet's MATLAB layer, a TT-Toolbox `tt_matrix` W (`weights{1}`) that is applied as W x.

    `core` is flat; core k is r(k-1) x (n(k) m(k)) x r(k), column-major, with rows n, the outputs, and columns m. A
    vector's first mode is its least significant there and its most significant here, so the train is turned round:
    nnc's core k is core d + 1 - k with its ranks exchanged. The K inputs and N outputs keep their order.
    """
    row_modes, column_modes = check_modes(row_modes, column_modes)
    flat, cores, start = _flatten(core, row_modes, column_modes, ranks), [], 0
    for n, m, r, s in zip(row_modes, column_modes, ranks[:-1], ranks[1:], strict=True):
        part = flat[start:start + r * n * m * s]
        cores.insert(0, part.reshape(r, n, m, s, order="F").transpose(3, 2, 1, 0))
        start += r * n * m * s
    return cores


def _flatten(array, input_modes, output_modes, ranks):
    flat = np.asarray(array).reshape(-1)
    sizes = [m * n * r * s for m, n, r, s in zip(input_modes, output_modes, ranks[:-1], ranks[1:], strict=True)]
    if len(flat) != sum(sizes):
        raise ValueError(f"the flat array has {len(flat)} elements; modes and ranks need {sum(sizes)}")
    return flat
