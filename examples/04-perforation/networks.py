"""The networks of this lesson, for CIFAR-10: a Network in Network with half of the channels of the one in
arXiv:1504.08362, and ResNet-20. Layers have names, which are the nodes' names in the ONNX files."""

from collections import OrderedDict

from torch import nn
from torch.nn import functional


def make_convolution(inputs, outputs, size, stride=1):
    """A convolution and its normalization, by name."""
    return OrderedDict(conv=nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
                       norm=nn.BatchNorm2d(outputs))


def make_nin():
    """x [N, 3, 32, 32] -> logits [N, 10]. Each block: one convolution of neighbourhoods, and two of 1x1."""
    layers, inputs = OrderedDict(), 3
    blocks = [(5, (96, 80, 48), nn.MaxPool2d(3, 2, padding=1)), (5, (96, 96, 96), nn.MaxPool2d(3, 2, padding=1)),
              (3, (96, 96, 10), nn.AdaptiveAvgPool2d(1))]
    for b, (size, channels, pool) in enumerate(blocks, 1):
        for c, outputs in enumerate(channels, 1):
            for kind, layer in make_convolution(inputs, outputs, size if c == 1 else 1).items():
                layers[f"{kind}{b}_{c}"] = layer
            layers[f"relu{b}_{c}"] = nn.ReLU()
            inputs = outputs
        if b < len(blocks):
            layers[f"drop{b}"] = nn.Dropout(0.2)
        layers[f"pool{b}"] = pool
    del layers["relu3_3"]
    return nn.Sequential(OrderedDict(**layers, flatten=nn.Flatten()))


class Residual(nn.Module):
    """relu(body(x) + shortcut(x))."""

    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return functional.relu(self.body(x) + self.shortcut(x))


def make_resnet(depth=20):
    """x [N, 3, 32, 32] -> logits [N, 10]; `depth` is 6 n + 2, for n blocks in each of three stages. Where a stage
    begins with fewer pixels, the shortcut is a 1x1 convolution."""
    layers, inputs = OrderedDict(), 16
    for kind, layer in make_convolution(3, 16, 3).items():
        layers[f"{kind}0"] = layer
    layers["relu0"] = nn.ReLU()
    for stage, channels in enumerate((16, 32, 64), 1):
        for block in range((depth - 2) // 6):
            stride = 2 if channels != inputs else 1
            body = OrderedDict()
            for n, (ins, step) in enumerate(((inputs, stride), (channels, 1)), 1):
                for kind, layer in make_convolution(ins, channels, 3, step).items():
                    body[f"{kind}{n}"] = layer
                if n == 1:
                    body["relu1"] = nn.ReLU()
            shortcut = nn.Sequential(make_convolution(inputs, channels, 1, stride) if stride == 2 else OrderedDict())
            layers[f"block{stage}_{block + 1}"] = Residual(nn.Sequential(body), shortcut)
            inputs = channels
    return nn.Sequential(OrderedDict(**layers, pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
                                     fc=nn.Linear(inputs, 10)))
