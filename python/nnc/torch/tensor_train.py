# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers whose weights are tensor trains, as PyTorch modules. Layouts and sources: nnc.tensor_train."""

from math import prod

import torch
from torch import nn
from torch.nn import functional

from nnc import tensor_train as tt

# Variance of a dense weight by the number of its inputs and outputs (a convolution's: channels times taps).
VARIANCES = {
    "he": lambda inputs, outputs: 2 / inputs,  # for ReLU: He et al., arXiv:1502.01852
    "glorot": lambda inputs, outputs: 2 / (inputs + outputs),  # Glorot and Bengio, AISTATS 2010
    "pytorch": lambda inputs, outputs: 1 / (3 * inputs),  # nn.Linear and nn.Conv2d: uniform within 1/sqrt(inputs)
}

# --- Contraction ----------------------------------------------------------------------------------


def contract_first_to_last(state, cores):
    """`state` [B, r(0), K, L] -> [B, N, L]. No state is transposed: r(k-1) and m(k) are neighbours in every one."""
    lead, _, _, trail = state.shape
    columns = prod(core.shape[2] for core in cores)
    state = state.reshape(lead, -1)
    for core in cores:
        r, m, n, s = core.shape
        matrix = core.permute(2, 3, 0, 1).reshape(n * s, r * m)
        state = _multiply(matrix, state, lead, trail)
        lead *= n
    return state.reshape(-1, columns, trail)


def contract_last_to_first(state, cores):
    """`state` [B, K, L] -> [B, r(0), N, L]. No state is transposed: m(k) and r(k) are neighbours in every one."""
    batch, _, trail = state.shape
    rank, columns = cores[0].shape[0], prod(core.shape[2] for core in cores)
    lead, rest = batch * prod(core.shape[1] for core in cores), trail
    for core in reversed(cores):
        r, m, n, s = core.shape
        lead //= m
        matrix = core.permute(0, 2, 1, 3).reshape(r * n, m * s)
        state = _multiply(matrix, state, lead, rest)
        rest *= n
    return state.reshape(batch, rank, columns, trail)


def _multiply(matrix, state, lead, trail):
    """`matrix` times the middle dimension of `state`; one product for all where nothing is behind it."""
    rows, columns = matrix.shape
    if state.numel() == lead * columns:
        return state.reshape(lead, columns) @ matrix.T
    return matrix @ state.reshape(lead, columns, -1)


def merge_cores(cores):
    """The product of all cores: r(0) x M x N with M and N the products of their modes."""
    merged, sizes = cores[0].reshape(cores[0].shape[0], -1, cores[0].shape[3]), []
    for core in cores[1:]:
        merged = (merged @ core.reshape(core.shape[0], -1)).reshape(merged.shape[0], -1, core.shape[3])
    for core in cores:
        sizes += core.shape[1:3]
    order = [0, *range(1, len(sizes), 2), *range(2, len(sizes) + 1, 2)]
    rows, columns = prod(sizes[0::2]), prod(sizes[1::2])
    return merged.reshape(-1, *sizes).permute(order).reshape(-1, rows, columns)


# --- Layers ---------------------------------------------------------------------------------------


class _TensorTrain(nn.Module):
    """What both layers share: `core1` ... `core<d>` of shapes r(k-1) x m(k) x n(k) x r(k), and `bias` [N] or None."""

    def _add_cores(self, input_modes, output_modes, ranks, bias):
        self.input_modes, self.output_modes = tt.check_modes(input_modes, output_modes)
        for k, shape in enumerate(zip(ranks[:-1], self.input_modes, self.output_modes, ranks[1:])):
            self.register_parameter(f"core{k + 1}", nn.Parameter(torch.empty(shape)))
        self.bias = nn.Parameter(torch.empty(prod(self.output_modes))) if bias else None

    @property
    def cores(self):
        return [getattr(self, f"core{k + 1}") for k in range(len(self.input_modes))]

    @property
    def shapes(self):
        return [tuple(core.shape) for core in self.cores]

    @torch.no_grad()
    def _reset(self, factors, ranks, variance, fan_in):
        """An element of the weight is a sum over prod(ranks) chains of one element of each factor, so its variance is
        prod(ranks) times the product of the factors' variances, which are all equal here."""
        deviation = (variance / prod(ranks)) ** (0.5 / len(factors))
        for factor in factors:
            nn.init.normal_(factor, std=deviation)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -(fan_in ** -0.5), fan_in ** -0.5)

    @torch.no_grad()
    def _copy(self, factors, values, bias):
        for factor, value in zip(factors, values, strict=True):
            factor.copy_(torch.as_tensor(value))
        if bias is not None:
            self.bias.copy_(bias)
        return self

    def count_parameters(self):
        return sum(parameter.numel() for parameter in self.parameters())


