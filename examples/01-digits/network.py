"""The digits network: as a PyTorch module to train, and as an ONNX graph to compile."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn


class DigitsNet(nn.Module):
    """image [N,1,8,8], 0..1 -> logits [N,10]. BatchNorm stays separate, so that a compiler folds it."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(16)
        self.widen = nn.Conv2d(16, 32, 3, padding=1)
        self.residual1 = nn.Conv2d(32, 32, 3, padding=1, bias=False)
        self.residual1_norm = nn.BatchNorm2d(32)
        self.residual2 = nn.Conv2d(32, 32, 3, padding=1, bias=False)
        self.residual2_norm = nn.BatchNorm2d(32)
        self.depthwise = nn.Conv2d(32, 32, 3, padding=1, groups=32, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(32)
        self.pointwise = nn.Conv2d(32, 64, 1)
        self.classifier = nn.Linear(64, 10)

    def forward(self, image):
        x = self.stem_norm(self.stem(image)).relu()
        x = self.widen(x).relu()
        y = self.residual1_norm(self.residual1(x)).relu()
        y = self.residual2_norm(self.residual2(y))
        x = nn.functional.max_pool2d((x + y).relu(), 2)
        x = self.depthwise_norm(self.depthwise(x)).relu()
        x = self.pointwise(x).relu()
        return self.classifier(x.mean(dim=(2, 3)))


def to_onnx(net: DigitsNet) -> onnx.ModelProto:
    """The graph of `forward` plus a softmax, one node per layer, named as in the module.

    It is written by hand and not by torch.onnx, so that its names can be read, its BatchNorms are
    not folded, and the same weights always give the same bytes. The batch size is fixed to 1.
    """
    graph = _Graph(net)
    x = graph.relu("stem_norm", graph.batch_norm("stem_norm", graph.conv("stem", "image", pad=1)))
    x = graph.relu("widen", graph.conv("widen", x, pad=1))
    y = graph.conv("residual1", x, pad=1)
    y = graph.relu("residual1_norm", graph.batch_norm("residual1_norm", y))
    y = graph.batch_norm("residual2_norm", graph.conv("residual2", y, pad=1))
    x = graph.relu("residual_add", graph.node("Add", "residual_add", [x, y]))
    x = graph.node("MaxPool", "max_pool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = graph.conv("depthwise", x, pad=1, group=32)
    x = graph.relu("depthwise_norm", graph.batch_norm("depthwise_norm", x))
    x = graph.relu("pointwise", graph.conv("pointwise", x, pad=0))
    x = graph.node("Flatten", "flatten", [graph.node("GlobalAveragePool", "average_pool", [x])])
    x = graph.node("Gemm", "classifier", [x, *graph.weights("classifier")], transB=1)
    graph.node("Softmax", "softmax", [x], output="probabilities", axis=1)
    return graph.model()


class _Graph:
    """Collects nodes and initializers; every method returns the name of the value it made."""

    def __init__(self, net):
        self.state = {name: value.numpy() for name, value in net.state_dict().items()}
        self.nodes, self.initializers = [], []

    def node(self, operator, name, inputs, output=None, **attributes):
        output = output or f"{name}.out"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=name, **attributes))
        return output

    def weights(self, layer, parts=("weight", "bias")):
        names = [f"{layer}.{part}" for part in parts if f"{layer}.{part}" in self.state]
        for name in names:
            value = np.ascontiguousarray(self.state[name], dtype=np.float32)
            self.initializers.append(numpy_helper.from_array(value, name))
        return names

    def conv(self, layer, x, pad, group=1):
        size = list(self.state[f"{layer}.weight"].shape[2:])
        return self.node("Conv", layer, [x, *self.weights(layer)], kernel_shape=size,
                         pads=[pad] * 4, strides=[1, 1], group=group)

    def batch_norm(self, layer, x):
        inputs = self.weights(layer, ("weight", "bias", "running_mean", "running_var"))
        return self.node("BatchNormalization", layer, [x, *inputs], epsilon=1e-5)

    def relu(self, layer, x):
        return self.node("Relu", f"{layer}.relu", [x])

    def model(self):
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 8, 8])
        output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 10])
        graph = helper.make_graph(self.nodes, "digits", [image], [output], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                                  producer_name="nnc examples/01-digits")
        onnx.checker.check_model(model, full_check=True)
        return model
