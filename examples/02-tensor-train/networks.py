"""The networks of this lesson. Layers have names, which are the nodes' names in the ONNX files.

MNIST: two fully connected layers, 1024-1024-10, as in arXiv:1509.06569. CIFAR-10: six convolutions, and six
convolutions with three fully connected layers, as in arXiv:1611.03214 but a quarter as wide.
"""

from collections import OrderedDict

from torch import nn

from nnc.torch import TTConv2d, TTLinear

MNIST_HIDDEN = (4, 8, 8, 4), (4, 8, 8, 4)
MNIST_OUTPUT = (4, 8, 8, 4), (1, 2, 5, 1)


def make_mnist(first=None, second=None):
    """x [N, 1024] -> logits [N, 10]; a layer that is not given is dense."""
    return nn.Sequential(OrderedDict(
        fc1=first or nn.Linear(1024, 1024), relu1=nn.ReLU(), fc2=second or nn.Linear(1024, 10)))


def tensorize_mnist(net, rank):
    """The trained network with its first layer as a train of at most `rank`, by TT-SVD."""
    return make_mnist(TTLinear.from_dense(net.fc1, rank, MNIST_HIDDEN), net.fc2)


def make_mnist_tt(rank):
    """Both layers are trains, to be trained from scratch."""
    return make_mnist(TTLinear(*MNIST_HIDDEN, rank), TTLinear(*MNIST_OUTPUT, rank))


CHANNEL_MODES = {16: (4, 2, 2), 32: (4, 4, 2)}
# Name, input and output channels; a pooling follows layers 1.2 and 2.2.
CONVOLUTIONS = [("1_1", 3, 16), ("1_2", 16, 16), ("2_1", 16, 32), ("2_2", 32, 32), ("3_1", 32, 32), ("3_2", 32, 32)]


def make_convolution(inputs, outputs, padding, ranks):
    if ranks is None or inputs == 3:  # as in the paper, the first convolution is never a train
        return nn.Conv2d(inputs, outputs, 3, padding=padding, bias=False)
    modes = CHANNEL_MODES[inputs], CHANNEL_MODES[outputs]
    return TTConv2d(*modes, 3, ranks, padding=padding, bias=False)


def make_convolutions(ranks, last_padding):
    layers = OrderedDict()
    for name, inputs, outputs in CONVOLUTIONS:
        padding = last_padding if name.startswith("3") else 1
        layers[f"conv{name}"] = make_convolution(inputs, outputs, padding, ranks)
        layers[f"norm{name}"] = nn.BatchNorm2d(outputs)
        layers[f"relu{name}"] = nn.ReLU()
        if name in ("1_2", "2_2"):
            layers[f"pool{name[0]}"] = nn.MaxPool2d(3, 2, 1)
    return layers


def make_conv(ranks=None):
    """x [N, 3, 32, 32] -> logits [N, 10]: six convolutions, the last two without padding, and an average.

    `ranks` (r0, r1, r2, 1) makes trains of all but the first.
    """
    layers = make_convolutions(ranks, last_padding=0)
    layers |= dict(pool3=nn.AvgPool2d(4), flatten=nn.Flatten(), fc=nn.Linear(32, 10))
    return nn.Sequential(layers)


FC1_MODES = (8, 4, 8, 8), (4, 4, 4, 6)
FC2_MODES = (4, 4, 4, 6), (2, 4, 4, 4)


def make_conv_fc(ranks=None, fc_ranks=None):
    """x [N, 3, 32, 32] -> logits [N, 10]: six convolutions and three layers, 2048-384-128-10.

    `ranks` as in make_conv; `fc_ranks`, two numbers, makes trains of the first two of the three layers.
    """
    layers = make_convolutions(ranks, last_padding=1)
    first = TTLinear(*FC1_MODES, fc_ranks[0], bias=False) if fc_ranks else nn.Linear(2048, 384, bias=False)
    second = TTLinear(*FC2_MODES, fc_ranks[1], bias=False) if fc_ranks else nn.Linear(384, 128, bias=False)
    layers |= dict(flatten=nn.Flatten(), fc4_1=first, norm4_1=nn.BatchNorm1d(384), relu4_1=nn.ReLU(),
                   fc4_2=second, norm4_2=nn.BatchNorm1d(128), relu4_2=nn.ReLU(), fc4_3=nn.Linear(128, 10))
    return nn.Sequential(layers)
