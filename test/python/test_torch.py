# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""nnc.torch: layers against their dense forms, initialization, export. Skipped where PyTorch is not installed."""

from math import prod

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from nnc import tensor_train as tt  # noqa: E402
from nnc.torch import TTConv2d, TTLinear, export  # noqa: E402

LINEAR = [((6,), (5,), 1), ((2, 3), (4, 5), [3]), ((4, 1, 3), (2, 7, 5), [2, 5]), ((2,) * 6, (2,) * 6, 3)]
CONV = [((6,), (5,), [3]), ((2, 3), (4, 2), [5, 3]), ((2, 2, 3), (3, 2, 2), [4, 3, 2, 1]), ((6, 1), (1, 8), [3, 4])]
WINDOWS = [{}, {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1)


def assert_close(a, b):
    torch.testing.assert_close(a, b, rtol=0, atol=2e-5 * float(b.detach().abs().max()))


@pytest.mark.parametrize("order", ["first_to_last", "last_to_first", "dense"])
@pytest.mark.parametrize("input_modes, output_modes, ranks", LINEAR)
def test_linear_is_its_dense_form(monkeypatch, input_modes, output_modes, ranks, order):
    layer = TTLinear(input_modes, output_modes, ranks)
    monkeypatch.setattr(layer, "choose_order", lambda rows: order)
    matrix = tt.reconstruct([core.detach().numpy() for core in layer.cores])
    for x in (torch.randn(prod(input_modes)), torch.randn(7, prod(input_modes)), torch.randn(2, 3, prod(input_modes))):
        expected = x @ torch.from_numpy(matrix) + layer.bias
        assert_close(layer(x), expected)
        assert_close(layer.to_dense()(x), expected)


@pytest.mark.parametrize("order", ["first_to_last", "last_to_first", "dense"])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("in_modes, out_modes, ranks", CONV)
def test_conv_is_its_dense_form(monkeypatch, in_modes, out_modes, ranks, window, order):
    layer = TTConv2d(in_modes, out_modes, (3, 2), ranks, **window)
    monkeypatch.setattr(layer, "choose_order", lambda *sizes: order)
    kernel = tt.reconstruct_filter(layer.spatial.detach().numpy(), [core.detach().numpy() for core in layer.cores])
    x = torch.randn(2, prod(in_modes), 9, 8)
    expected = functional.conv2d(x, torch.from_numpy(kernel).permute(3, 2, 0, 1), layer.bias, **window)
    assert_close(layer(x), expected)
    assert_close(layer.to_dense()(x), expected)


def test_layers_learn_all_their_parameters():
    linear, conv = TTLinear((2, 3), (4, 5), 3), TTConv2d((2, 3), (4, 2), 3, 3)
    for layer, x in ((linear, torch.randn(7, 6)), (conv, torch.randn(2, 6, 5, 5))):
        layer(x).square().sum().backward()
        assert all(parameter.grad.abs().max() > 0 for parameter in layer.parameters())


def test_the_cheapest_order_is_chosen():
    layer = TTLinear((2, 7, 8, 8, 7, 4), (4,) * 6, 4)
    assert layer.choose_order(1) == "last_to_first"  # 7.3 against 13.8 MFLOP
    assert TTLinear((4,) * 6, (2, 7, 8, 8, 7, 4), 4).choose_order(1) == "first_to_last"
    assert TTLinear((4, 4), (4, 4), 16).choose_order(100) == "dense"
    assert TTConv2d((8, 8), (4, 4), 3, 2).choose_order(1, 32, 32) == "last_to_first"
    assert TTConv2d((8, 8), (8, 8), 3, 2, stride=2).choose_order(1, 32, 32) == "first_to_last"
    assert TTConv2d((2, 2), (2, 2), 3, 9).choose_order(1, 32, 32) == "dense"


@pytest.mark.parametrize("init, variance", [("he", 2 / 256), ("glorot", 2 / 512), ("pytorch", 1 / 768)])
def test_dense_matrix_has_the_variance_of_the_initialization(init, variance):
    matrices = [TTLinear((4, 8, 8), (8, 8, 4), 8, init=init).to_dense().weight for _ in range(60)]
    assert float(torch.stack(matrices).detach().var()) == pytest.approx(variance, rel=0.1)


def test_variance_of_pytorch_is_that_of_pytorch():
    assert float(nn.Linear(256, 256).weight.detach().var()) == pytest.approx(1 / 768, rel=0.02)
    assert float(nn.Conv2d(16, 64, 3).weight.detach().var()) == pytest.approx(1 / (3 * 16 * 9), rel=0.05)


@pytest.mark.parametrize("init, variance", [("he", 2 / 144), ("glorot", 2 / (9 * 48)), ("pytorch", 1 / 432)])
def test_dense_filter_has_the_variance_of_the_initialization(init, variance):
    kernels = [TTConv2d((4, 4), (8, 4), 3, 6, init=init).to_dense().weight for _ in range(300)]
    assert float(torch.stack(kernels).detach().var()) == pytest.approx(variance, rel=0.1)


def test_from_dense_with_full_ranks_loses_nothing():
    linear, conv = nn.Linear(12, 20), nn.Conv2d(6, 8, (3, 2), stride=2, padding=1, dilation=(1, 2), bias=False)
    x, image = torch.randn(3, 12), torch.randn(2, 6, 9, 9)
    assert_close(TTLinear.from_dense(linear, 10**6, ((3, 4), (4, 5)))(x), linear(x))
    assert_close(TTConv2d.from_dense(conv, 10**6, ((2, 3), (4, 2)))(image), conv(image))


def test_from_dense_keeps_a_train():
    layer = TTLinear((4, 4, 4), (4, 4, 4), [3, 2])
    again = TTLinear.from_dense(layer.to_dense(), [3, 2], (layer.input_modes, layer.output_modes))
    assert again.shapes == layer.shapes
    assert_close(again.to_dense().weight, layer.to_dense().weight)
    layer = TTConv2d((2, 4), (4, 2), 3, [5, 3], stride=2, padding=1, dilation=2)
    again = TTConv2d.from_dense(layer.to_dense(), [5, 3], (layer.input_modes, layer.output_modes))
    assert again.shapes == layer.shapes and again.spatial.shape == layer.spatial.shape
    assert_close(again.to_dense().weight, layer.to_dense().weight)
    image = torch.randn(1, 8, 9, 9)
    assert_close(again(image), layer(image))


def test_from_dense_is_as_close_as_its_rank_allows():
    """The error is that of the singular values that were cut: of a linear layer with two cores, the best of its rank."""
    linear = nn.Linear(12, 20)
    matrix = linear.weight.detach().double().T.numpy()
    unfolding = matrix.reshape(3, 4, 4, 5).transpose(0, 2, 1, 3).reshape(12, 20)
    values = np.linalg.svd(unfolding, compute_uv=False)
    for rank in (1, 4, 8):
        layer = TTLinear.from_dense(linear, rank, ((3, 4), (4, 5)))
        difference = layer.to_dense().weight.detach().double().T.numpy() - matrix
        assert np.linalg.norm(difference) == pytest.approx(np.linalg.norm(values[rank:]), rel=1e-5)
        assert torch.equal(layer.bias, linear.bias)


def test_initialization_of_biases_is_that_of_pytorch():
    for layer, fan_in in ((TTLinear((8, 8), (64, 64), 2), 64), (TTConv2d((4, 4), (64, 64), 3, 2), 144)):
        assert float(layer.bias.detach().abs().max()) == pytest.approx(fan_in ** -0.5, rel=0.01)
        assert float(layer.bias.detach().var()) == pytest.approx(1 / (3 * fan_in), rel=0.05)


def test_from_dense_refuses_what_it_would_get_wrong():
    for options in ({"groups": 2}, {"padding": "same"}, {"padding_mode": "reflect"}):
        conv = nn.Conv2d(6, 6, 3, **options)
        with pytest.raises(ValueError, match="expected one group"):
            TTConv2d.from_dense(conv, 3, ((6,), (6,)))


# --- Export ---------------------------------------------------------------------------------------


class Residual(nn.Module):
    """Functions, methods and a residual."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = TTConv2d((2, 3), (2, 3), 3, 4, padding=1, bias=False), nn.BatchNorm2d(6)
        self.fc = TTLinear((2, 3), (5, 2), 2, bias=False)

    def forward(self, x):
        y = functional.relu(self.norm(self.conv(x)) + 0.5 * x)
        y = functional.avg_pool2d(functional.max_pool2d(y, 2), 2, padding=1)
        y = torch.cat([y, torch.sigmoid(y) - y.tanh()], dim=1)
        y = functional.adaptive_avg_pool2d(y, 1).mean(dim=(2, 3)).view(2, 2, 6)
        return torch.softmax(self.fc(torch.flatten(y, 1).reshape(-1, 6)), dim=1)


NETWORKS = {
    "linear": (lambda: nn.Sequential(TTLinear((2, 3), (4, 5), 3), nn.ReLU(), nn.Linear(20, 3, bias=False)), (4, 6)),
    "sequence": (lambda: nn.Sequential(TTLinear((2, 3), (2, 2), 3), nn.Tanh(), nn.Linear(4, 3)), (2, 5, 6)),
    "conv": (lambda: nn.Sequential(
        nn.Conv2d(3, 6, (3, 5), stride=2, padding=(1, 2)), nn.BatchNorm2d(6), nn.LeakyReLU(0.2),
        TTConv2d((2, 3), (4, 2), 3, 5, padding=2, dilation=2), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, padding=1),
        nn.Dropout(), nn.Flatten(), TTLinear((8, 9), (5, 2), 4), nn.BatchNorm1d(10), nn.Softmax(1)), (2, 3, 16, 16)),
    "residual": (Residual, (2, 6, 8, 8)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_export_is_what_pytorch_computes(tmp_path, name):
    make, shape = NETWORKS[name]
    net, x = make(), torch.randn(shape)
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.running_mean), nn.init.uniform_(module.running_var), nn.init.normal_(module.weight)
    export(net, x, tmp_path / "net.onnx")
    assert net.training
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    expected = net.eval()(x).detach().numpy()
    np.testing.assert_allclose(session.run(None, {"x": x.numpy()})[0], expected, atol=1e-5 * np.abs(expected).max())


def test_exported_layers_are_functions_with_initializers(tmp_path):
    net = nn.Sequential(TTLinear((2, 3), (4, 5), 3), TTLinear((4, 5), (1, 2), 2), TTLinear((2,), (2,), 1))
    export(net, torch.randn(1, 6), tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    nodes = [(node.name, node.domain, node.op_type, list(node.input)[1:]) for node in model.graph.node[:3]]
    assert nodes == [("0", "nnc", "TTLinear2", ["0.core1", "0.core2", "0.bias"]),
                     ("1", "nnc", "TTLinear2", ["1.core1", "1.core2", "1.bias"]),
                     ("2", "nnc", "TTLinear1", ["2.core1", "2.bias"])]
    assert [function.name for function in model.functions] == ["TTLinear2", "TTLinear1"]
    shapes = {value.name: tuple(value.dims) for value in model.graph.initializer}
    assert shapes["0.core2"] == (3, 3, 5, 1) and shapes["1.bias"] == (2,)


def test_the_batch_can_stay_open(tmp_path):
    net = nn.Sequential(TTConv2d((2,), (4,), 3, 3), nn.Flatten(), TTLinear((4, 4), (3, 1), 2))
    export(net, torch.randn(2, 2, 4, 4), tmp_path / "net.onnx", open_batch=True)
    x = torch.randn(5, 2, 4, 4)
    result = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {"x": x.numpy()})[0]
    assert_close(torch.from_numpy(result), net(x).detach())


class Twice(nn.Module):
    def forward(self, x):
        return torch.add(x, x, alpha=2)


class Pair(nn.Module):
    def forward(self, x):
        return x.relu(), x


def test_export_refuses_by_name(tmp_path):
    path = tmp_path / "net.onnx"
    with pytest.raises(ValueError, match="'1': GRU cannot be exported"):
        export(nn.Sequential(nn.Linear(3, 3), nn.GRU(3, 3)), torch.randn(2, 3), path)
    with pytest.raises(ValueError, match="adaptive pooling"):
        export(nn.Sequential(nn.AdaptiveAvgPool2d(2)), torch.randn(1, 2, 4, 4), path)
    with pytest.raises(ValueError, match="'0': normalization by the batch's own mean"):
        export(nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False)), torch.randn(2, 3), path)
    with pytest.raises(ValueError, match="'add': .*alpha"):
        export(Twice(), torch.randn(2, 3), path)
    with pytest.raises(ValueError, match="returns 2 tensors; there are names for 1: y"):
        export(Pair(), torch.randn(2, 3), path)
    assert not path.exists()


def test_export_refuses_what_onnxruntime_computes_otherwise(tmp_path):
    with pytest.raises(RuntimeError, match="differs from PyTorch by"):
        export(nn.Sequential(nn.AvgPool2d(2, divisor_override=3)), torch.randn(1, 2, 4, 4), tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()


def test_export_of_a_module_with_a_parameter_of_its_own(tmp_path):
    class Shift(nn.Module):
        def __init__(self):
            super().__init__()
            self.by = nn.Parameter(torch.randn(3))

        def forward(self, x):
            return torch.relu(x + self.by)

    export(nn.Sequential(nn.Linear(2, 3), Shift()), torch.randn(4, 2), tmp_path / "net.onnx")
    assert "1.by" in {tensor.name for tensor in onnx.load(tmp_path / "net.onnx").graph.initializer}
