"""The networks of this lesson. Layers have names, which are the nodes' names in the ONNX files.

MNIST: LeNet-300-100 and LeNet-5-Caffe, as in arXiv:1701.05369 and arXiv:1705.07283. Text: an embedding and an LSTM, as
in arXiv:1708.00077.
"""

from collections import OrderedDict

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
        sparse = Conv2dSVD(layer.in_channels, layer.out_channels, layer.kernel_size)
    else:
        return layer
    sparse.load_state_dict(layer.state_dict(), strict=False)
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
        layers[f"bias_{name}"] = Bias(layer)
        layer.bias = None
    return nn.Sequential(layers)


UNITS = 20, 50, 800, 500  # of LeNet-5


def count_live_units(net):
    """Of a structured LeNet-5: channels of conv1 and conv2, features of fc1, units of fc1 that are not constant.

    A channel of conv2 is needed while one of its features is.
    """
    channels1, channels2, features, units = (
        net.get_submodule(f"noise_{name}").is_kept for name in ("conv1", "conv2", "flatten", "fc1"))
    features = features.reshape(len(channels2), -1) & channels2[:, None]
    return [int(channels1.sum()), int(features.any(dim=1).sum()), int(features.sum()), int(units.sum())]


def count_flops(channels1, channels2, features, units):
    """Of LeNet-5 with so many units: multiplications and additions of its four linear maps."""
    return 2 * (24 * 24 * 25 * channels1 + 8 * 8 * 25 * channels1 * channels2 + features * units + units * 10)
