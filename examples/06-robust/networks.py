"""The networks of this lesson: a variational autoencoder of binary images of 28x28, and a classifier that is worth a gate."""

import sys
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

PIXELS, HIDDEN, LATENT = 784, 200, 20


class VAE(nn.Module):
    """x [N, 784], 0 or 1 -> ELBO [N, 1], in nats: a Gaussian code, Bernoulli pixels. In training the code is drawn, in evaluation it is
    the mean of q(z | x)."""

    def __init__(self):
        super().__init__()
        self.encode, self.mean, self.log_variance = nn.Linear(PIXELS, HIDDEN), nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)
        self.decode, self.pixels = nn.Linear(LATENT, HIDDEN), nn.Linear(HIDDEN, PIXELS)

    def forward(self, x):
        h = functional.relu(self.encode(x))
        mean, log_variance = self.mean(h), self.log_variance(h)
        variance = log_variance.exp()
        z = self.draw(mean, variance) if self.training else mean
        logits = self.pixels(functional.relu(self.decode(z)))
        likelihood = (x * logits - functional.softplus(logits)).sum(1, keepdim=True)
        divergence = (mean.square() + variance - log_variance - 1).sum(1, keepdim=True) * 0.5
        return likelihood - divergence

    def draw(self, mean, variance):
        return mean + variance.sqrt() * torch.randn_like(mean)


class Classifier(nn.Module):
    """x [N, 784], 0 or 1 -> logits [N, 10]: what a gate is to keep noise away from."""

    def __init__(self):
        super().__init__()
        layers = OrderedDict()
        for n, (inputs, outputs) in enumerate(((1, 32), (32, 64), (64, 64)), 1):
            layers[f"conv{n}"] = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            layers[f"norm{n}"], layers[f"relu{n}"] = nn.BatchNorm2d(outputs), nn.ReLU()
            if n < 3:
                layers[f"pool{n}"] = nn.MaxPool2d(2)
        self.layers = nn.Sequential(layers)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.layers(x.reshape(-1, 1, 28, 28)).mean((2, 3)))
