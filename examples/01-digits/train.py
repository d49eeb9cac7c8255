#!/usr/bin/env python3
"""Trains the digits network and writes digits.onnx, held_out.npz and held_out.csv beside this file.

The split, made once with a fixed seed and stratified by digit:

    1797 images = 360 held out  +  1437 for training = 240 validation + 1197 fitting

The number of epochs is chosen on the validation images, with networks that saw only the fitting
images. The network that ships is then trained on all 1437, and the held-out images are used once, at
the end, to report its accuracy.
"""

import math
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional

from network import DigitsNet, to_onnx

SEED = 2024
HELD_OUT = 360
VALIDATION = 240
EPOCH_CHOICES = (15, 30, 60)
BATCH = 64
HERE = Path(__file__).resolve().parent


def split(images, labels, count):
    """Takes `count` images away, stratified: (rest, rest labels, taken, taken labels)."""
    rest, taken, rest_labels, taken_labels = train_test_split(
        images, labels, test_size=count, random_state=SEED, stratify=labels)
    return rest, rest_labels, taken, taken_labels


def augment(images):
    """Each image turned by up to 10 degrees, scaled by up to 10 % and shifted by up to 0.8 pixel."""
    count = len(images)
    uniform = torch.rand(4, count) * 2 - 1
    angle = uniform[0] * math.radians(10)
    scale = 1 + 0.1 * uniform[1]
    shift = uniform[2:] * (0.8 / 4)  # the image is 2 units wide: a pixel is a quarter of one
    cos, sin = scale * angle.cos(), scale * angle.sin()
    transform = torch.stack([cos, -sin, shift[0], sin, cos, shift[1]], dim=1).view(count, 2, 3)
    grid = functional.affine_grid(transform, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def train(images, labels, epochs):
    """A new network, trained from the seed: AdamW, one learning rate cycle, label smoothing."""
    torch.manual_seed(SEED)
    net = DigitsNet()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
    steps = epochs * math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=steps)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(BATCH):
            logits = net(augment(images[batch]))
            loss = functional.cross_entropy(logits, labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


@torch.no_grad()
def evaluate(net, images, labels):
    """(how many are right, mean cross entropy)"""
    logits = net(images)
    right = (logits.argmax(dim=1) == labels).sum().item()
    return right, functional.cross_entropy(logits, labels).item()


def choose_epochs(images, labels):
    """The choice with the lowest validation loss."""
    fitting, fitting_labels, validation, validation_labels = split(images, labels, VALIDATION)
    losses = {}
    for epochs in EPOCH_CHOICES:
        net = train(fitting, fitting_labels, epochs)
        right, losses[epochs] = evaluate(net, validation, validation_labels)
        print(f"{epochs:3} epochs: {right} of {VALIDATION} validation images right, "
              f"loss {losses[epochs]:.4f}")
    return min(losses, key=losses.get)


@torch.no_grad()
def write(net, images, labels):
    onnx.save(to_onnx(net), HERE / "digits.onnx")
    probabilities = torch.softmax(net(images), dim=1)
    np.savez(HERE / "held_out.npz", image=images.numpy(), label=labels.numpy(),
             probabilities=probabilities.numpy())
    pixels = (images * 16).round().to(torch.int64).view(len(images), 64)
    np.savetxt(HERE / "held_out.csv", torch.cat([labels[:, None], pixels], dim=1), "%d", ",")


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # the order of a sum, and so its last bit, depends on the thread count
    data = load_digits()
    images = torch.tensor(data.images / 16, dtype=torch.float32).unsqueeze(1)
    labels = torch.tensor(data.target, dtype=torch.int64)
    images, labels, held_out, held_out_labels = split(images, labels, HELD_OUT)
    epochs = choose_epochs(images, labels)
    net = train(images, labels, epochs)
    right, _ = evaluate(net, held_out, held_out_labels)
    parameters = sum(p.numel() for p in net.parameters())
    print(f"trained {epochs} epochs on {len(images)} images, {parameters} parameters")
    print(f"held-out accuracy: {right} of {HELD_OUT} ({100 * right / HELD_OUT:.2f} %)")
    write(net, held_out, held_out_labels)


if __name__ == "__main__":
    main()
