#!/usr/bin/env python3
"""Trains the networks of this lesson and writes their ONNX files, expected.npz and results.json beside this file.

    train.py KIND      dense, act, sact or pact: ResNet-32, from the ResNet-20 of lesson 04, with a penalty on the ponder cost
    train.py table     tests all that is trained; writes the files and the table

Checkpoints go to --work. Choices are made on VALIDATION images at the end of the training data, which no network trains on.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

from augment import vary_photographs  # noqa: E402
from data import load_cifar10  # noqa: E402
from networks import KINDS, HaltingNet, grow  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
SEED = 2024
BATCH = 125
VALIDATION = 5000
START = HERE.parent / "04-perforation/resnet20.onnx"
EPOCHS = 3
RATE = 0.05  # the largest learning rate
SCORE_RATE = 5  # that of halting scores is so much larger
TAU = {"act": 0.02, "sact": 0.02, "pact": 0.02, "spact": 0.02}  # the penalty of a unit


def load_training(arguments):
    """Training and validation images and labels."""
    (images, labels), _ = load_cifar10(arguments.data, arguments.work / "cifar10.npz")
    images, labels = torch.from_numpy(images).to(arguments.device), torch.from_numpy(labels).to(arguments.device)
    return (images[:-VALIDATION], labels[:-VALIDATION]), (images[-VALIDATION:], labels[-VALIDATION:])


def train(net, images, labels, epochs, rate, tau):
    """Stochastic gradient descent; the rate rises in the first fifth and then falls to zero."""
    scores = [p for name, p in net.named_parameters() if ".scores." in name]
    others = [p for name, p in net.named_parameters() if ".scores." not in name]
    groups = [{"params": others}] + ([{"params": scores, "weight_decay": 0}] if scores else [])
    optimizer = torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [rate, rate * SCORE_RATE][:len(groups)],
                                                   total_steps=epochs * steps, pct_start=0.2)
    for epoch in range(epochs):
        net.train()
        begin, losses, ponders = time.time(), 0.0, 0.0
        for batch in torch.randperm(len(images), device=images.device)[:steps * BATCH].split(BATCH):
            x = vary_photographs(images[batch] / 255).contiguous(memory_format=torch.channels_last)
            loss = functional.cross_entropy(net(x), labels[batch])
            losses += float(loss) / steps
            if scores:
                ponder = net.get_ponder().mean()
                ponders += float(ponder) / steps
                loss = loss + tau * ponder
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {losses:.4f}, ponder cost {ponders:.3f}, {time.time() - begin:.0f} s", flush=True)
    return net.eval()


@torch.no_grad()
def compute_error(net, images, labels):
    """In percent."""
    net.eval()
    right = sum(int((net(x / 255).argmax(1) == y).sum()) for x, y in zip(images.split(500), labels.split(500)))
    return 100 * (1 - right / len(labels))


def run_train(arguments):
    kind = arguments.what
    training, validation = load_training(arguments)
    torch.manual_seed(SEED)
    net = HaltingNet(kind).to(arguments.device, memory_format=torch.channels_last)
    grow(net, {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in
               onnx.load(START).graph.initializer})
    epochs = arguments.epochs or EPOCHS
    tau = TAU.get(kind, 0) if arguments.tau is None else arguments.tau
    train(net, *training, epochs, RATE, tau)
    print(f"{kind}: {compute_error(net, *validation):.2f} % of validation images wrong", flush=True)
    if kind != "dense":
        print("units", [round(float(stage.counts.mean()), 2) for stage in net.stages], flush=True)
    name = arguments.name or kind
    torch.save({key: value.cpu().contiguous() for key, value in net.state_dict().items()}, arguments.work / f"{name}.pt")
    (arguments.work / f"{name}.json").write_text(json.dumps({"kind": kind, "epochs": epochs, "tau": tau}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*KINDS, "table"])
    parser.add_argument("--epochs", type=int, help="of training")
    parser.add_argument("--tau", type=float, help="the penalty of a unit")
    parser.add_argument("--name", help="of the checkpoint (default: the kind)")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=ROOT / "out/05-halting")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    run_train(arguments)


if __name__ == "__main__":
    main()
