# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recurrent layers: an LSTM, and one that learns which of its weights are noise (Lobacheva, Chirkova, Vetrov,
arXiv:1708.00077: sparse variational dropout with binary variational dropout).

The same weights act in every step, so they are drawn once for a batch and not, as in LinearSVD, through the outputs.
Binary variational dropout is likewise one mask for all steps of a sequence (Gal, Ghahramani, arXiv:1512.05287).
"""

import math

import torch
from torch import nn
from torch.nn import functional

from nnc.torch.variational_dropout import START, THRESHOLD, compute_kl, compute_log_alpha


def hard_sigmoid(x):
    """Of ONNX and Theano, with slope 1/5; PyTorch's has 1/6."""
    return (0.2 * x + 0.5).clamp(0, 1)


GATES = {"sigmoid": torch.sigmoid, "hard_sigmoid": hard_sigmoid}


class LSTM(nn.Module):
    """x [N, T, input_size] -> hidden states [N, T, hidden_size], or, with `last_only`, the last one [N, hidden_size].

    Rows of the weights, and the bias, are for the input, forget, cell and output gates. `gate` is "sigmoid" or
    "hard_sigmoid"; `dropout` and `recurrent_dropout` are the shares of inputs and of hidden units that are masked, the
    same ones in all steps of a sequence.
    """

    def __init__(self, input_size, hidden_size, last_only=False, gate="sigmoid", dropout=0.0, recurrent_dropout=0.0):
        super().__init__()
        self.input_size, self.hidden_size, self.last_only, self.gate = input_size, hidden_size, last_only, gate
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        bound = 1 / math.sqrt(hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size).uniform_(-bound, bound))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))
        with torch.no_grad():
            self.bias[hidden_size:2 * hidden_size] = 1  # forgets little at first

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}, last_only={self.last_only}, gate='{self.gate}'"

    def get_weights(self):
        """The matrices of inputs and of hidden states that this pass uses."""
        return self.weight_ih, self.weight_hh

    def draw_mask(self, x, size, probability):
        """[N, size], zero with `probability`, else the inverse of the other; 1 outside training."""
        if not self.training or probability == 0:
            return None
        return functional.dropout(x.new_ones(len(x), size), probability)

    def forward(self, x):
        weight_ih, weight_hh = self.get_weights()
        mask = self.draw_mask(x, self.input_size, self.dropout)
        hidden_mask = self.draw_mask(x, self.hidden_size, self.recurrent_dropout)
        inputs = functional.linear(x if mask is None else x * mask[:, None], weight_ih, self.bias)
        h = c = x.new_zeros(len(x), self.hidden_size)
        states, squash = [], GATES[self.gate]
        for of_step in inputs.unbind(1):
            gates = of_step + functional.linear(h if hidden_mask is None else h * hidden_mask, weight_hh)
            i, f, g, o = gates.chunk(4, dim=1)
            c = squash(f) * c + squash(i) * torch.tanh(g)
            h = squash(o) * torch.tanh(c)
            states.append(h)
        return h if self.last_only else torch.stack(states, dim=1)


class LSTMSVD(LSTM):
    """LSTM with sparse variational dropout; takes its arguments."""

    def __init__(self, *arguments, threshold=THRESHOLD, **options):
        super().__init__(*arguments, **options)
        self.threshold = threshold
        self.log_sigma2_ih = nn.Parameter(torch.full_like(self.weight_ih, START))
        self.log_sigma2_hh = nn.Parameter(torch.full_like(self.weight_hh, START))

    @classmethod
    def from_dense(cls, lstm, threshold=THRESHOLD):
        """The same layer as `lstm`, an LSTM, with little noise."""
        sparse = cls(lstm.input_size, lstm.hidden_size, lstm.last_only, lstm.gate, lstm.dropout,
                     lstm.recurrent_dropout, threshold=threshold)
        sparse.load_state_dict(lstm.state_dict(), strict=False)
        return sparse

    @property
    def posteriors(self):
        """Means and log sigma^2 of the matrices of inputs and of hidden states."""
        return (self.weight_ih, self.log_sigma2_ih), (self.weight_hh, self.log_sigma2_hh)

    @property
    def log_alpha(self):
        """[4 hidden_size, input_size + hidden_size]."""
        return torch.cat([compute_log_alpha(*posterior) for posterior in self.posteriors], dim=1)

    @property
    def is_kept(self):
        return self.log_alpha < self.threshold

    def kl(self):
        return compute_kl(self.log_alpha)

    def get_weights(self):
        if self.training:
            return [mean + torch.exp(log_sigma2 / 2) * torch.randn_like(mean) for mean, log_sigma2 in self.posteriors]
        return self.get_sparse_weights()

    def get_sparse_weights(self):
        """The weights of the deterministic network."""
        kept = self.is_kept.split([self.input_size, self.hidden_size], dim=1)
        return [torch.where(k, mean, torch.zeros_like(mean)) for k, (mean, _) in zip(kept, self.posteriors)]
