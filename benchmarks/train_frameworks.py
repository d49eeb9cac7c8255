# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Frameworks that contract tensor trains, ready to run on given cores and rows; each is optional.

`benchmarks/requirements-tensor-train.txt` has their packages. nnc.torch is python/nnc/torch, PyTorch's matrix products in
the cheapest order; tntorch and tensorly-torch (with opt_einsum, which chooses the order) run eagerly under inference mode, as
they are used; t3f is a graph of TensorFlow (tf.function), traced before it is timed.
"""

import importlib.metadata
import os
from collections.abc import Callable

import numpy as np

import trains  # noqa: F401  puts python/ in the path

Run = Callable[[], object]  # what it returns, np.asarray takes


def get_modes(cores: list[np.ndarray]) -> tuple[tuple[int, ...], tuple[int, ...], list[int]]:
    """Input modes, output modes and all ranks."""
    ranks = [1, *(core.shape[3] for core in cores)]
    return tuple(core.shape[1] for core in cores), tuple(core.shape[2] for core in cores), ranks


def run_in_torch(layer: Callable, x: np.ndarray, threads: int) -> Run:
    import torch
    torch.set_num_threads(threads)
    rows = torch.from_numpy(x)

    @torch.inference_mode()
    def run() -> object:
        return layer(rows)
    return run


def open_nnc_torch(cores: list[np.ndarray], x: np.ndarray, threads: int) -> Run:
    import torch
    from nnc.torch import TTLinear
    layer = TTLinear(*get_modes(cores), bias=False)
    with torch.no_grad():
        for parameter, core in zip(layer.cores, cores):
            parameter.copy_(torch.from_numpy(core))
    return run_in_torch(layer, x, threads)


def open_tntorch(cores: list[np.ndarray], x: np.ndarray, threads: int) -> Run:
    import tntorch
    import torch
    inputs, outputs, ranks = get_modes(cores)
    matrix = tntorch.TTMatrix([torch.from_numpy(core) for core in cores], ranks[1:-1], list(inputs), list(outputs))
    return run_in_torch(lambda rows: tntorch.tt_multiply(matrix, rows), x, threads)


def open_tensorly_torch(cores: list[np.ndarray], x: np.ndarray, threads: int) -> Run:
    """Its factors have the output mode before the input mode."""
    import tltorch
    import torch
    inputs, outputs, ranks = get_modes(cores)
    layer = tltorch.FactorizedLinear(inputs, outputs, bias=False, factorization="blocktt", rank=ranks,
                                     implementation="factorized")
    with torch.no_grad():
        for factor, core in zip(layer.weight.factors, cores):
            factor.copy_(torch.from_numpy(core).permute(0, 2, 1, 3))
    return run_in_torch(layer, x, threads)


def open_t3f(cores: list[np.ndarray], x: np.ndarray, threads: int) -> Run:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import t3f
    import tensorflow as tf
    if tf.config.threading.get_intra_op_parallelism_threads() != threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    matrix, rows = t3f.TensorTrain([tf.constant(core) for core in cores]), tf.constant(x)
    multiply = tf.function(lambda source: t3f.matmul(source, matrix), autograph=False)
    return lambda: multiply(rows)


FRAMEWORKS = {"nnc.torch": open_nnc_torch, "tntorch": open_tntorch, "tensorly-torch": open_tensorly_torch,
              "t3f": open_t3f}


def open_frameworks(cores: list[np.ndarray], x: np.ndarray, threads: int) -> dict[str, Run]:
    """Those that are installed."""
    runs = {}
    for name, open_framework in FRAMEWORKS.items():
        try:
            runs[name] = open_framework(cores, x, threads)
        except ImportError:
            continue
    return runs


def describe_frameworks() -> dict[str, str]:
    """Versions of the packages that are installed."""
    versions = {}
    for package in ("torch", "tntorch", "tensorly-torch", "t3f", "tensorflow-cpu", "opt_einsum"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
