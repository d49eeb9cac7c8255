# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Masks in numpy, and perforated convolutions in PyTorch against their definition."""

import subprocess
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from nnc.perforation import MASKS, choose_fill, count_windows, make_fill_table

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.manual_seed(1)
    return module


def choose(mask, height, width, kept):
    importance = np.arange(height * width).reshape(height, width) * 7 % 11
    information = {"pooling": {"windows": count_windows(height, width, 3, 2)}, "impact": {"importance": importance}}
    return choose_fill(mask, height, width, kept, seed=3, **information.get(mask, {}))


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("height, width", [(16, 16), (28, 20)])
def test_masks_keep_their_share(mask, kept, height, width):
    fill = choose(mask, height, width, kept)
    positions = np.unique(fill)
    np.testing.assert_array_equal(fill.ravel()[positions], positions)
    assert 0.6 * kept - 0.07 <= len(positions) / fill.size <= kept + 0.07
    np.testing.assert_array_equal(fill, choose(mask, height, width, kept))


def test_fill_takes_the_nearest_and_of_several_the_first():
    np.testing.assert_array_equal(make_fill_table([1, 3, 5, 7], 3, 3), [[1, 1, 1], [3, 1, 5], [3, 7, 5]])


def test_windows_are_counted_as_a_pooling_reads():
    np.testing.assert_array_equal(count_windows(1, 7, 1, 1)[0], np.ones(7))
    np.testing.assert_array_equal(count_windows(7, 7, 3, 2)[0], [1, 1, 2, 1, 2, 1, 1])
    # Padded by one, windows begin at -1 and 1: the middle row and column are in both.
    np.testing.assert_array_equal(count_windows(3, 3, 3, 2, padding=1)[1], [2, 4, 2])


def test_wrong_requests_say_what_is_accepted():
    with pytest.raises(ValueError, match="known are uniform, grid"):
        choose_fill("stripes", 4, 4, 0.5)
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        choose_fill("grid", 4, 4, 0)
    with pytest.raises(ValueError, match="needs `importance`"):
        choose_fill("impact", 4, 4, 0.5)


def test_layer_copies_kept_positions(torch):
    from nnc.torch import PerforatedConv2d

    conv = torch.nn.Conv2d(2, 3, 3, padding=1)
    fill = choose("uniform", 6, 5, 0.4)
    layer = PerforatedConv2d.from_dense(conv, fill)
    x = torch.randn(2, 2, 6, 5)
    dense = conv(x).detach().numpy().reshape(2, 3, 30)
    np.testing.assert_array_equal(layer(x).detach().numpy(), dense[:, :, fill.ravel()].reshape(2, 3, 6, 5))
    assert layer.get_kept() == 12 / 30
    layer.perforate(None)
    torch.testing.assert_close(layer(x), conv(x))
    layer.perforate(fill[:5])
    with pytest.raises(ValueError, match=r"the result is \(6, 5\), but fill is \(5, 5\)"):
        layer(x)


def test_gradients_of_copies_add_up(torch):
    from nnc.torch import PerforatedConv2d

    fill = torch.tensor(choose("uniform", 6, 5, 0.4))
    layer = PerforatedConv2d.from_dense(torch.nn.Conv2d(2, 3, 3, padding=1), fill)
    x, weights = torch.randn(2, 2, 6, 5, requires_grad=True), torch.randn(2, 3, 6, 5)
    (layer(x) * weights).sum().backward()
    gradient, x.grad = x.grad, None
    dense = torch.nn.functional.conv2d(x, layer.weight, layer.bias, padding=1).flatten(2)
    (dense[:, :, fill.flatten()].unflatten(2, (6, 5)) * weights).sum().backward()
    torch.testing.assert_close(gradient, x.grad)


def test_export_carries_the_mask(torch, tmp_path):
    import onnx

    from nnc.torch import PerforatedConv2d, export

    net = torch.nn.Sequential(PerforatedConv2d(2, 3, 3, padding=1), torch.nn.BatchNorm2d(3), torch.nn.ReLU())
    net[0].perforate(choose("grid", 6, 5, 0.4))
    export(net, torch.randn(1, 2, 6, 5), tmp_path / "net.onnx")  # compares with onnxruntime
    assert [node.op_type for node in onnx.load(tmp_path / "net.onnx").graph.node][:2] == ["Conv", "Perforate"]


def test_impact_is_the_gradient_times_the_value(torch):
    from nnc.torch import measure_impact

    conv = torch.nn.Conv2d(1, 2, 1)
    net = torch.nn.Sequential(conv, torch.nn.Flatten(), torch.nn.Linear(2 * 6, 1, bias=False))
    x = torch.randn(4, 1, 2, 3)
    impact, = measure_impact(net, [conv], lambda y, _: y.sum(), [(x[:3], None), (x[3:], None)])
    weight = net[2].weight.detach().reshape(2, 2, 3)
    expected = (conv(x).detach() * weight).abs().sum(dim=1).mean(dim=0)
    np.testing.assert_allclose(impact, expected, rtol=1e-5)


def test_impact_is_that_of_nnc(torch, tmp_path):
    """nnc measures it by Halide's adjoints of kernels, PyTorch by its own."""
    from nnc.torch import export, measure_impact

    torch.manual_seed(3)
    net = torch.nn.Sequential(OrderedDict(
        conv1=torch.nn.Conv2d(3, 8, 5, padding=2), active1=torch.nn.ReLU(), pool1=torch.nn.MaxPool2d(3, 2, padding=1),
        conv2=torch.nn.Conv2d(8, 12, 3, stride=2), active2=torch.nn.Sigmoid(), pool2=torch.nn.AvgPool2d(2),
        conv3=torch.nn.Conv2d(12, 5, 1), mean=torch.nn.AdaptiveAvgPool2d(1), flat=torch.nn.Flatten())).eval()
    x, labels = torch.randn(12, 3, 20, 20), torch.arange(12) % 5
    export(net, x[:1], tmp_path / "net.onnx", "x", "logits", open_batch=True)
    np.savez(tmp_path / "data.npz", x=x.numpy(), labels=labels.numpy())
    subprocess.run([ROOT / "build/bin/nnc", "impact", tmp_path / "net.onnx", "--batch=4", "--data",
                    tmp_path / "data.npz", "-o", tmp_path / "impact.npz"], check=True)
    measured = np.load(tmp_path / "impact.npz")
    layers = ["conv1", "conv2"]
    expected = measure_impact(net, [net.get_submodule(name) for name in layers],
                              lambda y, t: torch.nn.functional.cross_entropy(y, t, reduction="sum"), [(x, labels)])
    for name, impact in zip(layers, expected):
        np.testing.assert_allclose(measured[name], impact, rtol=1e-4, atol=1e-6)
