"""The networks of this lesson. Layers have names, which are the nodes' names in the ONNX files.

MNIST: LeNet-300-100 and LeNet-5-Caffe, as in arXiv:1701.05369 and arXiv:1705.07283.
"""

from collections import OrderedDict

from torch import nn

from nnc.torch import Conv2dSVD, LinearSVD, LogNormalNoise


class Bias(nn.Module):
    """x [B, C, ...] plus one number for every channel: what follows the noise that follows a linear map."""

    def __init__(self, bias):
        super().__init__()
        self.bias = nn.Parameter(bias.detach().clone())

    def forward(self, x):
        return x + self.bias.reshape(-1, *[1] * (x.dim() - 2))


def make_lenet300(linear=nn.Linear):
    """x [N, 784] -> logits [N, 10]."""
    return nn.Sequential(OrderedDict(
        fc1=linear(784, 300), relu1=nn.ReLU(), fc2=linear(300, 100), relu2=nn.ReLU(), fc3=linear(100, 10)))


def make_lenet5(conv=nn.Conv2d, linear=nn.Linear):
    """x [N, 1, 28, 28] -> logits [N, 10]."""
    return nn.Sequential(OrderedDict(
        conv1=conv(1, 20, 5), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2), conv2=conv(20, 50, 5), relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2), flatten=nn.Flatten(), fc1=linear(800, 500), relu3=nn.ReLU(), fc2=linear(500, 10)))


def make_sparse(dense):
    """`dense` with sparse variational dropout in every layer that has weights, which start as trained."""
    layers = OrderedDict()
    for name, layer in dense.named_children():
        if isinstance(layer, nn.Linear):
            layers[name] = copy(LinearSVD(layer.in_features, layer.out_features), layer)
        elif isinstance(layer, nn.Conv2d):
            options = dict(stride=layer.stride, padding=layer.padding, bias=layer.bias is not None)
            layers[name] = copy(Conv2dSVD(layer.in_channels, layer.out_channels, layer.kernel_size, **options), layer)
        else:
            layers[name] = layer
    return nn.Sequential(layers)


def copy(sparse, layer):
    sparse.load_state_dict(layer.state_dict() | {"log_sigma2": sparse.log_sigma2})
    return sparse


def make_structured(dense, flattened):
    """`dense` with noise behind every linear map but the last, before its bias, and on the `flattened` features."""
    layers, children = OrderedDict(), list(dense.named_children())
    for name, layer in children:
        layers[name] = layer
        if isinstance(layer, nn.Flatten):
            layers["noise_flatten"] = LogNormalNoise(flattened)
        if not isinstance(layer, (nn.Conv2d, nn.Linear)) or name == children[-1][0]:
            continue
        layers[f"noise_{name}"] = LogNormalNoise(len(layer.weight))
        if layer.bias is not None:
            layers[f"bias_{name}"] = Bias(layer.bias)
            layer.bias = None
    return nn.Sequential(layers)
