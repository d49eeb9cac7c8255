# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One model in all engines: ours as each compiler builds it, and the peers, on the same inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines import ENGINES, NothingToCompare, open_session
from generated import CommandFailed, Network, Package, compile_model, get_relative_error
from models import Model
from timing import Timing


@dataclass
class Contest:
    """What can be timed, by name, and the largest error of ours against onnxruntime."""

    package: Package
    ours: dict[str, Network]
    peers: dict[str, Callable]
    expected: dict
    error: float

    def get_runs(self) -> dict[str, Callable]:
        return self.peers | {compiler: network.run for compiler, network in self.ours.items()}


def open_contest(nnc: Path, model: Model, compilers: list[str], folder: Path, threads: int = 1) -> Contest:
    """Compiles the model into `folder`, runs everything once, which starts the threads, and compares the outputs."""
    package = compile_model(nnc, model.path, folder, [*model.options, f"--threads={threads}"])
    ours = {compiler: Network(package.build(compiler)[0], package, model.inputs) for compiler in compilers}
    session = open_session(model.path)
    names = [output.name for output in session.get_outputs()]
    expected = dict(zip(names, session.run(names, model.inputs)))
    for network in ours.values():
        network.run()
    error = max(get_relative_error(network.outputs, expected) for network in ours.values())
    peers = {peer: open_engine(model.path, model.inputs, threads) for peer, open_engine in ENGINES.items()}
    return Contest(package, ours, peers, expected, error)


def make_row(name: str, times: dict[str, float], compilers: list[str], error: float) -> dict:
    """A row of a table from milliseconds by engine; ours is the slowest of our builds."""
    peers = {peer: times[peer] for peer in ENGINES}
    ours = [times[compiler] for compiler in compilers]
    return {"name": name, "ours_ms": max(ours), "peers_ms": peers, "ratio": min(peers.values()) / max(ours),
            "error": error, "compilers": ours[0] / ours[-1], "compilers_ms": dict(zip(compilers, ours))}


def get_milliseconds(timings: dict[str, Timing]) -> dict[str, float]:
    return {who: timing.minimum * 1e3 for who, timing in timings.items()}


def attempt(name: str, measure: Callable[..., dict], *arguments) -> dict:
    """A row, or what went wrong with it, so that the other rows are measured."""
    try:
        return measure(*arguments)
    except (CommandFailed, NothingToCompare, ValueError) as error:
        return {"name": name, "failure": str(error)}
