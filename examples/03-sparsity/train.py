#!/usr/bin/env python3
"""Trains the networks of this lesson and writes their ONNX files, expected.npz and results.json beside this file.

    train.py mnist         LeNet-300-100 and LeNet-5: dense, with sparse variational dropout, with log-normal noise
    train.py cifar10       a VGG-like network: the same
    train.py text          LSTMs for sentiment and for characters: dense, with sparse variational dropout
    train.py table         writes the files and the table of what was trained here

`--only NETWORK ...` trains these, and the dense networks that they start from. Checkpoints, one an epoch, go to --work;
a run that was stopped goes on from there. Numbers of epochs are fixed. With `--trial`, networks are tested on what is
kept for choices: 5,000 of MNIST's training images, the development part of a text. Without, on the test data, once they
are trained, for their rows of the table.
"""

import argparse
import copy
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

import networks  # noqa: E402
from augment import vary_photographs  # noqa: E402
from check import DATA, count_right, prepare  # noqa: E402
from data import load_cifar10, load_held_out, load_mnist  # noqa: E402
from nnc.torch import LogNormalNoise, export  # noqa: E402
from nnc.torch.variational_dropout import compute_log_alpha  # noqa: E402
from rows import write_rows  # noqa: E402
from text import WORDS, load_characters, load_sentiment  # noqa: E402

SEED = 2024
LARGEST_FILE = 2**21  # with posteriors
SETTLED = 0.5  # of all epochs, after which no dropped weight comes back
VALIDATION = 5000  # images at the end of the training data, which no network trains on
HELD_OUT = {"mnist": 500, "cifar10": 500, "sentiment": 500, "characters": 20}  # test examples that check.py counts

# --- Training -------------------------------------------------------------------------------------


@dataclass
class Schedule:
    """Adam; rates fall to zero along a line. The divergence's weight rises to `peak` in the first `warm_up` epochs,
    stays until half of all epochs, and is 1, that of the variational bound, from 55 %.

    More than 1 drops weights in far fewer epochs than the papers'. Those that are dropped by half time stay so, as some
    would come back under the smaller weight.
    """

    epochs: int
    batch: int
    rate: float
    posterior_rate: float = 0.0
    warm_up: int = 0
    peak: float = 1.0
    by_cost: float = 0.0  # a unit's divergence counts so many times its cost (networks.get_unit_costs), at least once
    bfloat16: bool = False  # products of a training pass, for time
    channels_last: bool = False  # in memory, for time

    def is_settled(self, epoch):
        return epoch >= SETTLED * self.epochs

    def get_kl_weight(self, epoch):
        if epoch < self.warm_up:
            return self.peak * epoch / self.warm_up
        return self.peak + (1 - self.peak) * min(1, max(0, (epoch / self.epochs - SETTLED) / 0.05))


def make_optimizer(net, schedule):
    """Parameters of posteriors, which have no scale of their own in the data, learn at a rate of their own."""
    posterior = [p for name, p in net.named_parameters() if is_posterior(name)]
    others = [p for name, p in net.named_parameters() if not is_posterior(name)]
    groups = [{"params": others, "lr": schedule.rate}]
    return torch.optim.Adam(groups + ([{"params": posterior, "lr": schedule.posterior_rate}] if posterior else []))


def is_posterior(name):
    return any(name.split(".")[-1].startswith(part) for part in ("log_sigma", "mu"))


def train(name, net, inputs, labels, schedule, checkpoint):
    """Goes on from the file `checkpoint` if it is there."""
    if schedule.channels_last:
        net = net.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(net, schedule)
    fall = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / schedule.epochs)
    parts, done = {"net": net, "optimizer": optimizer, "fall": fall}, 0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location="cpu")
        done = state["epochs"]
        torch.set_rng_state(state["random"])
        for key, part in parts.items():
            part.load_state_dict(state[key])
    for epoch in range(done, schedule.epochs):
        loss = train_epoch(name, net, inputs, labels, optimizer, schedule, epoch)
        fall.step()
        state = {key: part.state_dict() for key, part in parts.items()}
        torch.save(state | {"epochs": epoch + 1, "random": torch.get_rng_state()}, checkpoint)
        print(f"{name}: epoch {epoch + 1} of {schedule.epochs}, mean loss {loss:.4f}, "
              f"kept {[int(layer.is_kept.sum()) for layer in get_noisy(net)]}", flush=True)
    return net.eval()


