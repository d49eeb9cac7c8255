#!/usr/bin/env python3
"""Trains the networks of this lesson and writes their ONNX files, expected.npz and results.json beside this file.

    train.py mnist         trains, tensorizes and fine-tunes; trains networks of trains from scratch
    train.py cifar10       trains the convolutional networks (`--only NETWORK ...`: these)
    train.py table         writes the files and the table of what was trained

Checkpoints, one an epoch, go to --work; a run that was stopped goes on from there. Numbers of epochs are fixed and no
choice looks at the test images, which are used once per network, for its row of the table.
"""

import argparse
import copy
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

import networks  # noqa: E402
from check import DATA, prepare  # noqa: E402
from data import load_cifar10, load_held_out, load_mnist  # noqa: E402
from nnc.torch import export  # noqa: E402
from rows import write_rows  # noqa: E402

SEED = 2024
BATCH = 100
LARGEST_FILE = 2**21

# --- Training -------------------------------------------------------------------------------------


def augment(images):
    """Half of the images mirrored, the batch moved by up to four pixels."""
    mirrored = torch.rand(len(images)) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    down, right = torch.randint(0, 9, (2,)).tolist()
    return functional.pad(images, (4, 4, 4, 4))[:, :, down:down + 32, right:right + 32]


def train(net, images, labels, epochs, rate, checkpoint):
    """AdamW with one cycle of the learning rate; goes on from the file `checkpoint` if it is there."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    steps = epochs * math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps)
    parts, done = {"net": net, "optimizer": optimizer, "schedule": schedule}, 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        done = state["epochs"]
        torch.set_rng_state(state["random"])
        for name, part in parts.items():
            part.load_state_dict(state[name])
    for epoch in range(done, epochs):
        loss = train_epoch(net, images, labels, optimizer, schedule)
        state = {name: part.state_dict() for name, part in parts.items()}
        torch.save(state | {"epochs": epoch + 1, "random": torch.get_rng_state()}, checkpoint)
        print(f"{checkpoint.stem}: epoch {epoch + 1} of {epochs}, mean loss {loss:.4f}", flush=True)
    return net.eval()


def train_epoch(net, images, labels, optimizer, schedule):
    """The mean loss of one pass over the images, which are bytes."""
    net.train()
    total = 0
    for batch in torch.randperm(len(images)).split(BATCH):
        x = prepare(images[batch])
        loss = functional.cross_entropy(net(augment(x) if x.dim() == 4 else x), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item() * len(batch)
    return total / len(images)


@torch.no_grad()
def count_errors(net, images, labels):
    net.eval()
    return sum((net(prepare(x)).argmax(dim=1) != y).sum().item() for x, y in zip(images.split(500), labels.split(500)))


def make_noise(shape):
    """Eight images of random bytes, to compare logits on."""
    return np.random.default_rng(SEED).integers(0, 256, (8, *shape), np.uint8)


class Experiment:
    """One data set: trains networks by name and keeps, in the folder `work`, a row of results for each."""

    def __init__(self, arrays, held_out, work):
        (self.images, self.labels), self.tests, self.held_out = (
            [torch.from_numpy(array) for array in part] for part in (*arrays, held_out))
        self.noise = make_noise(arrays[0][0].shape[1:])
        self.work = work

    def run(self, name, net, epochs, rate, dense, **facts):
        """Trains `net`, tests it and writes `work`/<name>.json and .onnx; `dense` is what it is smaller than."""
        net = train(net, self.images, self.labels, epochs, rate, self.work / f"{name}.pt")
        self.report(name, net, dense, **facts)
        return net

    def report(self, name, net, dense, **facts):
        errors, held_out, count = count_errors(net, *self.tests), count_errors(net, *self.held_out), len(self.tests[1])
        parameters, of_dense = (sum(p.numel() for p in n.parameters()) for n in (net, dense))
        row = {"network": name, "parameters": parameters, "compression": round(of_dense / parameters, 2),
               "error_percent": round(100 * errors / count, 2), **facts,
               "held_out": len(self.held_out[1]), "held_out_right": len(self.held_out[1]) - held_out}
        (self.work / f"{name}.json").write_text(json.dumps(row))
        x = prepare(torch.from_numpy(self.noise))
        with torch.no_grad():
            np.save(self.work / f"{name}.npy", net(x).numpy())
        export(net, x, self.work / f"{name}.onnx", "image", "logits", open_batch=True)
        print(json.dumps(row), flush=True)


# --- The experiments ------------------------------------------------------------------------------

# What the papers report, by our network; compression and error in percent.
MNIST_PAPER = {"mnist-fc": (1, 1.9), "mnist-tt-tt-8": (None, 1.6), "mnist-tt-tt-6": (None, 1.9)}
CIFAR10_PAPER = {"cifar10-conv": (1, 9.3), "cifar10-ttconv-a": (2.02, 10.1), "cifar10-ttconv-b": (4.02, 11.3),
                 "cifar10-conv-fc": (1, 9.5), "cifar10-ttconv-ttfc": (41.65, 10.3)}


def get_paper(figures, name):
    compression, error = figures.get(name, (None, None))
    return {"paper_compression": compression, "paper_error_percent": error}


def run_mnist(experiment):
    torch.manual_seed(SEED)
    dense = networks.make_mnist()
    experiment.run("mnist-fc", dense, 8, 2e-3, dense, **get_paper(MNIST_PAPER, "mnist-fc"))
    for rank in (8, 6):
        torch.manual_seed(SEED)
        name = f"mnist-tt-tt-{rank}"
        experiment.run(name, networks.make_mnist_tt(rank), 8, 1e-2, dense, **get_paper(MNIST_PAPER, name))
    for rank in (2, 4, 8, 16):
        torch.manual_seed(SEED)
        tensorized = networks.tensorize_mnist(copy.deepcopy(dense), rank)
        before = count_errors(tensorized, *experiment.tests)
        facts = {"error_percent_before_tuning": round(100 * before / len(experiment.tests[1]), 2)}
        experiment.run(f"mnist-tensorized-{rank}", tensorized, 2, 2e-3, dense, **facts, **get_paper(MNIST_PAPER, ""))


def run_cifar10(experiment, only):
    conv, conv_fc = networks.make_conv(), networks.make_conv_fc()
    makers = {
        "cifar10-conv": (networks.make_conv, conv),
        "cifar10-ttconv-a": (lambda: networks.make_conv((9, 12, 10, 1)), conv),
        "cifar10-ttconv-b": (lambda: networks.make_conv((6, 8, 8, 1)), conv),
        "cifar10-conv-fc": (networks.make_conv_fc, conv_fc),
        "cifar10-ttconv-ttfc": (lambda: networks.make_conv_fc((6, 8, 8, 1), (12, 10)), conv_fc),
    }
    for name, (make, dense) in makers.items():
        if only and name not in only:
            continue
        torch.manual_seed(SEED)
        net = make().to(memory_format=torch.channels_last)
        experiment.run(name, net, 12, 1e-2, dense, **get_paper(CIFAR10_PAPER, name))


def write_table(work):
    """Copies the rows, and the networks that are small enough, from `work` to this folder."""
    names = [*MNIST_PAPER, *(f"mnist-tensorized-{rank}" for rank in (2, 4, 8, 16)), *CIFAR10_PAPER]
    rows, expected = [], {"mnist": make_noise((1024,)), "cifar10": make_noise((3, 32, 32))}
    for name in names:
        if not (work / f"{name}.json").exists():
            print(f"{name}: not trained yet, left out")
            continue
        row = json.loads((work / f"{name}.json").read_text())
        content = (work / f"{name}.onnx").read_bytes()
        row["file"] = f"{name}.onnx" if len(content) <= LARGEST_FILE else None
        if row["file"]:
            (HERE / row["file"]).write_bytes(content)
            expected[name] = np.load(work / f"{name}.npy")
        rows.append(row)
    np.savez_compressed(HERE / "expected.npz", **expected)
    write_rows(HERE / "results.json", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["mnist", "cifar10", "table"])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=ROOT / "out/02-tensor-train")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the order of a sum, and so its last bit, depends on the thread count
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.what == "table":
        write_table(arguments.work)
        return
    load = {"mnist": load_mnist, "cifar10": lambda folder: load_cifar10(folder, arguments.work / "cifar10.npz")}
    run = {"mnist": run_mnist, "cifar10": lambda experiment: run_cifar10(experiment, arguments.only)}
    arrays, held_out = load[arguments.what](arguments.data), load_held_out(arguments.data, arguments.what)
    run[arguments.what](Experiment(arrays, held_out, arguments.work))


if __name__ == "__main__":
    main()
