# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Noise that learns which neurons and channels are needed: structured Bayesian pruning (Neklyudov et al.,
arXiv:1705.07283).

Every channel is multiplied by a random factor whose logarithm has a normal posterior, truncated to [-20, 0], under a
uniform prior. After training a channel is multiplied by the mean of its factor, or dropped where the factor's
signal-to-noise ratio is at most 1. Formulas are those of section 3 of the paper.
"""

import math

import torch
from torch import nn

LOWEST, HIGHEST = -20.0, 0.0  # of the factor's logarithm
CLIP = (-20.0, 5.0)  # of mu and log sigma, before they are used
THRESHOLD = 1.0  # signal-to-noise ratio up to which a channel is dropped
START = -5.0  # log sigma at first
FAR = -30.0  # standard deviations


def get_bounds(mu, log_sigma):
    """mu and sigma as used, and the ends of the interval in standard deviations from mu."""
    mu, sigma = mu.clamp(*CLIP), log_sigma.clamp(*CLIP).exp()
    return mu, sigma, (LOWEST - mu) / sigma, (HIGHEST - mu) / sigma


def compute_moments(mu, log_sigma):
    """Z, the probability of the interval before truncation, E[theta] Z and E[theta^2] Z.

    In the form with erfcx, which keeps its digits; erfcx of a negative z is 2 exp(z^2) - erfcx(-z). Where mu > 0, all
    three are relative to the density at the upper end, which may be too small for a double.
    """
    mu, sigma, alpha, beta = get_bounds(mu.double(), log_sigma.double())
    common = torch.where(mu > 0, beta.square() / 2, 0)

    def compute_end(bound, log, order):
        z = (order * sigma - bound) / math.sqrt(2)
        tail = torch.special.erfcx(z.abs()) * (order * log - bound.square() / 2 + common).exp()
        return torch.where(z < 0, 2 * (order * mu + (order * sigma).square() / 2 + common).exp() - tail, tail)

    return [(compute_end(beta, HIGHEST, order) - compute_end(alpha, LOWEST, order)) / 2 for order in range(3)]


def compute_mean(mu, log_sigma):
    """E[theta], in double precision."""
    mass, mean, _ = compute_moments(mu, log_sigma)
    return mean / mass


def compute_snr(mu, log_sigma):
    """The mean of the factor over its standard deviation, in double precision; infinite below rounding."""
    mass, mean, square = compute_moments(mu, log_sigma)
    mean = mean / mass
    return mean / torch.sqrt((square / mass - mean.square()).clamp(min=0))


def compute_entropy(mu, log_sigma):
    """Of log theta, in double precision. With logarithms of probabilities, as the interval is in a tail where mu > 0;
    far out there, by the first terms of the series for a tail, as differences lose their digits."""
    _, sigma, alpha, beta = get_bounds(mu.double(), log_sigma.double())
    is_far = beta < FAR
    near = torch.where(is_far, FAR, beta)
    upper, lower = torch.special.log_ndtr(near), torch.special.log_ndtr(alpha)
    log_mass = upper + torch.log1p(-torch.exp(lower - upper))
    low, high = (bound * torch.exp(-bound.square() / 2 - log_mass) for bound in (alpha, near))
    entropy = 0.5 * math.log(2 * math.pi * math.e) + log_mass + (low - high) / (2 * math.sqrt(2 * math.pi))
    far = torch.where(is_far, beta, FAR)
    return torch.log(sigma) + torch.where(is_far, 1 - torch.log(-far) - 2 / far.square(), entropy)


class LogNormalNoise(nn.Module):
    """x [B, C, ...] times one factor for every channel; in training, one draw for every element of the batch as well.

    It stands right behind a linear layer, before bias, normalization and activation.
    """

    def __init__(self, channels, threshold=THRESHOLD):
        super().__init__()
        self.threshold = threshold
        self.mu = nn.Parameter(torch.zeros(channels))
        self.log_sigma = nn.Parameter(torch.full((channels,), START))

    @property
    def is_kept(self):
        return compute_snr(self.mu, self.log_sigma) > self.threshold

    def get_scales(self):
        """The factors of the deterministic network: means, and zeros for dropped channels."""
        mean = compute_mean(self.mu, self.log_sigma).float()
        return torch.where(self.is_kept, mean, torch.zeros_like(mean))

    def kl(self):
        """The Kullback-Leibler divergence from the uniform prior of log theta, summed."""
        return (math.log(HIGHEST - LOWEST) - compute_entropy(self.mu, self.log_sigma)).sum()

    def sample(self, shape):
        mu, sigma, alpha, beta = get_bounds(self.mu, self.log_sigma)
        low, high = torch.special.ndtr(alpha), torch.special.ndtr(beta)
        quantile = (low + (high - low) * torch.rand(shape, device=mu.device)).clamp(1e-6, 1 - 1e-6)
        return (mu + sigma * torch.special.ndtri(quantile)).clamp(LOWEST, HIGHEST).exp()

    def forward(self, x):
        factors = self.sample((len(x), len(self.mu))) if self.training else self.get_scales()[None]
        return x * factors.reshape(*factors.shape, *[1] * (x.dim() - 2))