def train_epoch(name, net, inputs, labels, optimizer, schedule, epoch):
    """The mean loss, without the divergence, of one pass over the data."""
    noisy, total, batches = get_noisy(net), 0, torch.randperm(len(inputs), device=inputs.device).split(schedule.batch)
    costs = [1] * len(noisy)
    if schedule.by_cost:
        unit_costs = networks.get_unit_costs(net.eval(), prepare(inputs[:1], name))
        costs = [max(1, schedule.by_cost * cost) for cost in unit_costs]
    net.train()
    dropped = find_dropped(net) if schedule.is_settled(epoch) else []
    for step, batch in enumerate(batches):
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=schedule.bfloat16):
            logits = net(vary(prepare(inputs[batch], name), name))
        loss = compute_loss(logits, labels[batch])
        kl_weight = schedule.get_kl_weight(epoch + step / len(batches)) / labels.numel()
        optimizer.zero_grad()
        (loss + kl_weight * sum(cost * layer.kl() for cost, layer in zip(costs, noisy))).backward()
        optimizer.step()
        for mean, mask in dropped:
            mean.data.masked_fill_(mask, 0)
        total += loss.detach() * len(batch)
    return total.item() / len(inputs)


def vary(x, name):
    return vary_photographs(x).contiguous(memory_format=torch.channels_last) if name.startswith("cifar10") else x


def compute_loss(logits, labels):
    return functional.cross_entropy(logits.float().flatten(0, -2), labels.flatten())


def find_dropped(net):
    """Means of weights, and where the weights are dropped; a mean of zero stays dropped."""
    layers = [layer for layer in get_noisy(net) if not isinstance(layer, LogNormalNoise)]
    return [(mean, compute_log_alpha(mean, log_sigma2).detach() >= layer.threshold)
            for layer in layers for mean, log_sigma2 in layer.posteriors]


def get_noisy(net):
    """The layers that have a posterior."""
    return [layer for layer in net if hasattr(layer, "kl")]


# --- Rows of the table ----------------------------------------------------------------------------


@torch.no_grad()
def test(name, net, inputs, labels):
    """Error in percent, and bits per answer."""
    net.eval()
    right, loss = 0, 0.0
    for x, y in zip(inputs.split(500), labels.split(500)):
        logits = net(prepare(x, name))
        right += count_right(logits.numpy(), y.numpy())
        loss += compute_loss(logits, y).item() * y.numel()
    return {"error_percent": round(100 * (1 - right / labels.numel()), 2),
            "bits": round(loss / labels.numel() / math.log(2), 4)}


def describe(net, x, weights):
    """What is left of a network for the input `x`: of the `weights` of the dense one's matrices, embeddings not
    counted, or of its units."""
    if any(isinstance(layer, LogNormalNoise) for layer in net):
        dense, maps = (networks.list_maps(net, x, is_pruned) for is_pruned in (False, True))
        return {"units": "-".join(map(str, networks.list_units(maps))),
                "flops_ratio": round(networks.count_flops(dense) / networks.count_flops(maps), 2)}
    noisy = get_noisy(net)
    if not noisy:
        return {}
    masks = [layer.is_kept for layer in noisy]
    kept = sum(int(m.sum()) for m in masks)
    return {"weights": weights, "kept": kept, "compression": round(weights / kept, 1),
            "dropped_percent": [round(100 * (1 - m.float().mean().item()), 1) for m in masks]}


