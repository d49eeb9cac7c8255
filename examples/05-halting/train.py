#!/usr/bin/env python3
"""Trains the networks of this lesson and writes their ONNX files, expected.npz and results.json beside this file.

    train.py KIND [--tau T --name NAME --start NAME]
                       dense, act, sact or pact: ResNet-32, from the ResNet-20 of lesson 04, or from the network trained before that
                       --start names, with a penalty on the ponder cost
    train.py segment   a small network that says of each pixel which digit it is of, with blocks that halt by position
    train.py table     tests all that is trained; writes the files and the table

Checkpoints go to --work. Choices are made on VALIDATION images at the end of the training data, which no network trains on.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

from augment import vary_photographs  # noqa: E402
from compose import BACKGROUND, place_digits, place_photographs  # noqa: E402
from data import load_cifar10, load_mnist_part  # noqa: E402
from networks import KINDS, UNITS, HaltingNet, SegmentNet, grow  # noqa: E402
from nnc.torch import export  # noqa: E402
from photographs import compute_error, load_training  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
SEED = 2024
BATCH = 125
START = HERE.parent / "04-perforation/resnet20.onnx"
EPOCHS = 3
RATE = 0.05  # the largest learning rate
SCORE_RATE = 5  # that of halting scores is so much larger
SCENE, SCENES, SCENE_EPOCHS, SCENE_TAU = 48, 8000, 10, 0.04  # of segmentation: pixels, images, epochs, the penalty of a unit
SCENE_SIDE = 64  # of photographs on textures
SHIPPED = ("dense", "act", "sact", "pact")  # the others are written to --work
TAU = {"act": 0.02, "sact": 0.02, "pact": 0.02}  # the penalty of a unit


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


def run_train(arguments):
    kind = arguments.what
    training, validation = load_training(arguments)
    torch.manual_seed(SEED)
    net = HaltingNet(kind).to(arguments.device, memory_format=torch.channels_last)
    if arguments.start:
        net.load_state_dict(torch.load(arguments.work / f"{arguments.start}.pt"))
    else:
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


# --- Segmentation ---------------------------------------------------------------------------------


def load_scenes(arguments, part, count, seed):
    images, labels = load_mnist_part(arguments.data / "mnist", part, margin=0)
    scenes, classes = place_digits(images.reshape(-1, 28, 28), labels, count, SCENE, seed)
    return torch.from_numpy(scenes), torch.from_numpy(classes)


def run_segment(arguments):
    scenes, classes = load_scenes(arguments, "train", SCENES, SEED)
    torch.manual_seed(SEED)
    net = SegmentNet().train()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    epochs = arguments.epochs or SCENE_EPOCHS
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * (SCENES // 40))
    for epoch in range(epochs):
        begin = time.time()
        for batch in torch.randperm(SCENES).split(40):
            x = scenes[batch].contiguous(memory_format=torch.channels_last)
            wrong = functional.cross_entropy(net(x), classes[batch])
            ponder = net.stage.ponder.mean()
            optimizer.zero_grad()
            (wrong + SCENE_TAU * ponder).backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {wrong.item():.4f}, ponder cost {ponder.item():.3f}, {time.time() - begin:.0f} s", flush=True)
    torch.save(net.state_dict(), arguments.work / "segment.pt")


# --- The table ------------------------------------------------------------------------------------


def compute_auc(maps, masks):
    """The probability that a pixel of the object has run more units than one that is not, ties by half; the mean over images."""
    areas = []
    for units, mask in zip(maps, masks):
        if mask.all() or not mask.any():
            continue
        inside, outside = units[mask], units[~mask]
        levels = np.arange(1, UNITS * 3 + 1)
        share_in, share_out = ((part[:, None] == levels).mean(0) for part in (inside, outside))
        below = np.cumsum(share_out) - share_out
        areas.append(float((share_in * (below + share_out / 2)).sum()))
    return float(np.mean(areas))


def spread(counts, side):
    """Maps [N, 1, h, w] as [N, side, side]."""
    maps = counts.expand(-1, 1, *counts.shape[2:]).numpy()[:, 0].astype(int)
    return maps.repeat(side // maps.shape[1], 1).repeat(side // maps.shape[2], 2)


@torch.no_grad()
def count_units(net, images):
    """The mean number of units in each stage."""
    net(images / 255)
    return [float(stage.counts.mean()) for stage in net.stages]


@torch.no_grad()
def describe_maps(net, images):
    """Units on test images that are placed on textures: how well they say where the image is."""
    canvases, masks = place_photographs(images, SCENE_SIDE, SEED)
    net(torch.from_numpy(canvases))
    stages = [spread(stage.counts, SCENE_SIDE) for stage in net.stages]
    units = {"inside": masks, "outside": ~masks}
    return {"auc": round(compute_auc(sum(stages), masks), 3),
            "auc_by_stage": [round(compute_auc(maps, masks), 3) for maps in stages],
            **{f"units_{where}": round(float(sum(stages)[mask].mean()), 2) for where, mask in units.items()}}


def describe_segment(arguments, expected):
    net = SegmentNet()
    net.load_state_dict(torch.load(arguments.work / "segment.pt"))
    net.eval()
    scenes, classes = load_scenes(arguments, "t10k", 500, SEED + 1)
    with torch.no_grad():
        found = net(scenes).argmax(1)
        expected |= {"scenes": scenes[:8].numpy(), "segment": net(scenes[:8]).numpy()}
        net(scenes)
    counts, is_digit = spread(net.stage.counts, SCENE // 2), classes.numpy() != BACKGROUND
    export(net, scenes[:1], HERE / "segment.onnx", "x", "logits", open_batch=True)
    right = (found == classes).numpy()
    return {"network": "segment", "file": "segment.onnx", "right_percent": round(100 * float(right.mean()), 2),
            "digits_right_percent": round(100 * float(right[is_digit].mean()), 2), "auc": round(compute_auc(counts, is_digit), 3),
            "units_digits": round(float(counts[is_digit].mean()), 2), "units_background": round(float(counts[~is_digit].mean()), 2)}


def run_table(arguments):
    _, (tests, answers) = load_cifar10(arguments.data, arguments.work / "cifar10.npz")
    tests, answers = torch.from_numpy(tests), torch.from_numpy(answers)
    noise = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(SEED))
    rows, expected = [], {"x": noise.numpy()}
    for path in sorted(arguments.work.glob("*.json"), key=lambda path: (path.stem.partition("-")[2], KINDS.index(path.stem.partition("-")[0]))):
        name, record = path.stem, json.loads(path.read_text())
        net = HaltingNet(record["kind"])
        net.load_state_dict(torch.load(path.with_suffix(".pt")))
        row = {"network": name, **record, "error_percent": round(compute_error(net, tests, answers), 2)}
        if record["kind"] != "dense":
            row["units"] = [round(float(np.mean(means)), 2) for means in zip(*(count_units(net, x) for x in tests.split(500)))]
        if record["kind"] == "sact":
            row |= describe_maps(net, tests[:300].numpy() / np.float32(255))
        is_shipped = name in SHIPPED
        row["file"] = f"{name}.onnx" if is_shipped else None
        export(net, noise, (HERE if is_shipped else arguments.work) / f"{name}.onnx", "x", "logits", open_batch=True)
        with torch.no_grad():
            expected |= {name: net(noise).numpy()} if is_shipped else {}
        rows.append(row)
        print(json.dumps(row), flush=True)
    rows.append(describe_segment(arguments, expected))
    print(json.dumps(rows[-1]), flush=True)
    np.savez_compressed(HERE / "expected.npz", **expected)
    write_rows(HERE / "results.json", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*KINDS, "segment", "table"])
    parser.add_argument("--epochs", type=int, help="of training")
    parser.add_argument("--tau", type=float, help="the penalty of a unit")
    parser.add_argument("--start", help="the checkpoint to go on from")
    parser.add_argument("--name", help="of the checkpoint (default: the kind)")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=ROOT / "out/05-halting")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    {"segment": run_segment, "table": run_table}.get(arguments.what, run_train)(arguments)


if __name__ == "__main__":
    main()
