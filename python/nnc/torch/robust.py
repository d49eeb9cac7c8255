# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Variational autoencoders that ignore objects they have no evidence for, and gates that use them (Figurnov et al.,
arXiv:1611.09226)."""

import torch
from torch import nn


def compute_robust_evidence(elbo, log_epsilon):
    """log(epsilon + exp(ELBO)) of each object: what training maximizes the sum of. Its gradient is that of the ELBO, weighted by
    what a RobustGate gives. Nothing overflows: evidences are around exp(-100)."""
    return torch.logaddexp(elbo, torch.as_tensor(log_epsilon, dtype=elbo.dtype, device=elbo.device))


class RobustGate(nn.Module):
    """ELBO -> w = exp(ELBO) / (epsilon + exp(ELBO)) = sigmoid(ELBO - log epsilon): near 0 for outliers."""

    def __init__(self, log_epsilon):
        super().__init__()
        self.log_epsilon = float(log_epsilon)

    def forward(self, elbo):
        return torch.sigmoid(elbo - self.log_epsilon)


class GatedNetwork(nn.Module):
    """x -> (net(x), w), where w, [N, 1], says that x is no outlier; zeros for an outlier, for which a program of nnc does not run
    `net`. `evidence` gives the ELBO of each object, [N, 1]; `threshold` is what w must be above."""

    def __init__(self, evidence, gate, net, threshold=0.5):
        super().__init__()
        self.evidence, self.gate, self.net, self.threshold = evidence, gate, net, threshold

    def forward(self, x):
        w = self.gate(self.evidence(x))
        return torch.where(w > self.threshold, self.net(x), 0.0), w