class Experiment:
    """One data set: trains networks by name and keeps, in the folder `work`, a row of results for each."""

    def __init__(self, data_set, training, tests, arguments):
        (self.inputs, self.labels), self.tests = (
            [torch.from_numpy(array) for array in part] for part in (training, tests))
        self.inputs, self.labels = self.inputs.to(arguments.device), self.labels.to(arguments.device)
        self.held_out = self.get_held_out(data_set, arguments)
        self.data_set, self.work, self.is_trial = data_set, arguments.work, arguments.trial

    def get_held_out(self, data_set, arguments):
        """As check.py takes them. The photographs there are lossless, those here are not."""
        count = HELD_OUT[data_set]
        if data_set == "cifar10":
            return [torch.from_numpy(array) for array in load_held_out(arguments.data, data_set, count)]
        return [array[:count] for array in self.tests]

    def run(self, name, net, schedule, dense_weights=0):
        """Trains `net`, tests it and writes `work`/<name>.json and .onnx."""
        net = net.to(self.inputs.device)
        net = train(name, net, self.inputs, self.labels, schedule, self.work / f"{name}.pt").cpu()
        held_out, count = self.count_held_out(name, net)
        left = describe(net, prepare(self.inputs[:1].cpu(), name), dense_weights)
        row = {"network": name, **test(name, net, *self.tests), **left, **get_paper(name), "held_out": count,
               "held_out_right": held_out}
        print(json.dumps(row), flush=True)
        if not self.is_trial:
            self.write(name, net, row)
        return net

    @torch.no_grad()
    def count_held_out(self, name, net):
        inputs, labels = self.held_out
        return count_right(net(prepare(inputs, name)).numpy(), labels.numpy()), labels.numel()

    def write(self, name, net, row):
        x = prepare(torch.from_numpy(make_noise(self.data_set, self.inputs)), name)
        with torch.no_grad():
            np.save(self.work / f"{name}.npy", net(x).numpy())
        np.save(self.work / f"{self.data_set}-noise.npy", make_noise(self.data_set, self.inputs))
        file = self.work / f"{name}.onnx"
        export(net, x, file, "x", "logits", open_batch=True)
        row["posteriors"] = file.stat().st_size <= LARGEST_FILE
        if not row["posteriors"]:
            export(net, x, file, "x", "logits", open_batch=True, fold=True)
        (self.work / f"{name}.json").write_text(json.dumps(row))


def make_noise(data_set, inputs):
    """Eight random inputs, to compare logits on: bytes, or numbers of words or characters."""
    return np.random.default_rng(SEED).integers(0, int(inputs.max()) + 1, (8, *inputs.shape[1:])).astype(
        inputs.cpu().numpy().dtype)


# --- The experiments ------------------------------------------------------------------------------

# What the papers report, by our network.
PAPER = {
    "mnist-lenet300": {"error_percent": 1.64}, "mnist-lenet300-svd": {"error_percent": 1.92, "compression": 68},
    "mnist-lenet5": {"error_percent": 0.80}, "mnist-lenet5-svd": {"error_percent": 0.75, "compression": 280},
    "mnist-lenet5-sbp": {"error_percent": 0.86, "units": "3-18-284-283", "flops_ratio": 10.49},
    "cifar10-vgg-sbp": {"units": "44-54-92-115-234-155-31-76-55-9-34-35-21-280", "flops_ratio": 3.16},
}
NETWORKS = ["mnist-lenet300", "mnist-lenet300-svd", "mnist-lenet5", "mnist-lenet5-sbp", "mnist-lenet5-svd",
            "cifar10-vgg", "cifar10-vgg-svd", "cifar10-vgg-sbp", "sentiment-lstm", "sentiment-lstm-svd",
            "characters-lstm", "characters-lstm-svd"]


def get_paper(name):
    return {f"paper_{key}": value for key, value in PAPER.get(name, {}).items()}


DENSE = {"mnist-lenet300": Schedule(8, 100, 1e-3), "mnist-lenet5": Schedule(3, 100, 1e-3, bfloat16=True),
         "cifar10-vgg": Schedule(60, 250, 4e-3, bfloat16=True, channels_last=True),
         "sentiment-lstm": Schedule(12, 50, 4e-3), "characters-lstm": Schedule(8, 50, 4e-3)}
NOISY = {
    "mnist-lenet300-svd": Schedule(200, 250, 1.5e-3, 2e-2, warm_up=20, peak=1.5, bfloat16=True),
    "mnist-lenet5-sbp": Schedule(16, 250, 1e-3, 4e-2, warm_up=4, by_cost=1.0, bfloat16=True),
    "mnist-lenet5-svd": Schedule(100, 250, 2e-3, 2e-2, warm_up=10, peak=2.0),
    "cifar10-vgg-svd": Schedule(100, 500, 3e-3, 2e-2, warm_up=20, bfloat16=True, channels_last=True),
    "cifar10-vgg-sbp": Schedule(100, 500, 2e-3, 4e-2, warm_up=15, by_cost=0.1, bfloat16=True, channels_last=True),
    "sentiment-lstm-svd": Schedule(30, 100, 4e-3, 6e-2, warm_up=3, peak=8.0),
    "characters-lstm-svd": Schedule(16, 50, 4e-3, 4e-2, warm_up=3, peak=30.0),
}


