# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole networks: the light models of the package onnx with random weights, MobileNetV2, two detectors."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from contest import attempt, get_milliseconds, make_row, open_contest
from generated import find_nnc
from models import Model, get_models_folder, list_models
from randomize import prepare
from timing import take_turns

NETWORKS = ("light_", "derived/mobilenetv2", "yolox/", "ultraface/")


def measure(nnc: Path, model: Model, compilers: list[str], seconds: float, threads: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contest = open_contest(nnc, prepare(model, folder), compilers, folder / "out", threads)
        timings = take_turns(contest.get_runs(), seconds, threads)
    return make_row(model.name, get_milliseconds(timings), compilers, contest.error)


def measure_all(arguments: argparse.Namespace, compilers: list[str]) -> Iterator[dict]:
    nnc = find_nnc(arguments.nnc)
    for model in list_models(get_models_folder(arguments.models), arguments.only or ""):
        if model.name.startswith(NETWORKS) and not model.skipped:
            yield attempt(model.name, measure, nnc, model, compilers, arguments.seconds,
                          arguments.threads)
