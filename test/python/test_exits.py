# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exit branches and gates, in PyTorch and in generated code."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
NNC = ROOT / "build/bin/nnc"


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.manual_seed(1)
    return module


def make_exits(torch, rule, threshold):
    from nnc.torch import ExitBlock

    nn = torch.nn
    stages = [nn.Sequential(nn.Linear(inputs, outputs), nn.Tanh()) for inputs, outputs in ((6, 12), (12, 9), (9, 8))]
    heads = [nn.Linear(width, 5) for width in (12, 9, 8)]
    for head in heads:
        head.weight.data *= 4
    return ExitBlock(stages, heads, rule, threshold).eval()


def leave(torch, block, x):
    """One sample, stage by stage: its logits, and how many stages it ran."""
    for n, (stage, head) in enumerate(zip(block.stages, block.heads), 1):
        x = stage(x)
        logits = head(x)
        shares = torch.softmax(logits, -1)[0].sort(descending=True).values
        sure = {"maximum": shares[0], "entropy": (shares * shares.log()).sum(), "margin": shares[0] - shares[1]}
        if n == len(block.stages) or sure[block.rule] >= block.threshold:
            return logits, n


@pytest.mark.parametrize("rule, threshold", [("maximum", 0.6), ("entropy", -0.9), ("margin", 0.4)])
def test_leaves_where_sure(torch, tmp_path, rule, threshold):
    from nnc.torch import export

    block = make_exits(torch, rule, threshold)
    x = torch.randn(40, 6)
    with torch.no_grad():
        result = block(x)
        wanted, stages = zip(*(leave(torch, block, row[None]) for row in x))
    assert torch.allclose(result, torch.cat(wanted), atol=1e-6)
    assert block.counts.flatten().tolist() == list(stages) and len(set(stages)) == 3

    path = tmp_path / "exits.onnx"
    export(block, x[:1], path, "x", "logits", open_batch=True)
    np.savez(tmp_path / "in.npz", x=x.numpy())
    subprocess.run([NNC, "run", path, "--samples=40", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz"],
                   check=True, capture_output=True)
    assert np.allclose(np.load(tmp_path / "out.npz")["logits"], result.numpy(), atol=1e-5)
    subprocess.run([NNC, "compile", path, "--batch=1", "-o", tmp_path / "code"], check=True, capture_output=True)
    lines = (tmp_path / "code/exits.cpp").read_text().splitlines()
    guarded = {line.split("(")[0].strip() for before, line in zip(lines, lines[1:]) if before.startswith("  if (*at<bool>")}
    # Of the later stages, nothing runs that is not asked for.
    assert {"kernels::stages_1_0", "kernels::stages_2_0"} <= guarded


def test_rules(torch):
    from nnc.torch.halting import CONFIDENCES

    even, one = torch.zeros(1, 4), torch.tensor([[50., 0, 0, 0]])
    assert CONFIDENCES["maximum"](even) == pytest.approx(0.25) and CONFIDENCES["maximum"](one) == pytest.approx(1)
    assert CONFIDENCES["margin"](even) == 0 and CONFIDENCES["margin"](one) == pytest.approx(1)
    assert CONFIDENCES["entropy"](even) == pytest.approx(-np.log(4)) and CONFIDENCES["entropy"](one) == pytest.approx(0)
    with pytest.raises(ValueError, match="rule 'sum'; known are maximum, entropy, margin"):
        make_exits(torch, "sum", 0.5)


def test_robust_evidence(torch):
    from nnc.torch import RobustGate, compute_robust_evidence

    elbo = torch.tensor([-1e4, -120.0, -100.0, -80.0, 0.0], dtype=torch.float64, requires_grad=True)
    evidence = compute_robust_evidence(elbo, -100.0)
    assert evidence.tolist() == pytest.approx([-100, -100, -100 + np.log(2), -80, 0], abs=1e-8)
    evidence.sum().backward()
    assert elbo.grad.tolist() == pytest.approx(RobustGate(-100.0)(elbo).tolist())


def test_gate_stops_the_network(torch, tmp_path):
    from nnc.torch import GatedNetwork, RobustGate, export

    nn = torch.nn
    net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 5))
    gated = GatedNetwork(nn.Linear(6, 1), RobustGate(0.1), net).eval()
    x = torch.randn(30, 6) * 3
    with torch.no_grad():
        logits, w = gated(x)
    assert ((logits == 0).all(1) == (w[:, 0] <= 0.5)).all() and 0 < (w > 0.5).sum() < 30
    path = tmp_path / "gated.onnx"
    export(gated, x[:1], path, "x", ["logits", "w"], open_batch=True)
    np.savez(tmp_path / "in.npz", x=x.numpy())
    subprocess.run([NNC, "run", path, "--samples=30", "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz"],
                   check=True, capture_output=True)
    out = np.load(tmp_path / "out.npz")
    assert np.allclose(out["logits"], logits.numpy(), atol=1e-5) and np.allclose(out["w"], w.numpy(), atol=1e-6)
    subprocess.run([NNC, "compile", path, "--batch=1", "-o", tmp_path / "code"], check=True, capture_output=True)
    source = (tmp_path / "code/gated.cpp").read_text()
    assert source.count("  if (*at<bool>") == 3  # both layers, and the copy of their result


def test_budget(torch, tmp_path):
    from nnc.torch import BudgetBlock, export

    nn = torch.nn
    block = BudgetBlock([nn.Sequential(nn.Linear(6, 6), nn.Tanh()) for _ in range(5)]).eval()
    x, budget = torch.randn(6, 6), torch.arange(1.0, 7)[:, None]
    with torch.no_grad():
        states = [x]
        for unit in block.units:
            states.append(unit(states[-1]))
        wanted = torch.stack([states[min(n + 1, 5)][n] for n in range(6)])
        assert torch.allclose(block(x, budget), wanted)
    path = tmp_path / "budget.onnx"
    export(block, (x[:1], budget[:1]), path, ["x", "budget"], "y", open_batch=True)
    np.savez(tmp_path / "in.npz", x=x.numpy(), budget=budget.numpy())
    subprocess.run([NNC, "run", path, "--samples=6", "--counters", "--inputs", tmp_path / "in.npz", "--outputs",
                    tmp_path / "out.npz"], check=True, capture_output=True)
    out = np.load(tmp_path / "out.npz")
    assert np.allclose(out["y"], wanted.numpy(), atol=1e-6) and out["units"].flatten().tolist() == [1, 2, 3, 4, 5, 5]