# Networks that start from another noisy one, without the units that it dropped, and not from the dense network.
START = {"mnist-lenet5-svd": "mnist-lenet5-sbp"}


def run_family(experiment, name, make, only):
    """The dense network, and those that start from it."""
    wanted = [other for other in NOISY if other.rsplit("-", 1)[0] == name and (not only or other in only)]
    if only and name not in only and not wanted:
        return
    torch.manual_seed(SEED)
    nets = {name: experiment.run(name, make(), DENSE[name])}
    weights = sum(part.numel() for layer in nets[name] if not isinstance(layer, torch.nn.Embedding)
                  for part in layer.parameters() if part.dim() > 1)
    for other in NOISY:
        if other not in wanted and other not in [START.get(follower) for follower in wanted]:
            continue
        torch.manual_seed(SEED)
        start = copy.deepcopy(nets[START.get(other, name)])
        if other.endswith("sbp"):
            net = networks.make_structured(start, 800 if name == "mnist-lenet5" else 0)
        else:
            net = networks.make_sparse(networks.compact(start) if other in START else start)
        nets[other] = experiment.run(other, net, NOISY[other], dense_weights=weights)


def run_mnist(arguments):
    (inputs, labels), tests = load_mnist(arguments.data, margin=0)
    if arguments.trial:
        tests = inputs[-VALIDATION:], labels[-VALIDATION:]
    training = inputs[:-VALIDATION], labels[:-VALIDATION]
    experiment = Experiment("mnist", training, tests, arguments)
    run_family(experiment, "mnist-lenet300", networks.make_lenet300, arguments.only)
    run_family(experiment, "mnist-lenet5", networks.make_lenet5, arguments.only)


def run_cifar10(arguments):
    (inputs, labels), tests = load_cifar10(arguments.data, arguments.work / "cifar10.npz")
    if arguments.trial:
        tests = inputs[-VALIDATION:], labels[-VALIDATION:]
    experiment = Experiment("cifar10", (inputs[:-VALIDATION], labels[:-VALIDATION]), tests, arguments)
    run_family(experiment, "cifar10-vgg", networks.make_vgg, arguments.only)


def run_text(arguments):
    tests = "dev" if arguments.trial else "test"
    parts = load_sentiment(arguments.data)
    experiment = Experiment("sentiment", parts["train"], parts[tests], arguments)
    run_family(experiment, "sentiment-lstm", lambda: networks.make_sentiment(WORDS), arguments.only)
    parts, alphabet = load_characters(arguments.data)
    experiment = Experiment("characters", parts["train"], parts[tests], arguments)
    run_family(experiment, "characters-lstm", lambda: networks.make_characters(alphabet), arguments.only)


def write_table(work):
    """Copies the rows, and the noisy networks, from `work` to this folder; what is not there stays as it is."""
    old = {row["network"]: row for row in json.loads((HERE / "results.json").read_text())}
    rows, expected = [], dict(np.load(HERE / "expected.npz"))
    for name in NETWORKS:
        if not (work / f"{name}.json").exists():
            print(f"{name}: not trained here" + (", its row stays" if name in old else ""))
            rows += [old[name]] if name in old else []
            continue
        row = json.loads((work / f"{name}.json").read_text())
        row["file"] = f"{name}.onnx" if name in NOISY else None
        if row["file"]:
            data_set = name.split("-")[0]
            (HERE / row["file"]).write_bytes((work / row["file"]).read_bytes())
            expected |= {name: np.load(work / f"{name}.npy"), data_set: np.load(work / f"{data_set}-noise.npy")}
        rows.append(row)
    np.savez_compressed(HERE / "expected.npz", **expected)
    write_rows(HERE / "results.json", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["mnist", "cifar10", "text", "table"])
    parser.add_argument("--only", nargs="*", default=[], metavar="NETWORK")
    parser.add_argument("--trial", action="store_true", help="test on the validation data, write no rows")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--work", type=Path, default=ROOT / "out/03-sparsity")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the order of a sum, and so its last bit, depends on the thread count
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.what == "table":
        write_table(arguments.work)
        return
    {"mnist": run_mnist, "cifar10": run_cifar10, "text": run_text}[arguments.what](arguments)


if __name__ == "__main__":
    main()
