# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The layers of the table dense-layers, by the networks that they are from."""

from dataclasses import dataclass

from graphs import GraphBuilder


@dataclass(frozen=True)
class Window:
    """A convolution or a pooling: kernel, stride, dilation; padding that keeps the map, unless given."""

    kernel: int
    stride: int = 1
    dilation: int = 1
    padding: int | None = None

    @property
    def border(self) -> int:
        return (self.kernel - 1) * self.dilation // 2 if self.padding is None else self.padding

    def get_attributes(self) -> dict:
        return {"kernel_shape": [self.kernel] * 2, "strides": [self.stride] * 2, "pads": [self.border] * 4}

    def count_positions(self, extent: int) -> int:
        """Of the window along an axis."""
        return (extent + 2 * self.border - (self.kernel - 1) * self.dilation - 1) // self.stride + 1

    def __str__(self) -> str:
        stride = f"/{self.stride}" if self.stride > 1 else ""
        return f"{self.kernel}x{self.kernel}{stride}" + (f" dilated {self.dilation}" if self.dilation > 1 else "")


@dataclass(frozen=True)
class Layer:
    """One layer. `add` appends a copy with weights of its own, and returns what it computes."""

    def add(self, builder: GraphBuilder, value: str) -> str:
        raise NotImplementedError

    @property
    def shape(self) -> list[int]:
        """Of its input."""
        raise NotImplementedError

    @property
    def is_endless(self) -> bool:
        """Whether its output has the shape of its input, so that a chain can be made of it."""
        raise NotImplementedError

    @property
    def multiplications(self) -> int:
        """Of its definition; 0 where multiplications are not what it does."""
        return 0

    needs_producer = False  # copies on one input would be one computation, since there are no weights


