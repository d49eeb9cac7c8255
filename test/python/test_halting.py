# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Blocks that halt, in PyTorch: golden vectors of the authors' tests, and against a plain evaluation sample by sample."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.manual_seed(1)
    return module


def make_scores(torch, scores):
    """Modules that give these halting scores, [positions] for each unit but the last."""
    class Score(torch.nn.Module):
        def __init__(self, values):
            super().__init__()
            self.logits = torch.logit(torch.tensor(values, dtype=torch.float64)).float().reshape(1, 1, 1, -1)

        def forward(self, x):
            return self.logits.expand(len(x), 1, 1, -1)

    return [Score(values) for values in scores]


def make_states(torch, states):
    """Units that give these states, [positions] each, whatever they read."""
    class Unit(torch.nn.Module):
        def __init__(self, values):
            super().__init__()
            self.state = torch.tensor(values, dtype=torch.float32).reshape(1, 1, 1, -1)

        def forward(self, x):
            return self.state.expand(len(x), 1, 1, -1)

    return [Unit(values) for values in states]


@pytest.mark.parametrize("scores, ponder, count, output", [
    ([.01, .50, .60, .70], 3.49, 3, 1.48),
    ([.999] * 4, 2.0, 1, 0.0),
    ([.01] * 4, 5.96, 5, 3.9)])
def test_act_golden(torch, scores, ponder, count, output):
    """act_test.py of mfigurnov/sact: five units whose outputs are 0 to 4."""
    from nnc.torch import ACTBlock

    block = ACTBlock(make_states(torch, [[n] for n in range(5)]), make_scores(torch, [[h] for h in scores])).train()
    result = block(torch.zeros(1, 1, 1, 1))
    assert result.item() == pytest.approx(output, abs=1e-5)
    assert block.ponder.item() == pytest.approx(ponder, abs=1e-5)
    assert block.counts.item() == count


def test_sact_golden(torch):
    """The same by position: 1 x 1 x 2 x 1."""
    from nnc.torch import ACTBlock

    block = ACTBlock(make_states(torch, [(1, 2), (3, 4), (5, 6)]), make_scores(torch, [(.9, .1), (.5, .1)])).train()
    result = block(torch.zeros(1, 1, 1, 2))
    np.testing.assert_allclose(result.flatten(), [1.2, 5.4], atol=1e-5)
    np.testing.assert_allclose(block.ponder.flatten(), [2.1, 3.8], atol=1e-5)
    np.testing.assert_array_equal(block.counts.flatten(), [2, 3])


def test_pact_stops_at_the_first_score_above_a_half(torch):
    from nnc.torch import PACTBlock

    states = make_states(torch, [(1, 2, 3), (4, 5, 6), (7, 8, 9), (10, 11, 12)])
    block = PACTBlock(states, make_scores(torch, [(.4, .6, .4), (.4, .1, .51), (.4, .9, .9)])).eval()
    # Of scores of .4 each ACT would halt at the third; here none does.
    np.testing.assert_array_equal(block(torch.zeros(1, 1, 1, 3)).flatten(), [10, 2, 6])
    np.testing.assert_array_equal(block.counts.flatten(), [4, 1, 2])


def test_pact_relaxes_to_the_mean_under_q(torch):
    """With sure scores the samples are the scores."""
    from nnc.torch import PACTBlock

    states = make_states(torch, [(1, 2), (3, 4), (5, 6)])
    block = PACTBlock(states, make_scores(torch, [(1 - 1e-7, 1e-7), (.5, 1 - 1e-7)]), temperature=0.05).train()
    np.testing.assert_allclose(block(torch.zeros(1, 1, 1, 2)).detach().flatten(), [1, 4], atol=1e-3)
    np.testing.assert_allclose(block.ponder.detach().flatten(), [1, 2], atol=1e-3)


def test_wrong_number_of_scores(torch):
    from nnc.torch import ACTBlock

    with pytest.raises(ValueError, match="there are 2 scores for 2 units; wanted is one for each but the last"):
        ACTBlock(make_states(torch, [[0], [1]]), make_scores(torch, [[.5], [.5]]))


