#!/usr/bin/env python3
"""Trains this lesson's networks, and writes gated.onnx, expected.npz and results.json beside this file.

Training data are the images of a set, and three times as many noise objects: such images with their pixels in random order. One
variational autoencoder maximizes the mean ELBO, the other the robust evidence log(epsilon + exp(ELBO)) (arXiv:1611.09226).
Epsilon starts below all evidences and rises to its last value: with it from the beginning every object is an outlier.
"""

import argparse
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

from data import load_mnist  # noqa: E402
from networks import VAE, Classifier  # noqa: E402
from nnc.torch import GatedNetwork, RobustGate, compute_robust_evidence, export  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
SEED = 2026
CLEAN = 12000  # images of MNIST that train
NOISE = 3  # noise objects for each of them
BATCH, RATE, EPOCHS, CLASSIFIER_EPOCHS = 200, 1e-3, 30, 6
# log epsilon: where it starts, and where it is from two thirds of the training on. Between the evidences of images and of noise.
LOG_EPSILON = {"mnist": (-600.0, -170.0), "omniglot": (-600.0, -235.0)}


def load_mnist_images(data):
    """Training and test images, [N, 784], 0 or 1, and their labels."""
    (images, labels), (tests, answers) = load_mnist(data, margin=0)
    return tuple(torch.from_numpy((array > 127).astype(np.float32)) for array in (images[:CLEAN], tests)) + (
        torch.from_numpy(labels[:CLEAN]), torch.from_numpy(answers))


def load_omniglot_images(data):
    """Drawings of 105x105, ink averaged over 28x28 pixels, [N, 784], 0 or 1; every tenth is for the test."""
    from PIL import Image

    images = []
    for name in ("images_background_small1.zip", "images_background_small2.zip"):
        with zipfile.ZipFile(data / "omniglot" / name) as archive:
            for member in sorted(name for name in archive.namelist() if name.endswith(".png")):
                drawing = Image.open(io.BytesIO(archive.read(member))).convert("L")
                ink = 255 - np.asarray(drawing.resize((28, 28), Image.BOX), np.float32)
                images.append((ink > 64).astype(np.float32).reshape(-1))
    images = torch.from_numpy(np.unique(np.stack(images), axis=0))
    images = images[torch.randperm(len(images))]
    return images[len(images) // 10:], images[:len(images) // 10]


def make_noise(images, count):
    """Images with their pixels in random order, each in its own."""
    chosen = images[torch.randint(len(images), (count,))]
    return chosen.gather(1, torch.rand_like(chosen).argsort(1))


def train_vae(images, log_epsilon=None):
    net = VAE().train()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    for epoch in range(EPOCHS):
        if log_epsilon:
            low, high = log_epsilon
            limit = min(high, low + (high - low) * epoch / (EPOCHS * 2 / 3))
        for batch in torch.randperm(len(images)).split(BATCH):
            elbo = net(images[batch])
            evidence = compute_robust_evidence(elbo, limit) if log_epsilon else elbo
            optimizer.zero_grad()
            (-evidence.mean()).backward()
            optimizer.step()
    return net.eval()


@torch.no_grad()
def compute_elbo(net, images, samples):
    """The mean over draws of z of the bound for each image; of the mean code with no samples. [N]"""
    net.train(samples > 0)
    elbo = sum(net(images)[:, 0] for _ in range(max(samples, 1))) / max(samples, 1)
    net.eval()
    return elbo


def compute_auc(inliers, outliers):
    """The probability that an inlier has the larger number."""
    ranks = np.concatenate([inliers, outliers]).argsort().argsort() + 1.0
    n, m = len(inliers), len(outliers)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def run_set(name, images, tests):
    torch.manual_seed(SEED)
    everything = torch.cat([images, make_noise(images, NOISE * len(images))])
    noise = make_noise(tests, len(tests))
    rows, nets = [], {}
    for objective in ("elbo", "robust"):
        torch.manual_seed(SEED)
        net = nets[objective] = train_vae(everything, LOG_EPSILON[name] if objective == "robust" else None)
        scores = [compute_elbo(net, some, 0) for some in (tests, noise)]
        rows.append({"data": name, "objective": objective, "images": len(images), "noise": NOISE * len(images),
                     "test_elbo": round(float(compute_elbo(net, tests, 10).mean()), 2),
                     "noise_elbo": round(float(compute_elbo(net, noise, 10).mean()), 2),
                     "auc": round(compute_auc(*(score.numpy() for score in scores)), 4)})
        if objective == "robust":
            gate = RobustGate(LOG_EPSILON[name][1])
            rows[-1]["log_epsilon"] = LOG_EPSILON[name][1]
            rows[-1] |= {f"{kind}_passed_percent": round(100 * float((gate(score) > 0.5).float().mean()), 2)
                         for kind, score in zip(("test", "noise"), scores)}
        print(json.dumps(rows[-1]), flush=True)
    return rows, nets["robust"], noise


def train_classifier(images, labels):
    torch.manual_seed(SEED)
    net = Classifier().train()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=CLASSIFIER_EPOCHS * len(images) // BATCH)
    for _ in range(CLASSIFIER_EPOCHS):
        for batch in torch.randperm(len(images)).split(BATCH):
            loss = functional.cross_entropy(net(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    images, tests, labels, answers = load_mnist_images(arguments.data)
    rows, vae, noise = run_set("mnist", images, tests)
    classifier = train_classifier(images, labels)
    gated = GatedNetwork(vae, RobustGate(LOG_EPSILON["mnist"][1]), classifier).eval()
    examples = torch.cat([tests[:8], noise[:8]])
    export(gated, examples, HERE / "gated.onnx", "x", ["logits", "w"], open_batch=True)
    export(vae, examples, HERE / "vae.onnx", "x", "elbo", open_batch=True)
    with torch.no_grad():
        logits, w = gated(examples)
        right = float((classifier(tests).argmax(1) == answers).float().mean())
    np.savez_compressed(HERE / "expected.npz", x=examples.numpy(), logits=logits.numpy(), w=w.numpy(), elbo=vae(examples).detach().numpy())
    rows.append({"classifier_error_percent": round(100 * (1 - right), 2)})
    rows += run_set("omniglot", *load_omniglot_images(arguments.data))[0]
    write_rows(HERE / "results.json", rows)


if __name__ == "__main__":
    main()
