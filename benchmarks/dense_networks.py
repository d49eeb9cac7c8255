# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole networks: the light models of the package onnx with random weights, MobileNetV2, two detectors."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engines import ENGINES, open_session
from generated import Network, compile_model, find_nnc, get_relative_error
from models import Model, get_models_folder, list_models
from randomize import prepare
from timing import take_turns

NETWORKS = ("light_", "derived/mobilenetv2", "yolox/", "ultraface/")


def measure(nnc: Path, model: Model, compilers: list[str], seconds: float) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = prepare(model, folder)
        package = compile_model(nnc, model.path, folder / "out", model.options)
        networks = {compiler: Network(package.build(compiler)[0], package, model.inputs) for compiler in compilers}
        session = open_session(model.path)
        names = [output.name for output in session.get_outputs()]
        expected = dict(zip(names, session.run(names, model.inputs)))
        for network in networks.values():
            network.run()
        error = max(get_relative_error(network.outputs, expected) for network in networks.values())
        peers = {peer: open_engine(model.path, model.inputs, 1) for peer, open_engine in ENGINES.items()}
        timings = take_turns(peers | {compiler: network.run for compiler, network in networks.items()}, seconds)
    times = {who: timing.minimum * 1e3 for who, timing in timings.items()}
    ours = [times[compiler] for compiler in compilers]
    return {"name": model.name, "ours_ms": max(ours), "peers_ms": {peer: times[peer] for peer in peers},
            "ratio": min(times[peer] for peer in peers) / max(ours), "error": error,
            "compilers": ours[0] / ours[-1], "compilers_ms": dict(zip(compilers, ours))}


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for model in list_models(get_models_folder(arguments.models), arguments.only or ""):
        if model.name.startswith(NETWORKS) and not model.skipped:
            yield measure(nnc, model, compilers, arguments.seconds)