class TTLinear(_TensorTrain):
    """y = x W + b with W a tensor train: x [..., K] -> y [..., N] (Novikov et al., arXiv:1509.06569).

    `ranks` is the largest rank, the d - 1 inner ranks, or all d + 1. `init` says the variance that the dense matrix has
    at first ("he", "glorot", "pytorch"); biases are those of nn.Linear.
    """

    def __init__(self, input_modes, output_modes, ranks, bias=True, init="he"):
        super().__init__()
        ranks = tt.complete_ranks(ranks, [m * n for m, n in zip(input_modes, output_modes)])
        self._add_cores(input_modes, output_modes, ranks, bias)
        self.in_features, self.out_features = prod(self.input_modes), prod(self.output_modes)
        self.init = init
        self.reset_parameters()

    def reset_parameters(self):
        variance = VARIANCES[self.init](self.in_features, self.out_features)
        self._reset(self.cores, [shape[0] for shape in self.shapes], variance, self.in_features)

    @classmethod
    def from_dense(cls, linear, ranks, modes):
        """The TT-SVD of an nn.Linear, in double precision; `modes` is (input modes, output modes)."""
        weight = linear.weight.detach().double().cpu().numpy()
        cores = tt.decompose(weight.T, *modes, ranks)
        layer = cls(*modes, [1, *(core.shape[3] for core in cores)], linear.bias is not None)
        return layer._copy(layer.cores, cores, linear.bias)

    def to_dense(self):
        """The nn.Linear with the same weights."""
        linear = nn.Linear(self.in_features, self.out_features, self.bias is not None)
        with torch.no_grad():
            linear.weight.copy_(merge_cores(self.cores)[0].T)
            if self.bias is not None:
                linear.bias.copy_(self.bias)
        return linear

    def choose_order(self, rows):
        """The cheapest by multiply-adds for `rows` inputs: "first_to_last", "last_to_first" or "dense"."""
        costs = {order: tt.count_contraction(self.shapes, order, rows) for order in ("last_to_first", "first_to_last")}
        costs["dense"] = tt.count_merging(self.shapes) + rows * self.in_features * self.out_features
        return min(costs, key=costs.get)

    def forward(self, x):
        rows = x.numel() // self.in_features
        order = self.choose_order(rows)
        if order == "dense":
            y = x.reshape(rows, -1) @ merge_cores(self.cores)[0]
        elif order == "first_to_last":
            y = contract_first_to_last(x.reshape(rows, 1, -1, 1), self.cores)
        else:
            y = contract_last_to_first(x.reshape(rows, -1, 1), self.cores)
        y = y.reshape(*x.shape[:-1], self.out_features)
        return y if self.bias is None else y + self.bias

    def extra_repr(self):
        ranks = [shape[0] for shape in self.shapes[1:]]
        return f"input_modes={self.input_modes}, output_modes={self.output_modes}, ranks={ranks}"


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class TTConv2d(_TensorTrain):
    """Convolution whose filter is a tensor train: x [B, C, H, W] -> y [B, S, OH, OW].

    Source: Garipov et al., arXiv:1611.03214. `spatial` is KH x KW x r(0), the cores work on the channels. `ranks` is
    the largest rank or r(0) ... r(d-1) [, 1]; `init` as in TTLinear.
    """

    def __init__(self, in_modes, out_modes, kernel_size, ranks, stride=1, padding=0, dilation=1, bias=True, init="he"):
        super().__init__()
        self.kernel_size, self.stride = _pair(kernel_size), _pair(stride)
        self.padding, self.dilation = _pair(padding), _pair(dilation)
        sizes = [prod(self.kernel_size), *(c * s for c, s in zip(in_modes, out_modes))]
        ranks = tt.complete_filter_ranks(ranks, sizes)[1:]
        self.spatial = nn.Parameter(torch.empty(*self.kernel_size, ranks[0]))
        self._add_cores(in_modes, out_modes, ranks, bias)
        self.in_channels, self.out_channels = prod(self.input_modes), prod(self.output_modes)
        self.init = init
        self.reset_parameters()

    def reset_parameters(self):
        fan_in, fan_out = (prod(self.kernel_size) * channels for channels in (self.in_channels, self.out_channels))
        variance = VARIANCES[self.init](fan_in, fan_out)
        self._reset([self.spatial, *self.cores], [shape[0] for shape in self.shapes], variance, fan_in)

    @classmethod
    def from_dense(cls, conv, ranks, modes):
        """The TT-SVD of an nn.Conv2d with one group, in double precision; `modes` is (input modes, output modes)."""
        if conv.groups != 1 or conv.padding_mode != "zeros" or isinstance(conv.padding, str):
            raise ValueError(f"{conv}: expected one group, zeros around the image and padding in numbers")
        kernel = conv.weight.detach().double().cpu().permute(2, 3, 1, 0).numpy()
        spatial, cores = tt.decompose_filter(kernel, *modes, ranks)
        ranks = [core.shape[0] for core in cores]
        layer = cls(*modes, conv.kernel_size, ranks, conv.stride, conv.padding, conv.dilation, conv.bias is not None)
        return layer._copy([layer.spatial, *layer.cores], [spatial, *cores], conv.bias)

    def to_dense(self):
        """The nn.Conv2d with the same weights."""
        conv = nn.Conv2d(self.in_channels, self.out_channels, self.kernel_size, self.stride, self.padding,
                         self.dilation, bias=self.bias is not None)
        with torch.no_grad():
            conv.weight.copy_(self._merge())
            if self.bias is not None:
                conv.bias.copy_(self.bias)
        return conv

    def _merge(self):
        """The dense filter, S x C x KH x KW."""
        kernel = torch.einsum("hwr,rcs->schw", self.spatial, merge_cores(self.cores))
        return kernel.contiguous()

    def get_output_size(self, height, width):
        sizes = zip((height, width), self.kernel_size, self.stride, self.padding, self.dilation)
        return tuple((size + 2 * pad - dilation * (taps - 1) - 1) // stride + 1
                     for size, taps, stride, pad, dilation in sizes)

    def choose_order(self, batch, height, width):
        """The cheapest by multiply-adds: "first_to_last" (taps first), "last_to_first" (taps last) or "dense"."""
        before, after = batch * height * width, batch * prod(self.get_output_size(height, width))
        rank, taps = self.spatial.shape[2], prod(self.kernel_size)
        weights = self.in_channels * self.out_channels * taps
        first, last = (tt.count_contraction(self.shapes, order) for order in ("first_to_last", "last_to_first"))
        costs = {
            "dense": tt.count_merging(self.shapes) + rank * weights + after * weights,
            "first_to_last": after * (self.in_channels * rank * taps + first),
            "last_to_first": before * last + after * self.out_channels * rank * taps,
        }
        return min(costs, key=costs.get)

    def forward(self, x):
        batch, _, height, width = x.shape
        order = self.choose_order(batch, height, width)
        if order == "dense":
            return functional.conv2d(x, self._merge(), self.bias, self.stride, self.padding, self.dilation)
        y = self._filter_first(x) if order == "first_to_last" else self._filter_last(x)
        return y if self.bias is None else y + self.bias[:, None, None]

    def _filter_first(self, x):
        """r(0) filters on every channel by itself, then the cores."""
        batch, channels, height, width = x.shape
        taps = self.spatial.permute(2, 0, 1).unsqueeze(1)  # r(0) x 1 x KH x KW
        x = functional.conv2d(x.reshape(-1, 1, height, width), taps, None, self.stride, self.padding, self.dilation)
        size, rank = x.shape[2:], x.shape[1]
        state = x.reshape(batch, channels, rank, -1).transpose(1, 2)
        return contract_first_to_last(state, self.cores).reshape(batch, self.out_channels, *size)

    def _filter_last(self, x):
        """The cores on every pixel, then one filter for all output channels, which sums over r(0)."""
        batch, channels, height, width = x.shape
        state = contract_last_to_first(x.reshape(batch, channels, -1), self.cores).transpose(1, 2)
        taps = self.spatial.permute(2, 0, 1).unsqueeze(0)  # 1 x r(0) x KH x KW
        state = state.reshape(-1, taps.shape[1], height, width)
        y = functional.conv2d(state, taps, None, self.stride, self.padding, self.dilation)
        return y.reshape(batch, self.out_channels, *y.shape[2:])

    def extra_repr(self):
        return (f"in_modes={self.input_modes}, out_modes={self.output_modes}, kernel_size={self.kernel_size}, "
                f"ranks={[shape[0] for shape in self.shapes]}, stride={self.stride}, padding={self.padding}")
