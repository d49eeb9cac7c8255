# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks whose call takes microseconds, also beside the same network as naive C (naive.py).

A turn is a hundred calls or more, so that the caches are as warm for all and the clock is read once. Ours and the naive C are called
in a loop of C; the peers from Python, with inputs and outputs bound to memory. What that costs is shown by the row
`one Relu`, which is in no mean. `naive ms` is the faster of two orders of loops under gcc -O3 -march=native, and is not in
`ratio`.
"""

import argparse
import ctypes
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx

from contest import Contest, attempt, get_milliseconds, make_row, open_contest
from generated import Network, find_nnc, get_relative_error, run_timed
from graphs import GraphBuilder
from models import Model, get_models_folder, list_models
from naive import FLAGS, ORDERS, write_naive
from timing import take_turns

STORED = ("mnist-8/", "vnncomp2023/acasxu/ACASXU_run2a_1_1", "micro_kws/")
CALL_COST = "one Relu"
TURN_SECONDS = 200e-6

REPEAT = """
typedef int Run(const void *const *, void *const *, void *);
int repeat(Run *run, const void *const *inputs, void *const *outputs, void *workspace, long count) {
  int code = 0;
  for (long i = 0; i < count; ++i) code |= run(inputs, outputs, workspace);
  return code;
}
"""


def make_relu(folder: Path) -> Model:
    builder = GraphBuilder()
    return builder.save(CALL_COST, [1], builder.add("Relu", ["input"]), folder / "relu.onnx")


def add_products(builder: GraphBuilder, value: str, extents: list[int]) -> str:
    """Fully connected layers from one extent to the next, with ReLU between them."""
    for depth, columns in itertools.pairwise(extents):
        value = builder.add("Gemm", [value], [depth, columns], [columns])
        if columns != extents[-1]:
            value = builder.add("Relu", [value])
    return value


def make_mlp(folder: Path) -> Model:
    builder = GraphBuilder()
    output = add_products(builder, "input", [13, 64, 64, 1])
    return builder.save("mlp 13-64-64-1", [1, 13], output, folder / "mlp.onnx")


def make_lenet(folder: Path) -> Model:
    """LeNet-5 (LeCun et al., 1998) as it is written today: ReLU, max pooling."""
    builder, value = GraphBuilder(), "input"
    for filters, channels, padding in ((6, 1, 2), (16, 6, 0)):
        value = builder.add("Conv", [value], [filters, channels, 5, 5], [filters], kernel_shape=[5, 5],
                            pads=[padding] * 4)
        value = builder.add("MaxPool", [builder.add("Relu", [value])], kernel_shape=[2, 2], strides=[2, 2])
    value = add_products(builder, builder.add("Flatten", [value]), [400, 120, 84, 10])
    return builder.save("lenet-5", [1, 1, 28, 28], builder.add("Softmax", [value], axis=1), folder / "lenet.onnx")


def list_networks(folder: Path, models: Path | None) -> list[Model]:
    made = [make(folder) for make in (make_relu, make_mlp, make_lenet)]
    stored = [model for model in list_models(models) if model.name.startswith(STORED) and not model.skipped]
    return made + stored


def build_naive(contest: Contest, model: Model, folder: Path) -> dict[str, Network]:
    """The naive C in each order of loops; ValueError where it computes something else."""
    networks = {}
    for order in ORDERS:
        source, library = folder / f"naive_{order}.c", folder / f"naive_{order}.so"
        source.write_text(write_naive(onnx.load(model.path), order))
        run_timed("gcc", *FLAGS, "-o", library, source, "-lm")
        networks[f"naive {order}"] = network = Network(library, contest.package, model.inputs, "naive")
        network.run()
        if (error := get_relative_error(network.outputs, contest.expected)) > 1e-3:
            raise ValueError(f"{model.name}: the naive C has an error of {error:.1e}")
    return networks


def load_repeat(folder: Path) -> Callable:
    source, library = folder / "repeat.c", folder / "repeat.so"
    source.write_text(REPEAT)
    run_timed("gcc", "-O2", "-shared", "-fPIC", "-o", library, source)
    return ctypes.CDLL(str(library)).repeat


def make_turn(run: Callable | Network, count: int, repeat: Callable) -> Callable:
    """One turn: `count` calls."""
    if isinstance(run, Network):
        return lambda: repeat(run.entry, *run.arguments, ctypes.c_long(count))

    def turn() -> None:
        for _ in itertools.repeat(None, count):
            run()
    return turn


def measure(nnc: Path, model: Model, compilers: list[str], seconds: float, threads: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repeat = load_repeat(folder)
        contest = open_contest(nnc, model, compilers, folder / "out", threads)
        naive = build_naive(contest, model, folder)
        runs = contest.peers | contest.ours | naive
        once = take_turns({who: make_turn(run, 10, repeat) for who, run in runs.items()}, 0, threads)
        counts = {who: max(100, int(TURN_SECONDS / (timing.minimum / 10))) for who, timing in once.items()}
        timings = take_turns({who: make_turn(run, counts[who], repeat) for who, run in runs.items()}, seconds,
                             threads)
    times = {who: time / counts[who] for who, time in get_milliseconds(timings).items()}
    row = make_row(model.name, times, compilers, contest.error)
    fastest = min(times[who] for who in naive)
    row |= {"naive_ms": fastest, "naive_ratio": fastest / row["ours_ms"]}
    return row | ({"remark": "the cost of a call"} if model.name == CALL_COST else {})


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    with tempfile.TemporaryDirectory() as folder:
        for model in list_networks(Path(folder), get_models_folder(arguments.models)):
            if (arguments.only or "") in model.name:
                yield attempt(model.name, measure, nnc, model, compilers, arguments.seconds,
                              arguments.threads)
