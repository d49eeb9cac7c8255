#!/usr/bin/env python3
"""Trains the networks of this lesson and writes their ONNX files, expected.npz and results.json beside this file.

    train.py dense NETWORK                     nin or resnet20
    train.py finetune NETWORK MASK SPEED       from the dense one, with a mask for a speed of 2 or 3
    train.py table                             tests all that is trained; writes the files and the table

Checkpoints go to --work; a dense network that is not there is read from its file here. `finetune` saves the network with
its masks before any training as well. Choices are made on VALIDATION images at the end of the training data, which no
network trains on.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

import networks  # noqa: E402
from augment import vary_photographs  # noqa: E402
from data import load_cifar10, load_held_out  # noqa: E402
from nnc.perforation import choose_fill, count_windows  # noqa: E402
from nnc.torch import PerforatedConv2d, export, measure_impact  # noqa: E402
from photographs import compute_error, load_training  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
SEED = 2024
BATCH = 250
HELD_OUT = 500  # test images that check.py counts
SHIPPED_MASK = "impact"  # the one whose networks are in the repository

NETWORKS = {"nin": networks.make_nin, "resnet20": networks.make_resnet}
EPOCHS = {"nin": 60, "resnet20": 80}
FINE_TUNING = {"nin": 3, "resnet20": 8}  # epochs
RATE, FINE_RATE = 0.2, 0.05  # the largest learning rates

# The fraction of positions that every convolution with a window keeps, for twice and three times the speed of the
# dense network in nnc (benchmarks/run.py perforation).
KEPT = {
    "nin": {"uniform": (0.46, 0.3), "grid": (0.49, 0.34), "pooling": (0.46, 0.3), "impact": (0.46, 0.3)},
    "resnet20": {"uniform": (0.33, 0.21), "grid": (0.39, 0.24), "impact": (0.33, 0.21)},
}


def get_kept(network, mask, speed):
    return KEPT[network][mask][speed - 2]


# --- Training -------------------------------------------------------------------------------------


def train(net, images, labels, epochs, rate):
    """Stochastic gradient descent; the rate rises in the first fifth and then falls to zero."""
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps, pct_start=0.2)
    for _ in range(epochs):
        net.train()
        for batch in torch.randperm(len(images), device=images.device)[:steps * BATCH].split(BATCH):
            x = vary_photographs(images[batch] / 255).contiguous(memory_format=torch.channels_last)
            with torch.autocast(images.device.type, torch.bfloat16):
                loss = functional.cross_entropy(net(x).float(), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def run_dense(arguments):
    training, validation = load_training(arguments)
    torch.manual_seed(SEED)
    net = NETWORKS[arguments.network]().to(arguments.device, memory_format=torch.channels_last)
    train(net, *training, EPOCHS[arguments.network], RATE)
    print(f"{arguments.network}: {compute_error(net, *validation):.2f} % of validation images wrong", flush=True)
    save(net, arguments.work / f"{arguments.network}.pt")


# --- Masks ----------------------------------------------------------------------------------------


def list_windowed(net):
    """The names of convolutions with a window of more than one pixel."""
    return [name for name, layer in net.named_modules()
            if isinstance(layer, torch.nn.Conv2d) and max(layer.kernel_size) > 1]


def make_perforated(net):
    """`net` with PerforatedConv2d for convolutions with a window, dense yet."""
    for name in list_windowed(net):
        parent, _, child = name.rpartition(".")
        setattr(net.get_submodule(parent), child, PerforatedConv2d.from_dense(net.get_submodule(name)))
    return net


@torch.no_grad()
def list_sizes(net, device):
    """Rows and columns of the results of convolutions, by name."""
    sizes, hooks = {}, []
    for name, layer in net.named_modules():
        if isinstance(layer, torch.nn.Conv2d):
            hooks.append(layer.register_forward_hook(
                lambda _, __, y, name=name: sizes.__setitem__(name, tuple(y.shape[2:]))))
    net(torch.zeros(1, 3, 32, 32, device=device))
    for hook in hooks:
        hook.remove()
    return sizes


def perforate(net, mask, kept, images, labels):
    """Masks for a network of make_perforated. Layers with results of one size share one, so that their sums stay lists;
    that of `impact` is for the sum of theirs, over 5,000 training images."""
    sizes, information = list_sizes(net.eval(), images.device), {}
    sizes = {name: sizes[name] for name in list_windowed(net)}
    if mask == "impact":
        layers = [net.get_submodule(name) for name in sizes]
        batches = ((x / 255, y) for x, y in zip(images[:5000].split(BATCH), labels[:5000].split(BATCH)))
        impacts = measure_impact(net, layers, lambda z, y: functional.cross_entropy(z, y, reduction="sum"), batches)
        for size, impact in zip(sizes.values(), impacts):
            information[size] = {"importance": information.get(size, {"importance": 0})["importance"] + impact}
    if mask == "pooling":  # 3x3 with stride 2 but behind the last, whose mean reads all once
        information = {size: {"windows": count_windows(*size, 3, 2, 1) if size[0] > 8 else np.ones(size)}
                       for size in sizes.values()}
    for name, size in sizes.items():
        net.get_submodule(name).perforate(choose_fill(mask, *size, kept, SEED, **information.get(size, {})))


def run_finetune(arguments):
    network, mask, speed = arguments.network, arguments.mask, arguments.speed
    training, validation = load_training(arguments)
    net = make_perforated(load_dense(network, arguments.work)).to(arguments.device, memory_format=torch.channels_last)
    perforate(net, mask, get_kept(network, mask, speed), *training)
    before = compute_error(net, *validation)
    save(net, arguments.work / f"{network}-{mask}-{speed}-before.pt")
    torch.manual_seed(SEED)
    epochs = arguments.epochs or FINE_TUNING[network]
    train(net, *training, epochs, FINE_RATE)
    print(f"{network} {mask} {speed}: {before:.2f} % of validation images wrong before, "
          f"{compute_error(net, *validation):.2f} % after", flush=True)
    save(net, arguments.work / f"{network}-{mask}-{speed}.pt")
    (arguments.work / f"{network}-{mask}-{speed}.json").write_text(json.dumps({"epochs": epochs}))


def save(net, path):
    torch.save({key: value.cpu().contiguous() for key, value in net.state_dict().items()}, path)


def load_dense(network, work):
    """The dense network: its checkpoint, or the file in this folder, which has the same names."""
    if (work / f"{network}.pt").exists():
        return load(network, work / f"{network}.pt")
    net = NETWORKS[network]()
    state = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
             for tensor in onnx.load(HERE / f"{network}.onnx").graph.initializer}
    counters = {key: value for key, value in net.state_dict().items() if key.endswith("num_batches_tracked")}
    net.load_state_dict(counters | {key: state[key] for key in net.state_dict() if key not in counters})
    return net.eval()


def load(network, path):
    """A network that `save` wrote, with its masks."""
    net, state = NETWORKS[network](), torch.load(path, map_location="cpu")
    if any(key.endswith(".fill") for key in state):
        make_perforated(net)
        for key in state:
            if key.endswith(".fill"):
                net.get_submodule(key.removesuffix(".fill")).perforate(state[key])
    net.load_state_dict(state)
    return net.eval()


# --- The table ------------------------------------------------------------------------------------


def count_multiplications_ratio(net):
    """Multiplications of convolutions, dense over perforated."""
    dense, perforated = 0, 0
    for name, (height, width) in list_sizes(net, "cpu").items():
        layer = net.get_submodule(name)
        products = height * width * layer.weight.numel()
        dense += products
        perforated += products * (layer.get_kept() if isinstance(layer, PerforatedConv2d) else 1)
    return round(dense / perforated, 2)


def write_file(name, net, noise, expected):
    with torch.no_grad():
        expected[name] = net(noise).numpy()
    export(net, noise, HERE / f"{name}.onnx", "x", "logits", open_batch=True)


def run_table(arguments):
    _, tests = load_cifar10(arguments.data, arguments.work / "cifar10.npz")
    tests = [torch.from_numpy(array) for array in tests]
    held_out = [torch.from_numpy(array) for array in load_held_out(arguments.data, "cifar10", HELD_OUT)]
    noise = torch.from_numpy(np.random.default_rng(SEED).random((8, 3, 32, 32), np.float32))
    rows, expected = [], {"x": noise.numpy()}
    for network in NETWORKS:
        dense = load_dense(network, arguments.work)
        dense_error = compute_error(dense, *tests)
        names = [(network, None, 1)] + [(f"{network}-{mask}-{speed}", mask, speed)
                                        for mask in KEPT[network] for speed in (2, 3)]
        for name, mask, speed in names:
            if mask and not (arguments.work / f"{name}.pt").exists():
                print(f"{name}: not trained yet, left out")
                continue
            net = load(network, arguments.work / f"{name}.pt") if mask else dense
            row = {"network": name, "error_percent": round(compute_error(net, *tests), 2)}
            if mask:
                before = load(network, arguments.work / f"{name}-before.pt")
                row |= {"mask": mask, "speed": speed, "kept": get_kept(network, mask, speed),
                        "multiplications_ratio": count_multiplications_ratio(net), "dense_error_percent": round(dense_error, 2),
                        "error_before_percent": round(compute_error(before, *tests), 2),
                        **json.loads((arguments.work / f"{name}.json").read_text())}
            row["held_out"] = HELD_OUT
            row["held_out_right"] = round(HELD_OUT * (1 - compute_error(net, *held_out) / 100))
            row["file"] = f"{name}.onnx" if mask in (None, SHIPPED_MASK) else None
            if row["file"]:
                write_file(name, net, noise, expected)
            print(json.dumps(row), flush=True)
            rows.append(row)
    np.savez_compressed(HERE / "expected.npz", **expected)
    write_rows(HERE / "results.json", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["dense", "finetune", "table"])
    parser.add_argument("network", nargs="?", choices=list(NETWORKS))
    parser.add_argument("mask", nargs="?")
    parser.add_argument("speed", nargs="?", type=int, choices=[2, 3])
    parser.add_argument("--epochs", type=int, help="of fine-tuning (default: 3 for nin, 8 for resnet20)")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=ROOT / "out/04-perforation")
    arguments = parser.parse_intermixed_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    {"dense": run_dense, "finetune": run_finetune, "table": run_table}[arguments.what](arguments)


if __name__ == "__main__":
    main()
