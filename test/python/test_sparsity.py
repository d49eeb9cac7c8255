# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Learned sparsity: the ONNX functions by onnxruntime, and, where PyTorch is installed, nnc.torch's layers."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from nnc import onnx_functions

# mu, log sigma, mean, signal-to-noise ratio; computed with 50 digits.
GOLDEN = [(0, -5, 0.9946465150, 246.6992061), (-1, -1, 0.3912272572, 2.718665060),
          (-3, 0, 0.08032598596, 0.8477313193), (-5, 1, 0.05317683787, 0.4085057373),
          (-10, 1, 0.001519096264, 0.1047394926), (0, 0, 0.5231565837, 2.092439006)]


def run(operator, inputs, constants, output_rank, **attributes):
    """The function called with arrays `inputs`, which are the graph's, and `constants`."""
    node = helper.make_node(operator, [*inputs, *constants], ["y"], domain="nnc", **attributes)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in inputs.items()]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * output_rank)
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    model = onnx_functions.make_model(helper.make_graph([node], "g", values, [y], initializers))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def compute_log_alpha(mean, log_sigma2):
    return np.clip(log_sigma2.astype(np.float64) - np.log(mean.astype(np.float64) ** 2 + 1e-8), -8, 8)


@pytest.mark.parametrize("threshold", [3.0, 0.0])
def test_variational_dropout(threshold):
    random = np.random.default_rng(1)
    mean = random.standard_normal((30, 20)).astype(np.float32)
    mean[0] = 0
    log_sigma2 = random.uniform(-8, 4, mean.shape).astype(np.float32)
    log_alpha = compute_log_alpha(mean, log_sigma2)
    assert np.abs(log_alpha - threshold).min() > 1e-5
    y = run("VariationalDropout", {"mean": mean, "log_sigma2": log_sigma2}, {}, 2, threshold=threshold)
    np.testing.assert_array_equal(y, np.where(log_alpha < threshold, mean, 0))


@pytest.mark.parametrize("trailing", [(), (3, 4)])
@pytest.mark.parametrize("snr", [0.0, 1.0])
def test_lognormal_noise(trailing, snr):
    mu, log_sigma, means, ratios = np.array(GOLDEN).T
    x = np.random.default_rng(2).standard_normal((2, len(mu), *trailing)).astype(np.float32)
    constants = {"mu": mu.astype(np.float32), "log_sigma": log_sigma.astype(np.float32)}
    y = run("LogNormalNoise", {"x": x}, constants, x.ndim, snr=snr)
    scales = np.where(ratios > snr, means, 0).reshape(-1, *[1] * len(trailing))
    np.testing.assert_allclose(y, x * scales, rtol=3e-7)


@pytest.mark.parametrize("mu, log_sigma, mean", [(5, -20, 1), (5, -3, 0.9995045933), (-20, -20, np.exp(-20))])
def test_lognormal_noise_at_the_ends_of_the_interval(mu, log_sigma, mean):
    constants = {"mu": np.float32([mu]), "log_sigma": np.float32([log_sigma])}
    y = run("LogNormalNoise", {"x": np.ones((1, 1), np.float32)}, constants, 2, snr=1.0)
    np.testing.assert_allclose(y, [[mean]], rtol=1e-6)


# --- Layers of nnc.torch --------------------------------------------------------------------------


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.manual_seed(1)
    return torch


def make_sparse_network(torch):
    from nnc.torch import Conv2dSVD, LinearSVD, LogNormalNoise

    nn = torch.nn
    net = nn.Sequential(Conv2dSVD(2, 6, 3, padding=1), LogNormalNoise(6), nn.ReLU(), nn.Flatten(), LinearSVD(96, 5))
    with torch.no_grad():
        for layer in net:
            if hasattr(layer, "log_sigma2"):
                layer.log_sigma2.uniform_(-8, 2)
            if hasattr(layer, "mu"):
                layer.mu.uniform_(-6, 1)
                layer.log_sigma.uniform_(-3, 2)
    return net


def test_layers_equal_their_sparse_dense_forms(torch):
    net = make_sparse_network(torch).eval()
    x = torch.randn(3, 2, 4, 4)
    conv, noise, linear = net[0], net[1], net[4]
    for layer in (conv, linear):
        kept = torch.from_numpy(compute_log_alpha(layer.weight.detach().numpy(), layer.log_sigma2.detach().numpy()) < 3)
        assert 0 < kept.sum() < kept.numel()
        torch.testing.assert_close(layer.to_dense().weight, torch.where(kept, layer.weight, 0))
    expected = linear.to_dense()((conv.to_dense()(x) * noise.get_scales()[:, None, None]).relu().flatten(1))
    torch.testing.assert_close(net(x), expected)


def test_layers_learn_all_their_parameters(torch):
    net = make_sparse_network(torch).train()
    kl = sum(layer.kl() for layer in net if hasattr(layer, "kl"))
    (net(torch.randn(3, 2, 4, 4)).square().sum() + kl).backward()
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0 for p in net.parameters())


