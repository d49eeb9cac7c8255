"""The networks of this lesson. Layers have names, which are the nodes' names in the ONNX files.

MNIST: LeNet-300-100 and LeNet-5-Caffe, as in arXiv:1701.05369 and arXiv:1705.07283. CIFAR-10: the VGG-like network of
both, with 3/16 of its channels. Text: an embedding and an LSTM, as
in arXiv:1708.00077.
"""

from collections import OrderedDict

import torch
from torch import nn

from nnc.torch import LSTM, LSTMSVD, Conv2dSVD, LinearSVD, LogNormalNoise


class Bias(nn.Module):
    """Adds the bias of `layer`: what follows the noise that follows its linear map."""

    def __init__(self, layer):
        super().__init__()
        bias = layer.bias.detach().clone()
        self.bias = nn.Parameter(bias[:, None, None] if isinstance(layer, nn.Conv2d) else bias)

    def forward(self, x):
        return x + self.bias


def make_lenet300():
    """x [N, 784] -> logits [N, 10]."""
    return nn.Sequential(OrderedDict(
        fc1=nn.Linear(784, 300), relu1=nn.ReLU(), fc2=nn.Linear(300, 100), relu2=nn.ReLU(), fc3=nn.Linear(100, 10)))


def make_lenet5():
    """x [N, 1, 28, 28] -> logits [N, 10]."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 20, 5), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2), conv2=nn.Conv2d(20, 50, 5), relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2), flatten=nn.Flatten(), fc1=nn.Linear(800, 500), relu3=nn.ReLU(), fc2=nn.Linear(500, 10)))


VGG_CHANNELS = 12, 12, 24, 24, 48, 48, 48, 96, 96, 96, 96, 96, 96  # 3/16 of the paper's
VGG_POOLED = 2, 4, 7, 10, 13  # convolutions before a pooling


def make_vgg():
    """x [N, 3, 32, 32] -> logits [N, 10]."""
    layers, inputs = OrderedDict(), 3
    for n, channels in enumerate(VGG_CHANNELS, 1):
        layers[f"conv{n}"] = nn.Conv2d(inputs, channels, 3, padding=1, bias=False)
        layers[f"norm{n}"] = nn.BatchNorm2d(channels)
        layers[f"relu{n}"] = nn.ReLU()
        if n in VGG_POOLED:
            layers[f"pool{n}"] = nn.MaxPool2d(2)
        inputs = channels
    return nn.Sequential(OrderedDict(**layers, flatten=nn.Flatten(), fc1=nn.Linear(inputs, inputs), relu=nn.ReLU(),
                                     fc2=nn.Linear(inputs, 10)))


def make_sentiment(words, embedding=50, hidden=64):
    """Numbers of words [N, T] -> logits [N, 2]."""
    return nn.Sequential(OrderedDict(
        embedding=nn.Embedding(words, embedding),
        lstm=LSTM(embedding, hidden, last_only=True, gate="hard_sigmoid", dropout=0.5, recurrent_dropout=0.3),
        fc=nn.Linear(hidden, 2)))


def make_characters(alphabet, embedding=32, hidden=128):
    """Numbers of characters [N, T] -> logits of the next ones [N, T, alphabet]."""
    return nn.Sequential(OrderedDict(
        embedding=nn.Embedding(alphabet, embedding), lstm=LSTM(embedding, hidden), fc=nn.Linear(hidden, alphabet)))


def make_sparse(dense):
    """`dense` with sparse variational dropout in every layer that has a matrix, which starts as trained. Embeddings,
    which are tables, stay."""
    return nn.Sequential(OrderedDict((name, make_sparse_layer(layer)) for name, layer in dense.named_children()))


def make_sparse_layer(layer):
    if isinstance(layer, LSTM):
        return LSTMSVD.from_dense(layer)
    if isinstance(layer, nn.Linear):
        sparse = LinearSVD(layer.in_features, layer.out_features)
    elif isinstance(layer, nn.Conv2d):
        sparse = Conv2dSVD(layer.in_channels, layer.out_channels, layer.kernel_size, padding=layer.padding,
                           bias=layer.bias is not None)
    else:
        return layer
    sparse.load_state_dict(layer.state_dict(), strict=False)
    return sparse


def make_structured(dense, flattened=0):
    """`dense` with noise behind every linear map but the last, before its bias, and on the `flattened` features, if
    they are more than channels."""
    layers, children = OrderedDict(), list(dense.named_children())
    for name, layer in children:
        layers[name] = layer
        if isinstance(layer, nn.Flatten) and flattened:
            layers["noise_flatten"] = LogNormalNoise(flattened)
        if not isinstance(layer, (nn.Conv2d, nn.Linear)) or name == children[-1][0]:
            continue
        layers[f"noise_{name}"] = LogNormalNoise(len(layer.weight))
        if layer.bias is not None:
            layers[f"bias_{name}"] = Bias(layer)
            layer.bias = None
    return nn.Sequential(layers)


@torch.no_grad()
def compact(net):
    """A structured LeNet-5 without noise: the same function, of fewer channels and units.

    What noise drops is the constant that is left of its bias, which goes into the next map's; nothing is padded.
    """
    layers, features = OrderedDict(), net.noise_flatten
    live, constants, factors = torch.ones(1, dtype=torch.bool), torch.zeros(1), torch.ones(1)
    for name, layer in net.named_children():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            noise, bias = net._modules.get(f"noise_{name}"), net._modules.get(f"bias_{name}", layer).bias.flatten()
            scales = noise.get_scales() if noise else torch.ones(len(layer.weight))
            weight = layer.weight * scales.reshape(-1, *[1] * (layer.weight.dim() - 1))
            weight = weight * factors.reshape(1, -1, *[1] * (layer.weight.dim() - 2))
            bias = bias + weight.reshape(*weight.shape[:2], -1).sum(dim=2) @ torch.where(live, 0, constants)
            kept = scales != 0
            if name == "conv2":
                kept &= features.is_kept.reshape(len(kept), -1).any(dim=1)
            layers[name] = make_smaller(layer, weight[kept][:, live], bias[kept])
            live, constants, factors = kept, torch.relu(bias), torch.ones(len(kept))
        elif isinstance(layer, nn.Flatten):
            layers[name] = layer
            pixels = len(features.mu) // len(live)
            live, constants = live.repeat_interleave(pixels), constants.repeat_interleave(pixels)
            factors = features.get_scales()
        elif not isinstance(layer, (LogNormalNoise, Bias)):
            layers[name] = layer
    return nn.Sequential(layers)


def make_smaller(layer, weight, bias):
    """A layer of the kind of `layer` with these parameters."""
    smaller = (nn.Conv2d(weight.shape[1], len(weight), layer.kernel_size) if isinstance(layer, nn.Conv2d)
               else nn.Linear(weight.shape[1], len(weight)))
    smaller.weight.data, smaller.bias.data = weight.clone(), bias.clone()
    return smaller


@torch.no_grad()
def list_maps(net, x, is_pruned=True):
    """For each linear map of a network in evaluation mode: inputs and outputs that are not constant, and
    multiplications for a pair of them. `x` is an input.

    A channel is needed while one of the features that it is flattened to is.
    """
    maps, live = [], torch.ones(x.shape[1], dtype=torch.bool, device=x.device)

    def close():
        if maps:
            maps[-1][1] = int(live.reshape(outputs, -1).any(dim=1).sum())

    for layer in net:
        y = layer(x)
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            close()
            maps.append([int(live.sum()), None, layer.weight[0, 0].numel() * y[0, 0].numel()])
            outputs = y.shape[1]
            live = torch.ones(outputs, dtype=torch.bool, device=x.device)
        elif isinstance(layer, LogNormalNoise) and is_pruned:
            live = live & layer.is_kept
        elif isinstance(layer, nn.Flatten):
            live = live.repeat_interleave(x[0, 0].numel())
        x = y
    close()
    return maps


def list_units(maps):
    """Outputs of each map but the last; where they are flattened, the features that are left of them as well."""
    units = []
    for n, (inputs, outputs, _) in enumerate(maps):
        if n and inputs != units[-1]:
            units.append(inputs)
        units.append(outputs)
    return units[:-1]


def count_flops(maps):
    """Multiplications and additions."""
    return sum(2 * inputs * outputs * products for inputs, outputs, products in maps)


def get_unit_costs(net, x):
    """For each layer of noise, the multiplications that one more unit takes where nothing is pruned, over those of the
    layer where they are fewest: what a unit's divergence counts by, for StructuredBPa of arXiv:1705.07283."""
    totals = [inputs * outputs * products for inputs, outputs, products in list_maps(net, x, is_pruned=False)]
    costs, done, own = [], 0, 0
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            own, done = totals[done], done + 1
        elif isinstance(layer, nn.Flatten):
            own = 0
        elif isinstance(layer, LogNormalNoise):
            costs.append((own + totals[done]) / len(layer.mu))
    return [cost / min(costs) for cost in costs]
