# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions whose results are computed at some positions and copied to the others (Figurnov et al.,
arXiv:1504.08362). For training: everything is computed here; nnc computes what is kept."""

import torch
from torch import nn


class _Copy(torch.autograd.Function):
    """y[..., fill], whose gradient is a product with the matrix of who copies whom: about twice as fast as adding up
    elements by index."""

    @staticmethod
    def forward(context, y, fill):
        context.save_for_backward(fill)
        return y[:, :, fill]

    @staticmethod
    def backward(context, gradient):
        fill, = context.saved_tensors
        kept, copied = fill.unique(return_inverse=True)
        copies = nn.functional.one_hot(copied, len(kept)).to(gradient.dtype)
        result = torch.zeros_like(gradient)
        result[:, :, kept] = gradient @ copies
        return result, None


class PerforatedConv2d(nn.Conv2d):
    """nn.Conv2d, each position (h, w) of whose result is position fill[h, w], counted row by row.

    `fill` [H, W], of integers, is a buffer, which `perforate` sets (see nnc.perforation.choose_fill); without one the
    layer is dense.
    """

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.register_buffer("fill", None)

    @classmethod
    def from_dense(cls, conv, fill=None):
        """With the weights of an nn.Conv2d, not copied."""
        layer = cls(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, conv.dilation,
                    conv.groups, conv.bias is not None, conv.padding_mode)
        layer.weight, layer.bias = conv.weight, conv.bias
        layer.perforate(fill)
        return layer.to(conv.weight.device)

    def perforate(self, fill):
        """Takes another fill table, or none."""
        self.fill = None if fill is None else torch.as_tensor(fill, dtype=torch.int64, device=self.weight.device)

    def forward(self, x):
        y = super().forward(x)
        if self.fill is None:
            return y
        if y.shape[2:] != self.fill.shape:
            raise ValueError(f"the result is {tuple(y.shape[2:])}, but fill is {tuple(self.fill.shape)}")
        return _Copy.apply(y.flatten(2), self.fill.flatten()).unflatten(2, self.fill.shape)

    def get_kept(self):
        """The fraction of positions that are computed."""
        return 1.0 if self.fill is None else len(self.fill.unique()) / self.fill.numel()


def measure_impact(model, layers, loss, batches):
    """How much positions matter (section 3.3): for each of `layers` (modules of `model` whose results are images) the
    mean over examples of the sum over channels of |dL/dV V|, [H, W], as numpy.

    `loss(model(x), y)` is the sum over the batch of the losses of examples; `batches` gives pairs x, y.
    """
    sums, count = [0] * len(layers), 0
    results = {}
    hooks = [layer.register_forward_hook(lambda _, __, y, n=n: results.__setitem__(n, y)) for n, layer in
             enumerate(layers)]
    training = model.training
    model.eval()
    try:
        for x, y in batches:
            value = loss(model(x), y)
            gradients = torch.autograd.grad(value, [results[n] for n in range(len(layers))])
            for n, gradient in enumerate(gradients):
                sums[n] = sums[n] + (gradient * results[n].detach()).abs().sum(dim=(0, 1)).double().cpu()
            count += len(x)
    finally:
        for hook in hooks:
            hook.remove()
        model.train(training)
    return [(total / count).numpy() for total in sums]
