# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Adaptive computation: networks whose positions or samples stop when a sum of halting scores says so (SACT, arXiv:1612.02297; ACT).

Weights are random. Which positions halt when follows from an input, a smooth map of numbers, so that a wanted share of them is
active; the halting convolutions are computed as in the method, but hardly change the scores. `flop share` is what the active
positions need (the first convolution of a unit where the windows of the second read), halting scores included, over the FLOPs of
the network without halting. The engines' times and `ratio` are of that network, which is what they can skip nothing of; `if ms`
is onnxruntime's time for the adaptive file itself. `lists_ms` is ours where active positions are always lists, `direct_ms` our
direct sums of the network without halting: `time share` is the one over the other, `ideal` one over the flop share, and `share
of ideal` the flop share over the time share. `chosen_ms` is what nnc makes of the file, which computes all positions while many
are active, `dense_ms` our fastest code for the network without halting, Winograd's included, and `gain` the one over the other.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import onnx

from contest import attempt, get_milliseconds, make_row
from engines import ENGINES, open_session
from generated import Network, compile_model, find_nnc, get_relative_error
from halting_lstm import LstmCase
from halting_networks import Block, Case
from timing import take_turns


def measure(nnc: Path, case, compilers: list[str], arguments: argparse.Namespace) -> dict:
    files = {"adaptive": case.make(True), "dense": case.make(False)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, file in files.items():
            onnx.save(file.ours, folder / f"{kind}.onnx")
            onnx.save(file.theirs, folder / f"{kind}-theirs.onnx")

        def build(kind: str, output: str, compiler: str, more: list[str]) -> Network:
            options = [f"--threads={arguments.threads}", *files[kind].options, *more]
            package = compile_model(nnc, folder / f"{kind}.onnx", folder / output, options)
            return Network(package.build(compiler)[0], package, files[kind].inputs)

        def open_peer(peer: str, kind: str):
            return ENGINES[peer](folder / f"{kind}-theirs.onnx", files[kind].their_inputs, arguments.threads)

        builds = {compiler: build("adaptive", f"chosen-{compiler}", compiler, []) for compiler in compilers}
        builds |= {"lists": build("adaptive", "lists", compilers[0], ["--exact"]), "dense": build("dense", "dense", compilers[0], []),
                   "direct": build("dense", "direct", compilers[0], ["--exact"])}
        for network in builds.values():
            network.run()
        session = open_session(folder / "adaptive-theirs.onnx")
        expected = {"y": session.run(["y"], files["adaptive"].their_inputs)[0]}
        error = max(get_relative_error(builds[kind].outputs, expected) for kind in (*compilers, "lists"))
        runs = {peer: open_peer(peer, "dense") for peer in ENGINES} | {"if": open_peer("onnxruntime", "adaptive")}
        runs |= {kind: network.run for kind, network in builds.items()}
        times = get_milliseconds(take_turns(runs, arguments.seconds, arguments.threads))
    share = files["adaptive"].done / files["adaptive"].flops
    time_share, chosen = times["lists"] / times["direct"], times[compilers[0]]
    return make_row(str(case), times, compilers, error) | {
        "flop_share": share, "time_share": time_share, "ideal": 1 / share, "share_of_ideal": share / time_share, "if_ms": times["if"],
        "lists_ms": times["lists"], "direct_ms": times["direct"], "chosen_ms": chosen, "dense_ms": times["dense"],
        "gain": times["dense"] / chosen}


RESNET32 = (Block(32, 16, 5), Block(16, 32, 5), Block(8, 64, 5))
RESNET101 = {"ResNet-101 block 1 at 56": (Block(56, 256, 3, 64),), "ResNet-101 block 2 at 28": (Block(28, 512, 4, 128),),
             "ResNet-101 block 3 at 14, 6 units": (Block(14, 1024, 6, 256),)}


def list_cases() -> Iterator[Case]:
    for active in (0.05, 0.2, 0.4, 0.6, 1):
        yield Case("ResNet-32", RESNET32, "position", active)
    for name, blocks in RESNET101.items():
        for active in (0.4, 1):
            yield Case(name, blocks, "position", active)
    for active in (0.2, 0.5, 1):
        yield Case("ResNet-32", RESNET32, "sample", active)
    for scope in ("position", "sample"):
        yield Case("ResNet-32", RESNET32, scope, 0.5, batch=32)
    for active in (0.2, 0.6, 1):
        yield LstmCase(active)


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for case in list_cases():
        if not arguments.only or arguments.only in str(case):
            yield attempt(str(case), measure, nnc, case, compilers, arguments)
