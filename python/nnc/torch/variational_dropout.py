# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers that learn which of their weights are noise: sparse variational dropout (Molchanov et al., arXiv:1701.05369).

Every weight has a normal posterior with mean `weight` and variance exp(`log_sigma2`); alpha = variance / mean^2 is its
dropout rate. After training, weights with log alpha >= 3 are zero and the others are their means. Biases stay as usual.
"""

import torch
from torch import nn
from torch.nn import functional

THRESHOLD = 3.0  # log alpha from which a weight is dropped
CLIP = 8.0  # log alpha stays within -8 and 8
TINY = 1e-8  # added to squared means before the logarithm
START = -10.0  # log sigma^2 at first


def compute_log_alpha(mean, log_sigma2):
    """log alpha, clipped as the paper's code does."""
    return (log_sigma2 - torch.log(mean.square() + TINY)).clamp(-CLIP, CLIP)


def compute_kl(log_alpha):
    """The Kullback-Leibler divergence from the log-uniform prior, summed: the paper's approximation, equation 14."""
    k1, k2, k3 = 0.63576, 1.87320, 1.48695
    negative = k1 * torch.sigmoid(k2 + k3 * log_alpha) - 0.5 * functional.softplus(-log_alpha) - k1
    return -negative.sum()


class _VariationalDropout:
    """What the layers share; comes before the torch.nn layer whose `weight` it makes a mean."""

    def _add_posterior(self, threshold):
        self.threshold = threshold
        self.log_sigma2 = nn.Parameter(torch.full_like(self.weight, START))

    @property
    def posteriors(self):
        """Pairs of means and log sigma^2."""
        return ((self.weight, self.log_sigma2),)

    @property
    def log_alpha(self):
        return compute_log_alpha(self.weight, self.log_sigma2)

    @property
    def is_kept(self):
        return self.log_alpha < self.threshold

    def kl(self):
        return compute_kl(self.log_alpha)

    def get_sparse_weight(self):
        """The weight of the deterministic network."""
        return torch.where(self.is_kept, self.weight, torch.zeros_like(self.weight))

    def sample(self, mean, variance):
        """The layer's output, drawn from the normal distribution that its weights give it: one draw for each element
        (local reparametrization), which has far less variance than drawing weights."""
        return mean + torch.sqrt(variance + TINY) * draw_like(mean)


def draw_like(x):
    """Normal numbers as randn_like's, drawn as one row of fp32, which is several times faster than other layouts. `x` is
    dense in memory."""
    return torch.randn(x.numel(), device=x.device).to(x.dtype).as_strided(x.shape, x.stride())


class LinearSVD(_VariationalDropout, nn.Linear):
    """nn.Linear with sparse variational dropout."""

    def __init__(self, in_features, out_features, bias=True, threshold=THRESHOLD):
        super().__init__(in_features, out_features, bias)
        self._add_posterior(threshold)

    def forward(self, x):
        if not self.training:
            return functional.linear(x, self.get_sparse_weight(), self.bias)
        variance = functional.linear(x.square(), self.log_sigma2.exp())
        return self.sample(functional.linear(x, self.weight, self.bias), variance)

    def to_dense(self):
        """The nn.Linear with zeros where weights are dropped."""
        linear = nn.Linear(self.in_features, self.out_features, self.bias is not None)
        return copy_weights(linear, self)


class Conv2dSVD(_VariationalDropout, nn.Conv2d):
    """nn.Conv2d with sparse variational dropout; takes its arguments."""

    def __init__(self, *arguments, threshold=THRESHOLD, **options):
        super().__init__(*arguments, **options)
        self._add_posterior(threshold)

    def forward(self, x):
        if not self.training:
            return self._conv_forward(x, self.get_sparse_weight(), self.bias)
        variance = self._conv_forward(x.square(), self.log_sigma2.exp(), None)
        return self.sample(self._conv_forward(x, self.weight, self.bias), variance)

    def to_dense(self):
        """The nn.Conv2d with zeros where weights are dropped."""
        conv = nn.Conv2d(self.in_channels, self.out_channels, self.kernel_size, self.stride, self.padding,
                         self.dilation, self.groups, self.bias is not None, self.padding_mode)
        return copy_weights(conv, self)


@torch.no_grad()
def copy_weights(layer, sparse):
    layer.weight.copy_(sparse.get_sparse_weight())
    if sparse.bias is not None:
        layer.bias.copy_(sparse.bias)
    return layer
