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

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from contest import Contest, get_milliseconds, make_row, open_contest
from generated import Network, find_nnc, get_relative_error, run_timed
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


class GraphBuilder:
    """Nodes one after another, each reading the one before; weights are random, of a size that keeps the range."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.last = "input"
        self.rng = np.random.default_rng(0)

    def add(self, operator: str, *shapes: list[int], **attributes) -> None:
        names = [f"w{len(self.weights) + number}" for number in range(len(shapes))]
        for name, shape in zip(names, shapes):
            values = self.rng.standard_normal(shape) / np.sqrt(max(np.prod(shape) / max(shape), 1))
            self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.last, *names], [output], **attributes))
        self.last = output

    def save(self, name: str, shape: list[int], folder: Path) -> Model:
        source = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
        target = helper.make_empty_tensor_value_info(self.last)
        graph = helper.make_graph(self.nodes, "network", [source], [target], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        path = folder / f"{name.replace(' ', '-')}.onnx"
        onnx.save(onnx.shape_inference.infer_shapes(model), path)
        return Model(name, path, {"input": self.rng.standard_normal(shape, dtype=np.float32)})


def make_relu(folder: Path) -> Model:
    builder = GraphBuilder()
    builder.add("Relu")
    return builder.save(CALL_COST, [1], folder)


def make_mlp(folder: Path) -> Model:
    builder = GraphBuilder()
    for depth, columns in ((13, 64), (64, 64), (64, 1)):
        builder.add("Gemm", [depth, columns], [columns])
        if columns > 1:
            builder.add("Relu")
    return builder.save("mlp 13-64-64-1", [1, 13], folder)


def make_lenet(folder: Path) -> Model:
    """LeNet-5 (LeCun et al., 1998) as it is written today: ReLU, max pooling."""
    builder = GraphBuilder()
    for filters, channels, padding in ((6, 1, 2), (16, 6, 0)):
        builder.add("Conv", [filters, channels, 5, 5], [filters], kernel_shape=[5, 5], pads=[padding] * 4)
        builder.add("Relu")
        builder.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    builder.add("Flatten")
    for depth, columns in ((400, 120), (120, 84), (84, 10)):
        builder.add("Gemm", [depth, columns], [columns])
        if columns > 10:
            builder.add("Relu")
    builder.add("Softmax", axis=1)
    return builder.save("lenet-5", [1, 1, 28, 28], folder)


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


def measure(nnc: Path, model: Model, compilers: list[str], seconds: float) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repeat = load_repeat(folder)
        contest = open_contest(nnc, model, compilers, folder / "out")
        naive = build_naive(contest, model, folder)
        runs = contest.peers | contest.ours | naive
        once = take_turns({who: make_turn(run, 10, repeat) for who, run in runs.items()}, 0)
        counts = {who: max(100, int(TURN_SECONDS / (timing.minimum / 10))) for who, timing in once.items()}
        timings = take_turns({who: make_turn(run, counts[who], repeat) for who, run in runs.items()}, seconds)
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
                yield measure(nnc, model, compilers, arguments.seconds)