@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_training_output_has_the_posterior_s_mean_and_variance(torch, kind):
    from nnc.torch import Conv2dSVD, LinearSVD

    layer = LinearSVD(7, 3) if kind == "linear" else Conv2dSVD(7, 3, 1)
    with torch.no_grad():
        layer.log_sigma2.uniform_(-2, 0)
    x = torch.randn(7)
    batch = x.expand(20000, 7) if kind == "linear" else x[:, None, None].expand(20000, 7, 1, 1)
    y = layer.train()(batch).detach().reshape(20000, 3)
    weight, variance = layer.weight.detach().reshape(3, 7), layer.log_sigma2.detach().exp().reshape(3, 7)
    torch.testing.assert_close(y.mean(0), weight @ x + layer.bias.detach(), atol=0.1, rtol=0)
    torch.testing.assert_close(y.var(0), variance @ x.square(), atol=0, rtol=0.06)


def test_kl_of_variational_dropout_is_the_paper_s_approximation(torch):
    from nnc.torch.variational_dropout import compute_kl

    # The exact negative divergence is 0.5 log alpha - E[log |1 + sqrt(alpha) e|] with a normal e, up to a constant.
    e = (np.arange(1_000_000) + 0.5) / 1_000_000 * 20 - 10
    density = np.exp(-(e ** 2) / 2) / np.exp(-(e ** 2) / 2).sum()

    def compute_exact(log_alpha):
        return 0.5 * log_alpha - (density * np.log(np.abs(1 + np.exp(log_alpha / 2) * e))).sum()

    for log_alpha in (-4.0, -1.0, 0.0, 2.0):
        approximate = (compute_kl(torch.tensor(8.0)) - compute_kl(torch.tensor(log_alpha))).item()
        assert approximate == pytest.approx(compute_exact(log_alpha) - compute_exact(8.0), abs=0.03)


def test_lognormal_moments_and_kl(torch):
    from nnc.torch.lognormal_noise import LogNormalNoise, compute_mean, compute_snr

    mu, log_sigma, means, ratios = (torch.tensor(column, dtype=torch.float64) for column in np.array(GOLDEN).T)
    torch.testing.assert_close(compute_mean(mu, log_sigma), means, rtol=1e-9, atol=0)
    torch.testing.assert_close(compute_snr(mu, log_sigma), ratios, rtol=1e-9, atol=0)
    noise = LogNormalNoise(1)
    for m, s in ((-1.0, -1.0), (-8.0, 1.0)):
        with torch.no_grad():
            noise.mu.fill_(m)
            noise.log_sigma.fill_(s)
        factors = noise.sample((200000, 1)).double().detach()
        mean = compute_mean(noise.mu, noise.log_sigma)[0].detach()
        torch.testing.assert_close(factors.mean(), mean, rtol=0.02, atol=0)
        grid = torch.linspace(-20, 0, 200001, dtype=torch.float64)
        density = torch.exp(-((grid - m) / np.exp(s)).square() / 2)
        density /= torch.trapezoid(density, grid)
        exact = torch.trapezoid(torch.xlogy(density, density * 20), grid)
        assert noise.kl().item() == pytest.approx(exact.item(), rel=1e-3)


@pytest.mark.parametrize("mu, log_sigma", [(0.2, -5), (0.21, -5), (1, -8), (4.9, -7)])
def test_lognormal_kl_where_the_interval_is_a_tail(torch, mu, log_sigma):
    from nnc.torch import LogNormalNoise

    noise = LogNormalNoise(1)
    with torch.no_grad():
        noise.mu.fill_(mu)
        noise.log_sigma.fill_(log_sigma)
    (noise.kl() + noise.train()(torch.ones(1, 1)).sum()).backward()
    # Far out, log theta is distributed exponentially, with the rate mu / sigma^2.
    assert noise.kl().item() == pytest.approx(np.log(20) - 1 + np.log(mu) - 2 * log_sigma, abs=3e-3)
    assert noise.mu.grad.item() == pytest.approx(1 / mu, rel=1e-2)
    assert noise.log_sigma.grad.item() == pytest.approx(-2, rel=1e-2)


def test_export(torch, tmp_path):
    from nnc.torch import export

    export(make_sparse_network(torch), torch.randn(1, 2, 4, 4), tmp_path / "net.onnx")


def test_export_without_posteriors(torch, tmp_path):
    from nnc.torch import export

    net = make_sparse_network(torch).eval()
    export(net, torch.randn(1, 2, 4, 4), tmp_path / "net.onnx", fold=True)
    model = onnx.load(tmp_path / "net.onnx")
    assert not model.functions
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    np.testing.assert_array_equal(constants["0.weight"], net[0].get_sparse_weight().detach().numpy())
    np.testing.assert_array_equal(constants["1.scales"].ravel(), net[1].get_scales().detach().numpy())
