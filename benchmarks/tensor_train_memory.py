# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory, time and time to compile of networks whose dense weights are large: the layer of VGG, and the wide and shallow network.

The file is ONNX functions with cores as weights, for us and for onnxruntime. `dense` are the bytes of the weights without trains; `weights`, `arena`
and `library` ours: packed weights with biases, the workspace, and the shared library, which has the weights in it. `process` is the
largest resident set of a program that runs the network once (resident.cpp, linked statically), `onnxruntime` that of a Python process
that does it with onnxruntime, `empty` that of one that imports it and opens nothing, and `onnxruntime dense` that of one that runs the dense layer, where that fits.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from contest import attempt, get_milliseconds
from engines import open_onnxruntime, open_session
from generated import CommandFailed, Network, Package, compile_model, find_nnc, get_relative_error, run_measured
from models import ROOT
from tables import format_bytes
from timing import take_turns
from trains import make_cores, save_dense, save_train
from wide_network import MODES, count_dense_weights, save_wide_network

LIMIT = 10**6  # bytes of library and arena of the layer of VGG

# The resident set begins anew when a program is loaded, which getrusage does not say.
RUN_ONNXRUNTIME = """
import sys
import numpy, onnxruntime
if len(sys.argv) > 1:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    (x,) = session.get_inputs()
    session.run(None, {x.name: numpy.zeros(x.shape, numpy.float32)})
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@dataclass
class Subject:
    """A network, the input that it takes, and the weights that it would have without trains."""

    name: str
    inputs: int
    dense_weights: int
    save: Callable[[Path], None]
    save_dense: Callable[[Path], None] | None = None


VGG = (2, 7, 8, 8, 7, 4), (4,) * 6


def save_vgg(path: Path) -> None:
    save_train(make_cores(*VGG, 4, np.random.default_rng(0)), 1, path)


def save_dense_vgg(path: Path) -> None:
    save_dense(np.ones((prod(VGG[0]), prod(VGG[1])), np.float32), 1, path)


SUBJECTS = [Subject("25088 -> 4096, rank 4", prod(VGG[0]), prod(VGG[0]) * prod(VGG[1]), save_vgg, save_dense_vgg),
            *(Subject(f"3072 -> 262144 -> 4096 -> 10, rank {rank}", prod(MODES[0]), count_dense_weights(),
                      lambda path, rank=rank: save_wide_network(rank, path)) for rank in (4, 10))]


def read_peak(*command: str | Path) -> int:
    """What a command prints: its largest resident set in KiB. In bytes."""
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        raise CommandFailed(f"{Path(command[0]).name}: exit code {result.returncode}: {result.stderr[-800:]}")
    return 1024 * int(result.stdout.split()[0])


def measure_process(package: Package, compiler: str) -> int:
    program = package.folder / "resident"
    ((source,), (target,)) = package.report["inputs"], package.report["outputs"]
    weights = package.folder / "network_weights.S"
    sources = [ROOT / "benchmarks/resident.cpp", package.folder / "network.cpp", *([weights] if weights.exists() else [])]
    run_measured(compiler, "-std=c++17", *package.report["flags"].split(), "-static", f"-I{package.folder}",
                 f"-DINPUT_BYTES={source['bytes']}", f"-DOUTPUT_BYTES={target['bytes']}", "-o", program, *sources)
    return read_peak(program)


def measure_onnxruntime(subject: Subject, folder: Path) -> dict:
    python = sys.executable, "-c", RUN_ONNXRUNTIME
    subject.save(folder / "cores.onnx")
    row = {"onnxruntime_bytes": read_peak(*python, folder / "cores.onnx"), "empty_bytes": read_peak(*python),
           "onnxruntime_dense_bytes": None}
    if subject.save_dense:
        subject.save_dense(folder / "dense.onnx")
        row["onnxruntime_dense_bytes"] = read_peak(*python, folder / "dense.onnx")
    return row


def measure_ours(package: Package, library: Path, compiler: str) -> dict:
    return {"weights_bytes": package.report["weights"], "arena_bytes": package.report["workspace"],
            "library_bytes": library.stat().st_size, "process_bytes": measure_process(package, compiler)}


def measure(nnc: Path, subject: Subject, compilers: list[str], arguments: argparse.Namespace) -> dict:
    inputs = {"x": np.random.default_rng(1).standard_normal((1, subject.inputs), dtype=np.float32)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "network.onnx"
        subject.save(path)
        package = compile_model(nnc, path, folder / "out", [f"--threads={arguments.threads}"])
        built = {compiler: package.build(compiler) for compiler in compilers}
        ours = {compiler: Network(library, package, inputs) for compiler, (library, _) in built.items()}
        for network in ours.values():
            network.run()
        expected = {"y": open_session(path).run(["y"], inputs)[0]}
        error = max(get_relative_error(network.outputs, expected) for network in ours.values())
        runs = {compiler: network.run for compiler, network in ours.items()}
        runs["onnxruntime"] = open_onnxruntime(path, inputs, arguments.threads)
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
        row = {"name": subject.name, "onnxruntime_ms": times["onnxruntime"]}
        row |= {f"{compiler}_ms": times[compiler] for compiler in compilers}
        row |= {"ratio": times["onnxruntime"] / max(times[compiler] for compiler in compilers), "error": error,
                "dense_bytes": 4 * subject.dense_weights}
        row |= measure_ours(package, built[compilers[0]][0], compilers[0]) | measure_onnxruntime(subject, folder)
        row |= {"nnc_s": package.usage.seconds}
        return row | {f"{compiler}_s": usage.seconds for compiler, (_, usage) in built.items()}


def format_optional_bytes(count: int | None) -> str:
    return "" if count is None else format_bytes(count)


FORMS = {"ms": "{:.3f}".format, "bytes": format_optional_bytes, "s": "{:.1f}".format, "ratio": "{:.2f}".format,
         "error": "{:.1e}".format}


class TensorTrainMemory:
    """The table for run.py."""

    seconds = 1.0

    def measure_all(self, arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
        nnc = find_nnc(arguments.nnc)
        for subject in SUBJECTS:
            if (arguments.only or "") in subject.name:
                yield attempt(subject.name, measure, nnc, subject, compilers, arguments)

    def list_columns(self, compilers: list[str]) -> list[str]:
        times = [f"{name} ms" for name in ("onnxruntime", *compilers)]
        return ["name", *times, "ratio", "error", "dense", "weights", "arena", "library", "process", "onnxruntime", "empty",
                "onnxruntime dense", "nnc s", *(f"{compiler} s" for compiler in compilers)]

    def format_row(self, row: dict) -> list[str]:
        return [row["name"], *(FORMS[key.rsplit("_", 1)[-1]](value) for key, value in row.items() if key != "name")]

    def summarize(self, rows: list[dict]) -> dict:
        """How many times larger the dense weights are than library and arena."""
        return {row["name"]: row["dense_bytes"] / (row["library_bytes"] + row["arena_bytes"]) for row in rows}

    def format_summary(self, rows: list[dict]) -> list[str]:
        return [f"- {name}: dense weights are {ratio:,.0f} times library and arena"
                for name, ratio in self.summarize(rows).items()]

    def is_good(self, rows: list[dict], arguments: argparse.Namespace) -> bool:
        small = [row["library_bytes"] + row["arena_bytes"] for row in rows if row["name"] == SUBJECTS[0].name]
        return all(size < LIMIT for size in small) and all(row["error"] <= arguments.tolerance for row in rows)
