# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fully connected layers as tensor trains, beside the dense layers of the same matrices in the peers.

Frameworks that contract trains, and onnxruntime on a file with the train as ONNX operators, execute the same cores (train_frameworks.py). The
dense layers stream through all caches, and ours takes turns with them run by run (`g++ ms` and so on). Beside the frameworks, whose every run is
code of megabytes, it takes turns in blocks, so that all have their code in the caches: `train ms` is the slower of our builds there, `train ratio` the
time of the fastest of them over it, `train error` the largest difference of their outputs to ours.

The first rows are the layer of Novikov et al. (arXiv:1509.06569, section 6.3): 25088 -> 4096 of VGG, TT-rank 4, whose own
figures on a CPU were 13 times (one image) and 1.03 times (100 images). `error` compares with onnxruntime on the dense
matrix. `ideal` is the ratio of multiplications, dense over those that our code does; `share of ideal` may be above 1
where the dense layer waits for its weights.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contest import attempt, get_milliseconds, make_row
from engines import ENGINES, open_onnxruntime, open_session
from generated import Network, compile_model, find_nnc, get_relative_error
from timing import take_blocks, take_turns
from train_frameworks import FRAMEWORKS, open_frameworks
from trains import make_cores, save_dense, save_train

from nnc.tensor_train import reconstruct


@dataclass(frozen=True)
class Train:
    """Input and output modes, the rank between all cores, and rows of input."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    rank: int
    batch: int

    @property
    def shape(self) -> tuple[int, int]:
        return int(np.prod(self.inputs)), int(np.prod(self.outputs))

    def make_cores(self) -> list[np.ndarray]:
        return make_cores(self.inputs, self.outputs, self.rank, np.random.default_rng(0))

    def __str__(self) -> str:
        rows, columns = self.shape
        return f"{rows} -> {columns}, rank {self.rank}, batch {self.batch}"


VGG = (2, 7, 8, 8, 7, 4), (4, 4, 4, 4, 4, 4)
LAYERS = [
    Train(*VGG, 4, 1), Train(*VGG, 4, 100), Train(*VGG, 1, 1), Train(*VGG, 2, 1), Train(*VGG, 8, 1),
    Train((4, 4, 4, 4, 4, 4), (4, 4, 4, 4, 4, 4), 4, 1), Train((4, 4, 4, 4, 4, 4), (4, 4, 4, 4, 4, 4), 4, 100),
    Train((4, 8, 8, 4), (4, 8, 8, 4), 8, 1), Train((4, 8, 8, 4), (4, 8, 8, 4), 8, 16),
    Train((4, 8, 8, 4), (5, 5, 5, 5), 2, 1), Train((7, 4, 7, 4), (5, 5, 4, 3), 8, 1),
]


# What contracts the same cores: onnxruntime does what the body of the ONNX function says.
TRAIN_PEERS = ["onnxruntime", *FRAMEWORKS]


def get_column(name: str) -> str:
    return f"{name}_train_ms"


TRAIN_COLUMNS = list(map(get_column, TRAIN_PEERS))


def compare_trains(ours: dict[str, Network], cores: list[np.ndarray], path: Path, inputs: dict[str, np.ndarray],
                   arguments: argparse.Namespace) -> dict:
    """The columns of the frameworks, which contract the same cores; None where one is not installed."""
    expected = next(iter(ours.values())).outputs
    runs = open_frameworks(cores, inputs["x"], arguments.threads)
    outputs = {name: np.asarray(run()) for name, run in runs.items()}
    outputs["onnxruntime"] = open_session(path).run(["y"], inputs)[0]
    runs["onnxruntime"] = open_onnxruntime(path, inputs, arguments.threads)
    error = max(get_relative_error({"y": output}, expected) for output in outputs.values())
    runs |= {compiler: network.run for compiler, network in ours.items()}
    times = get_milliseconds(take_blocks(runs, arguments.seconds))
    train = max(times[compiler] for compiler in ours)
    columns = dict(zip(TRAIN_COLUMNS, map(times.get, TRAIN_PEERS)))
    fastest = min(time for time in columns.values() if time is not None)
    return columns | {"train_ms": train, "train_ratio": fastest / train, "train_error": error}


def measure(nnc: Path, layer: Train, compilers: list[str], arguments: argparse.Namespace) -> dict:
    cores = layer.make_cores()
    matrix = reconstruct([core.astype(np.float64) for core in cores]).astype(np.float32)
    inputs = {"x": np.random.default_rng(1).standard_normal((layer.batch, matrix.shape[0]), dtype=np.float32)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_dense(matrix, layer.batch, folder / "dense.onnx")
        save_train(cores, layer.batch, folder / "train.onnx")
        package = compile_model(nnc, folder / "train.onnx", folder / "out", [f"--threads={arguments.threads}"])
        ours = {compiler: Network(package.build(compiler)[0], package, inputs) for compiler in compilers}
        for network in ours.values():
            network.run()
        trains = compare_trains(ours, cores, folder / "train.onnx", inputs, arguments)
        expected = {"y": open_session(folder / "dense.onnx").run(["y"], inputs)[0]}
        error = max(get_relative_error(network.outputs, expected) for network in ours.values())
        peers = {peer: open_engine(folder / "dense.onnx", inputs, arguments.threads)
                 for peer, open_engine in ENGINES.items()}
        runs = peers | {compiler: network.run for compiler, network in ours.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    row = make_row(str(layer), times, compilers, error)
    ideal = 2 * layer.batch * matrix.size / package.report["flops"]
    parameters = sum(core.size for core in cores)
    return row | trains | {"ideal": ideal, "share_of_ideal": row["ratio"] / ideal, "parameters": parameters,
                           "compression": matrix.size / parameters}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for layer in LAYERS:
        if (arguments.only or "") in str(layer):
            yield attempt(str(layer), measure, nnc, layer, compilers, arguments)
