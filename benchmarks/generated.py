# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated C++ from Python: `nnc compile`, a compiler, and the C entry points through ctypes."""

import ctypes
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import ROOT

NAME = "network"


class CommandFailed(Exception):
    """A command that ended with a code other than 0, with the end of what it said."""


@dataclass
class Usage:
    """What a command and its children took."""

    seconds: float  # of the processor, which other work on the machine changes little
    wall: float
    peak_bytes: int  # the largest resident set of one of the processes


# A process begins with the largest resident set of the one that starts it, so a small one starts the command.
MEASURE = """
import resource, subprocess, sys, time
begin = time.perf_counter()
code = subprocess.call(sys.argv[2:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    print(usage.ru_utime + usage.ru_stime, time.perf_counter() - begin, usage.ru_maxrss * 1024, file=file)
sys.exit(code if code >= 0 else 128 - code)
"""


def run_measured(*command: str | Path) -> Usage:
    """Runs a command; what it took."""
    with tempfile.NamedTemporaryFile("r") as file:
        result = subprocess.run([sys.executable, "-S", "-c", MEASURE, file.name, *command], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            raise CommandFailed(f"{Path(command[0]).name}: exit code {result.returncode}: {result.stdout[-800:]}")
        seconds, wall, peak = file.read().split()
    return Usage(float(seconds), float(wall), int(peak))


def run_timed(*command: str | Path) -> float:
    """Runs a command; its processor time in seconds."""
    return run_measured(*command).seconds


def find_nnc(given: str | None) -> Path:
    """The compiler: the option, the build of this checkout, or the one in the path."""
    for candidate in (given, ROOT / "build-release/bin/nnc", ROOT / "build/bin/nnc", shutil.which("nnc")):
        if candidate and Path(candidate).exists():
            return Path(candidate)
    raise SystemExit("no nnc: build it (cmake --build --preset dev), or name it with --nnc")


@dataclass
class Package:
    """A folder that nnc wrote."""

    folder: Path
    report: dict
    usage: Usage  # of nnc

    @property
    def source_bytes(self) -> int:
        return sum(self.report["files"][f"{NAME}{suffix}"] for suffix in (".cpp", ".h"))

    def build(self, compiler: str) -> tuple[Path, Usage]:
        """A shared library, and what building it took."""
        library = self.folder / f"{Path(compiler).name}.so"
        weights = self.folder / f"{NAME}_weights.S"
        sources = [self.folder / f"{NAME}.cpp"] + ([weights] if weights.exists() else [])
        flags = ["-std=c++17", *self.report["flags"].split(), "-shared", "-fPIC", "-pthread", f"-I{self.folder}"]
        return library, run_measured(compiler, *flags, "-o", library, *sources)


def compile_model(nnc: Path, model: Path, folder: Path, options: list[str]) -> Package:
    usage = run_measured(nnc, "compile", model, "-o", folder, "--name", NAME, "--selftest=false", *options)
    return Package(folder, json.loads((folder / "report.json").read_text()), usage)


class Network:
    """A loaded library with inputs in place; `run` fills `outputs`. `name` begins the name of its entry."""

    def __init__(self, library: Path, package: Package, inputs: dict[str, np.ndarray], name: str = NAME):
        self.library = ctypes.CDLL(str(library))
        self.entry = self.library[f"{name}_run"]
        size = self.library[f"{name}_workspace_size"]
        size.restype = ctypes.c_size_t
        self.workspace = np.zeros(size() + 64, np.uint8)
        self.inputs = [self._fit(inputs[tensor["name"]], tensor) for tensor in package.report["inputs"]]
        self.outputs = {tensor["name"]: np.empty(tensor["shape"], tensor["type"])
                        for tensor in package.report["outputs"]}
        self.arguments = (self._point(self.inputs), self._point(self.outputs.values()),
                          ctypes.c_void_p(self.workspace.ctypes.data))

    @staticmethod
    def _fit(array: np.ndarray, tensor: dict) -> np.ndarray:
        if list(array.shape) != tensor["shape"] or array.dtype != tensor["type"]:
            raise ValueError(f"input {tensor['name']} is {array.dtype} {array.shape}, wanted is {tensor}")
        return np.ascontiguousarray(array)

    @staticmethod
    def _point(arrays) -> ctypes.Array:
        pointers = [array.ctypes.data for array in arrays]
        return (ctypes.c_void_p * len(pointers))(*pointers)

    def run(self) -> None:
        if code := self.entry(*self.arguments):
            raise CommandFailed(f"the entry returned {code}")


def get_relative_error(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    """The largest difference over the largest expected magnitude, of all outputs that both have."""
    errors = [0.0]
    for name in actual.keys() & expected.keys():
        wanted = expected[name].astype(np.float64)
        scale = float(np.abs(wanted).max(initial=0)) or 1.0
        difference = np.abs(actual[name].astype(np.float64) - wanted).max(initial=0)
        errors.append(float("inf") if np.isnan(difference) else float(difference) / scale)
    return max(errors)
