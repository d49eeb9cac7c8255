# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""nnc.torch's recurrent layers: against PyTorch's LSTM, noise, export. Skipped where PyTorch is not installed."""

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402

from nnc.torch import LSTM, LSTMSVD, LinearSVD, export  # noqa: E402

N, T, INPUTS, HIDDEN = 3, 6, 7, 5


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1)


def make_sparse(**options):
    layer = LSTMSVD(INPUTS, HIDDEN, **options)
    with torch.no_grad():
        for log_sigma2 in (layer.log_sigma2_ih, layer.log_sigma2_hh):
            log_sigma2.uniform_(-8, 2)
        layer.bias.normal_()
    return layer


@pytest.mark.parametrize("last_only", [False, True])
def test_lstm_is_that_of_pytorch(last_only):
    layer, expected = LSTM(INPUTS, HIDDEN, last_only), nn.LSTM(INPUTS, HIDDEN, batch_first=True)
    x = torch.randn(N, T, INPUTS)
    with torch.no_grad():
        expected.bias_hh_l0.zero_()
        for part in ("weight_ih", "weight_hh", "bias"):
            getattr(expected, {"bias": "bias_ih"}.get(part, part) + "_l0").copy_(getattr(layer, part))
    states = expected(x)[0]
    torch.testing.assert_close(layer(x), states[:, -1] if last_only else states)


def test_gates_can_be_hard_sigmoids():
    layer, x = LSTM(1, 1, gate="hard_sigmoid"), torch.tensor([[[2.0], [-4.0]]])
    with torch.no_grad():
        layer.weight_ih[:, 0] = torch.tensor([1.0, 1.0, 0.5, -1.0])
        layer.weight_hh.zero_()
        layer.bias.zero_()
    first = 0.9 * np.tanh(1)  # the input gate is 0.2 * 2 + 0.5, the output gate 0.2 * -2 + 0.5
    second = 0.0 * first + 0.0 * np.tanh(-2)  # both gates are below zero there
    np.testing.assert_allclose(layer(x).detach().numpy()[0, :, 0], [0.1 * np.tanh(first), np.tanh(second)], rtol=1e-5)


def test_masks_are_the_same_in_all_steps():
    layer, x = LSTM(INPUTS, HIDDEN, dropout=0.5).train(), torch.ones(1, T, INPUTS)
    with torch.no_grad():
        layer.weight_hh.zero_()
        layer.bias.fill_(-30)
        layer.bias[HIDDEN:2 * HIDDEN] = -30  # nothing stays in the cell, so a state depends on its own step only
        layer.bias[:HIDDEN], layer.bias[2 * HIDDEN:] = 30, 0
    states = layer(x)[0]
    torch.testing.assert_close(states, states[:1].expand(T, HIDDEN), atol=1e-6, rtol=0)
    assert (layer(x)[0] - states).abs().max() > 1e-3
    assert torch.equal(layer.eval()(x), layer(x))


def test_evaluation_takes_means_of_kept_weights():
    layer, x = make_sparse().eval(), torch.randn(N, T, INPUTS)
    dense = LSTM(INPUTS, HIDDEN)
    kept = layer.is_kept
    assert 0 < kept.sum() < kept.numel()
    with torch.no_grad():
        dense.weight_ih.copy_(layer.weight_ih * kept[:, :INPUTS])
        dense.weight_hh.copy_(layer.weight_hh * kept[:, INPUTS:])
        dense.bias.copy_(layer.bias)
    torch.testing.assert_close(layer(x), dense(x))


def test_training_draws_weights_once_for_a_batch():
    layer, x = make_sparse().train(), torch.randn(1, T, INPUTS).expand(N, T, INPUTS)
    states = layer(x)
    torch.testing.assert_close(states, states[:1].expand(N, T, HIDDEN))
    assert (layer(x) - states).abs().max() > 1e-3


def test_layer_learns_all_its_parameters():
    layer = make_sparse(recurrent_dropout=0.3).train()
    (layer(torch.randn(N, T, INPUTS)).square().sum() + layer.kl()).backward()
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0 for p in layer.parameters())


def test_from_dense_is_nearly_the_dense_layer():
    dense = LSTM(INPUTS, HIDDEN, last_only=True, gate="hard_sigmoid", recurrent_dropout=0.2)
    x = torch.randn(N, T, INPUTS)
    sparse = LSTMSVD.from_dense(dense)
    assert (sparse.last_only, sparse.gate, sparse.recurrent_dropout) == (True, "hard_sigmoid", 0.2)
    torch.testing.assert_close(sparse.eval()(x), dense.eval()(x), atol=0.05, rtol=0)  # the least weights are dropped


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
@pytest.mark.parametrize("last_only", [False, True])
def test_export(tmp_path, last_only, gate, fold):
    file = tmp_path / "net.onnx"
    export(nn.Sequential(make_sparse(last_only=last_only, gate=gate)), torch.randn(N, T, INPUTS), file, fold=fold)
    model = onnx.load(file)
    assert sum(node.op_type == "VariationalDropout" for node in model.graph.node) == (0 if fold else 2)
    assert sum("log_sigma2" in tensor.name for tensor in model.graph.initializer) == (0 if fold else 2)


def test_export_from_numbers_of_words(tmp_path):
    net = nn.Sequential(nn.Embedding(11, INPUTS), make_sparse(), LinearSVD(HIDDEN, 4))
    export(net, torch.randint(0, 11, (N, T)), tmp_path / "net.onnx", open_batch=True)
    assert onnx.load(tmp_path / "net.onnx").graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.INT64