@dataclass(frozen=True)
class Conv(Layer):
    window: Window
    inputs: int
    outputs: int
    extents: tuple[int, int]
    groups: int = 1

    def add(self, builder: GraphBuilder, value: str) -> str:
        shape = [self.outputs, self.inputs // self.groups, self.window.kernel, self.window.kernel]
        dilations = [self.window.dilation] * 2
        value = builder.add("Conv", [value], shape, [self.outputs], group=self.groups, dilations=dilations,
                            **self.window.get_attributes())
        return builder.add("Relu", [value]) if self.is_endless else value

    @property
    def shape(self) -> list[int]:
        return [1, self.inputs, *self.extents]

    @property
    def is_endless(self) -> bool:
        return self.inputs == self.outputs and self.window.stride == 1

    @property
    def multiplications(self) -> int:
        rows, columns = map(self.window.count_positions, self.extents)
        return rows * columns * self.outputs * self.inputs // self.groups * self.window.kernel**2

    def __str__(self) -> str:
        kind = "depthwise" if self.groups == self.inputs > 1 else f"{self.groups} groups" if self.groups > 1 else "conv"
        channels = f"{self.inputs}" if kind == "depthwise" else f"{self.inputs} -> {self.outputs}"
        return f"{kind} {self.window}, {channels} at {format_extents(self.extents)}"


@dataclass(frozen=True)
class Transposed(Layer):
    window: Window
    inputs: int
    outputs: int
    extents: tuple[int, int]
    is_endless = False

    @property
    def multiplications(self) -> int:
        return self.extents[0] * self.extents[1] * self.outputs * self.inputs * self.window.kernel**2

    def add(self, builder: GraphBuilder, value: str) -> str:
        shape = [self.inputs, self.outputs, self.window.kernel, self.window.kernel]
        return builder.add("ConvTranspose", [value], shape, [self.outputs], **self.window.get_attributes())

    @property
    def shape(self) -> list[int]:
        return [1, self.inputs, *self.extents]

    def __str__(self) -> str:
        return f"transposed {self.window}, {self.inputs} -> {self.outputs} at {format_extents(self.extents)}"


@dataclass(frozen=True)
class Pool(Layer):
    operator: str
    window: Window
    channels: int
    extents: tuple[int, int]

    def add(self, builder: GraphBuilder, value: str) -> str:
        if self.operator.startswith("Global"):
            return builder.add(self.operator, [value])
        return builder.add(self.operator, [value], **self.window.get_attributes())

    @property
    def shape(self) -> list[int]:
        return [1, self.channels, *self.extents]

    @property
    def is_endless(self) -> bool:
        return self.window.stride == 1

    @property
    def needs_producer(self) -> bool:
        return not self.is_endless

    def __str__(self) -> str:
        kind = {"MaxPool": "max pool", "AveragePool": "average pool"}.get(self.operator, "global average")
        window = "" if kind == "global average" else f" {self.window}"
        producer = "1x1 of 8, " if self.needs_producer else ""
        return f"{producer}{kind}{window}, {self.channels} at {format_extents(self.extents)}"


@dataclass(frozen=True)
class Product(Layer):
    rows: int
    depth: int
    columns: int

    def add(self, builder: GraphBuilder, value: str) -> str:
        value = builder.add("Gemm", [value], [self.depth, self.columns], [self.columns])
        return builder.add("Relu", [value]) if self.is_endless else value

    @property
    def shape(self) -> list[int]:
        return [self.rows, self.depth]

    @property
    def is_endless(self) -> bool:
        return self.depth == self.columns

    @property
    def multiplications(self) -> int:
        return self.rows * self.depth * self.columns

    def __str__(self) -> str:
        return f"product, batch {self.rows}, {self.depth} -> {self.columns}"


@dataclass(frozen=True)
class Softmax(Layer):
    extents: tuple[int, ...]
    is_endless = True

    def add(self, builder: GraphBuilder, value: str) -> str:
        return builder.add("Softmax", [value], axis=-1)

    @property
    def shape(self) -> list[int]:
        return list(self.extents)

    def __str__(self) -> str:
        return f"softmax, {format_extents(self.extents)}"


@dataclass(frozen=True)
class LayerNorm(Layer):
    rows: int
    columns: int
    is_endless = True

    def add(self, builder: GraphBuilder, value: str) -> str:
        return builder.add("LayerNormalization", [value], [self.columns], [self.columns], axis=-1)

    @property
    def shape(self) -> list[int]:
        return [self.rows, self.columns]

    def __str__(self) -> str:
        return f"layer norm, {self.rows} x {self.columns}"


def format_extents(extents: tuple[int, ...]) -> str:
    square = len(extents) == 2 and extents[0] == extents[1]
    return str(extents[0]) if square else " x ".join(map(str, extents))


def make_convs(window: Window, *entries: tuple) -> list[Layer]:
    """Entries are (inputs, outputs, extent) or (inputs, outputs, height, width)."""
    return [Conv(window, inputs, outputs, (extents[0], extents[-1])) for inputs, outputs, *extents in entries]


def make_depthwise(window: Window, *entries: tuple) -> list[Layer]:
    return [Conv(window, channels, channels, (extents[0], extents[-1]), channels) for channels, *extents in entries]


LAYERS: list[Layer] = [
    # ResNet-50, VGG-19, the two Inceptions, DenseNet-121, SqueezeNet, AlexNet, super resolution, yolox, ultraface
    *make_convs(Window(3), (64, 64, 56), (128, 128, 28), (256, 256, 14), (512, 512, 7), (512, 512, 14), (128, 256, 56),
                (64, 192, 56), (96, 208, 13), (192, 192, 14), (160, 320, 7), (128, 32, 28), (64, 256, 13),
                (16, 64, 55), (256, 384, 12), (12, 16, 208), (64, 64, 26), (32, 9, 224), (8, 16, 30, 40)),
    *make_convs(Window(3, 2), (3, 32, 224), (128, 128, 56), (256, 256, 28), (512, 512, 14), (96, 96, 28)),
    *make_convs(Window(3, 1, 2), (16, 16, 30, 40)),
    *make_convs(Window(3, 1, 5), (16, 16, 30, 40)),
    *make_convs(Window(1), (64, 256, 56), (256, 64, 56), (128, 512, 28), (512, 128, 28), (256, 1024, 14),
                (1024, 256, 14), (512, 2048, 7), (2048, 512, 7), (192, 64, 27), (832, 128, 6), (64, 16, 55),
                (24, 144, 56), (144, 24, 56), (96, 576, 14), (576, 96, 14), (64, 64, 26), (128, 128, 13)),
    *make_convs(Window(1, 2), (256, 512, 56), (1024, 2048, 14)),
    *make_convs(Window(5), (1, 64, 224), (16, 32, 27), (24, 64, 13), (32, 96, 27)),
    *make_convs(Window(5, 2, padding=0), (96, 256, 54)),
    *make_convs(Window(7, 2), (3, 64, 224)),
    *make_convs(Window(11, 4, padding=0), (3, 96, 224)),
    # AlexNet, ShuffleNet
    Conv(Window(5), 96, 256, (26, 26), 2),
    Conv(Window(1), 136, 136, (28, 28), 4),
    Conv(Window(1), 272, 272, (14, 14), 4),
    Conv(Window(1), 544, 544, (7, 7), 4),
    # MobileNetV2, ShuffleNet, ultraface, yolox
    *make_depthwise(Window(3), (32, 112), (144, 56), (192, 28), (576, 14), (960, 7), (136, 28), (272, 14), (64, 30, 40),
                    (256, 8, 10)),
    *make_depthwise(Window(3, 2), (96, 112), (144, 56), (272, 14), (16, 208)),
    # cGAN
    Transposed(Window(4, 2, padding=0), 128, 64, (10, 10)),
    Transposed(Window(4, 2, padding=0), 64, 32, (22, 22)),
    Transposed(Window(3, 1, padding=0), 32, 1, (46, 46)),
    # the classifiers; the feed-forward layers of a transformer
    Product(1, 4096, 4096), Product(1, 4096, 1000), Product(1, 2048, 1000), Product(1, 1024, 1000),
    Product(1, 256, 256), Product(16, 4096, 1000), Product(16, 1024, 1000), Product(16, 256, 256),
    Product(128, 2048, 1000), Product(128, 768, 768), Product(128, 768, 3072), Product(128, 3072, 768),
    Pool("MaxPool", Window(3), 192, (27, 27)), Pool("MaxPool", Window(3), 512, (13, 13)),
    Pool("MaxPool", Window(5), 128, (13, 13)), Pool("AveragePool", Window(3), 256, (28, 28)),
    Pool("AveragePool", Window(3), 576, (14, 14)), Pool("MaxPool", Window(3, 2), 64, (112, 112)),
    Pool("MaxPool", Window(2, 2, padding=0), 256, (56, 56)),
    Pool("AveragePool", Window(2, 2, padding=0), 256, (28, 28)),
    Pool("GlobalAveragePool", Window(7, 7), 2048, (7, 7)),
    Softmax((1, 1000)), Softmax((128, 1000)), Softmax((4420, 2)), Softmax((12, 197, 197)),
    LayerNorm(1, 768), LayerNorm(197, 768), LayerNorm(128, 512),
]