def make_network(torch, kind, is_spatial):
    from nnc import torch as nnc_torch

    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torch.nn.Sequential(torch.nn.BatchNorm2d(6), torch.nn.ReLU(), torch.nn.Conv2d(6, 6, 3, padding=1))

        def forward(self, x):
            return x + self.body(x)

    class Score(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.pooled = torch.nn.Conv2d(6, 1, 1)
            self.local = torch.nn.Conv2d(6, 1, 3, padding=1, bias=False) if is_spatial else None

        def forward(self, x):
            score = self.pooled(torch.nn.functional.adaptive_avg_pool2d(x, 1))
            return score if self.local is None else self.local(x) + score

    block = getattr(nnc_torch, kind)([Residual() for _ in range(4)], [Score() for _ in range(3)])
    return torch.nn.Sequential(torch.nn.Conv2d(3, 6, 3, padding=1), block, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())


@pytest.mark.parametrize("kind", ["ACTBlock", "PACTBlock"])
@pytest.mark.parametrize("is_spatial", [False, True])
def test_gradients_reach_scores_and_units(torch, kind, is_spatial):
    net = make_network(torch, kind, is_spatial).train()
    loss = net(torch.randn(4, 3, 5, 7)).square().sum() + net[1].ponder.mean()
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net[1].scores[0].parameters())
    assert all(p.grad is not None for p in net[1].units[0].parameters())


@pytest.mark.parametrize("kind", ["ACTBlock", "PACTBlock"])
@pytest.mark.parametrize("is_spatial", [False, True])
def test_export_and_generated_code(torch, tmp_path, kind, is_spatial):
    """The file computes the same in onnxruntime (export compares), and so does nnc's C++, which skips."""
    from nnc.torch import export

    net = make_network(torch, kind, is_spatial).eval()
    x = torch.randn(1, 3, 9, 8)
    export(net, x, tmp_path / "net.onnx", "x", "y")
    np.savez(tmp_path / "in.npz", x=x.numpy())
    nnc = ROOT / "build/bin/nnc"
    result = subprocess.run([nnc, "run", tmp_path / "net.onnx", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz"],
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    np.testing.assert_allclose(np.load(tmp_path / "out.npz")["y"], net(x).detach().numpy(), rtol=1e-4, atol=1e-5)
    report = subprocess.run([nnc, "info", tmp_path / "net.onnx"], capture_output=True, text=True).stdout
    assert "list_active" in report if is_spatial else "update" in report


@pytest.mark.parametrize("kind, cost", [("ACTBlock", (2 + 1 - .7, 1 + 1)), ("PACTBlock", (1, 1))])
def test_ponder_cost_is_an_output(torch, tmp_path, kind, cost):
    """Two samples, of scores (.7, .6) and (1, .1): N + R of ACT, N of PACT; the same in nnc's C++."""
    from nnc import torch as nnc_torch

    class Score(torch.nn.Module):
        def __init__(self, column):
            super().__init__()
            self.column = torch.nn.Linear(2, 1)
            self.column.weight.data = torch.eye(2)[column:column + 1]
            self.column.bias.data.zero_()

        def forward(self, x):
            return self.column(x)

    block = getattr(nnc_torch, kind)([torch.nn.Identity() for _ in range(3)], [Score(0), Score(1)])
    net = nnc_torch.WithPonder(block).eval()
    nnc = ROOT / "build/bin/nnc"
    for scores, wanted in zip([(.7, .6), (1 - 1e-6, .1)], cost):
        x = torch.logit(torch.tensor([scores]))
        nnc_torch.export(net, x, tmp_path / "net.onnx", "x", ["y", "ponder"])
        np.savez(tmp_path / "in.npz", x=x.numpy())
        subprocess.run([nnc, "run", tmp_path / "net.onnx", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz"], check=True)
        np.testing.assert_allclose(np.load(tmp_path / "out.npz")["ponder"].item(), wanted, rtol=1e-5)
