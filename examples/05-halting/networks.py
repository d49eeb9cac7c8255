"""The networks of this lesson. For CIFAR-10, ResNet-32 whose three stages are blocks that halt (arXiv:1612.02297,
1712.00386), and the same without halting; for digits in larger images, a fully convolutional network with such a block."""

import sys
from collections import OrderedDict
from pathlib import Path

from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from nnc.torch import ACTBlock, PACTBlock  # noqa: E402

UNITS = 5  # of each stage: 6 * 5 + 2 layers
KINDS = ("dense", "act", "sact", "pact")


def make_convolution(inputs, outputs, size, stride=1):
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
                                     norm=nn.BatchNorm2d(outputs)))


class Unit(nn.Module):
    """relu(shortcut(x) + conv2(relu(conv1(x)))). Where a stage begins with fewer pixels, the shortcut is a 1x1 convolution."""

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1, self.conv2 = make_convolution(inputs, channels, 3, stride), make_convolution(channels, channels, 3)
        self.shortcut = make_convolution(inputs, channels, 1, stride) if inputs != channels else nn.Identity()

    def forward(self, x):
        return functional.relu(self.shortcut(x) + self.conv2(functional.relu(self.conv1(x))))


class SampleScore(nn.Module):
    """A logit for each image: [N, 1, 1, 1]."""

    def __init__(self, channels):
        super().__init__()
        self.whole, self.norm = nn.Conv2d(channels, 1, 1, bias=False), nn.BatchNorm2d(1)
        nn.init.constant_(self.norm.bias, -1)

    def forward(self, x):
        return self.norm(self.whole(x.mean((2, 3), keepdim=True)))


class PositionScore(SampleScore):
    """A logit for each position: [N, 1, H, W]. It sees the neighbours and the mean of the image."""

    def __init__(self, channels):
        super().__init__(channels)
        self.local = nn.Conv2d(channels, 1, 3, padding=1, bias=False)

    def forward(self, x):
        return self.norm(self.local(x) + self.whole(x.mean((2, 3), keepdim=True)))


class Units(nn.Module):
    """All of them run; names of parameters are those of a block that halts."""

    def __init__(self, units):
        super().__init__()
        self.units = nn.ModuleList(units)

    def forward(self, x):
        for unit in self.units:
            x = unit(x)
        return x


def make_stage(kind, inputs, channels):
    units = [Unit(inputs, channels, 2 if channels != inputs else 1)]
    units += [Unit(channels, channels) for _ in range(UNITS - 1)]
    if kind == "dense":
        return Units(units)
    score = PositionScore if kind == "sact" else SampleScore
    block = PACTBlock if kind == "pact" else ACTBlock
    return block(units, [score(channels) for _ in range(UNITS - 1)])


class HaltingNet(nn.Module):
    """x [N, 3, H, W], 0 to 1 -> logits [N, 10]."""

    def __init__(self, kind, channels=(16, 32, 64)):
        super().__init__()
        self.stem = make_convolution(3, channels[0], 3)
        inputs = (channels[0], *channels)
        self.stages = nn.ModuleList(make_stage(kind, *pair) for pair in zip(inputs, channels))
        self.head = nn.Linear(channels[-1], 10)

    def forward(self, x):
        x = functional.relu(self.stem(x))
        for stage in self.stages:
            x = stage(x)
        return self.head(x.mean((2, 3)))

    def get_ponder(self):
        """The ponder cost of each image, summed over blocks, mean over positions: what the penalty is put on. [N]"""
        return sum(stage.ponder.mean((1, 2, 3)) for stage in self.stages)


class SegmentNet(nn.Module):
    """x [N, 1, H, W], 0 to 1 -> logits [N, 11, H / 2, W / 2]: ten digits and the background. Its block is that of the classifier."""

    def __init__(self, channels=24):
        super().__init__()
        self.stem, self.stage = make_convolution(1, channels, 3, 2), make_stage("sact", channels, channels)
        self.head = nn.Conv2d(channels, 11, 1)

    def forward(self, x):
        return self.head(self.stage(functional.relu(self.stem(x))))


def grow(net, state):
    """Takes what ResNet-20 of lesson 04 has learned: `state`, arrays by its names. It has fewer units in each stage; those that
    it lacks begin as the identity."""
    own = net.state_dict()
    names = {"conv0": "stem.conv", "norm0": "stem.norm", "fc": "head"}
    for stage in range(len(net.stages)):
        for unit in range(UNITS):
            path, theirs = f"stages.{stage}.units.{unit}", f"block{stage + 1}_{unit + 1}"
            names |= {f"{theirs}.body.{kind}{n}": f"{path}.conv{n}.{kind}" for kind in ("conv", "norm") for n in (1, 2)}
            names |= {f"{theirs}.shortcut.{kind}": f"{path}.shortcut.{kind}" for kind in ("conv", "norm")}
            if f"{theirs}.body.norm2.weight" not in state:
                own[f"{path}.conv2.norm.weight"].zero_()
    for name, array in state.items():
        layer, _, kind = name.rpartition(".")
        own[f"{names[layer]}.{kind}"].copy_(array)
