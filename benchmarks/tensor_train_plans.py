#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The plan that nnc-contract-trains chooses beside other plans, forced one by one and measured in turns.

    tensor_train_plans.py [--plans N] [--only TEXT] [--seconds S] [--compiler g++] [--nnc PATH] [--verbose]

A plan is an order and the numbers of neighbouring cores that are merged. Of each train of tensor_train.py, the N plans with
the fewest multiplications (a step that fills no vectors counted with what its vectors hold) and weights are measured, in
both orders. `regret` is the time of the chosen plan over that of the fastest, less one; the last line is its median.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path

import numpy as np

from generated import CommandFailed, Network, compile_model, find_nnc
from tables import print_header, print_row
from tensor_train import LAYERS, Train
from timing import take_turns
from trains import save_train

LANES = 16
MOST_WEIGHTS = 1 << 24  # of a merged plan: more take long to compile


@dataclass(frozen=True)
class Plan:
    runs: tuple[int, ...]
    order: str

    @property
    def options(self) -> str:
        return f"runs={','.join(map(str, self.runs))} order={self.order}"

    def __str__(self) -> str:
        return f"{'+'.join(map(str, self.runs))} {self.order.replace('_', ' ')}"


def merge(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    return shapes[0][0], prod(s[1] for s in shapes), prod(s[2] for s in shapes), shapes[-1][3]


def merge_runs(shapes: list[tuple[int, ...]], runs: tuple[int, ...]) -> list[tuple[int, ...]]:
    ends = np.cumsum(runs)
    return [merge(shapes[end - run:end]) for run, end in zip(runs, ends)]


def count_work(cores: list[tuple[int, ...]], order: str, rows: int) -> float:
    """Multiplications, by how many a vector holds that divides the wider of the two loops that it may run over."""
    is_forward, work = order == "first_to_last", 0.0
    for k, (before, inputs, outputs, after) in enumerate(cores):
        left, right = ((2, 1) if is_forward else (1, 2))
        outer, inner = prod(core[left] for core in cores[:k]), prod(core[right] for core in cores[k + 1:])
        q, reduced = (outputs * after, before * inputs) if is_forward else (before * outputs, inputs * after)
        width = max(np.gcd(q, LANES), np.gcd(inner, LANES))
        work += rows * outer * q * inner * (reduced + 4) * LANES / width
    return work + sum(prod(core) for core in cores)


def list_runs(cores: int) -> Iterator[tuple[int, ...]]:
    """Every way to cut so many cores into runs."""
    for cuts in product((False, True), repeat=cores - 1):
        ends = [k + 1 for k, cut in enumerate(cuts) if cut] + [cores]
        yield tuple(end - begin for begin, end in zip([0, *ends], ends))


def list_plans(shapes: list[tuple[int, ...]], rows: int, most: int) -> list[Plan]:
    works = {}
    for runs in list_runs(len(shapes)):
        cores = merge_runs(shapes, runs)
        if sum(map(prod, cores)) <= MOST_WEIGHTS:
            orders = ("last_to_first", "first_to_last") if len(runs) > 1 else ("last_to_first",)
            works |= {Plan(runs, order): count_work(cores, order, rows) for order in orders}
    return sorted(works, key=works.get)[:most]


def measure(nnc: Path, layer: Train, arguments: argparse.Namespace) -> dict[str, float]:
    """Milliseconds by plan; what the pass chose is "chosen"."""
    cores = layer.make_cores()
    plans = list_plans([core.shape for core in cores], layer.batch, arguments.plans)
    inputs = {"x": np.random.default_rng(1).standard_normal((layer.batch, layer.shape[0]), dtype=np.float32)}
    networks = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_train(cores, layer.batch, folder / "train.onnx")
        for plan in ["chosen", *plans]:
            options = [] if plan == "chosen" else ["--contract-trains", plan.options]
            package = compile_model(nnc, folder / "train.onnx", folder / str(plan), options)
            networks[str(plan)] = Network(package.build(arguments.compiler)[0], package, inputs)
            networks[str(plan)].run()
        times = take_turns({plan: network.run for plan, network in networks.items()}, arguments.seconds)
    return {plan: timing.minimum * 1e3 for plan, timing in times.items()}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=10, help="plans that are measured for each train (default: 10)")
    parser.add_argument("--only", default="", help="part of a train's name")
    parser.add_argument("--seconds", type=float, default=0.2, help="time for each plan (default: 0.2)")
    parser.add_argument("--compiler", default="g++", help="the C++ compiler (default: g++)")
    parser.add_argument("--nnc", help="the compiler nnc")
    parser.add_argument("--verbose", action="store_true", help="print the time of every plan")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    nnc, regrets = find_nnc(arguments.nnc), []
    print_header(["train", "plans", "chosen ms", "fastest ms", "fastest plan", "regret %"])
    for layer in LAYERS:
        if arguments.only not in str(layer):
            continue
        try:
            times = measure(nnc, layer, arguments)
        except CommandFailed as error:
            print(f"**failed**: {layer}: {error}")
            continue
        if arguments.verbose:
            print("\n".join(f"    {time:.4f} {plan}" for plan, time in sorted(times.items(), key=lambda item: item[1])))
        fastest = min(times, key=times.get)
        regrets.append(times["chosen"] / times[fastest] - 1)
        print_row([str(layer), str(len(times) - 1), f"{times['chosen']:.4f}", f"{times[fastest]:.4f}", fastest,
                   f"{100 * regrets[-1]:.1f}"])
    if regrets:
        print(f"\nmedian regret {100 * statistics.median(regrets):.1f} %, largest {100 * max(regrets):.1f} %")
    return 0 if regrets else 1


if __name__ == "__main__":
    sys.exit(main())
