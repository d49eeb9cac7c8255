# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Steps in time: cells that halt, and states that go from step to step."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
NNC = ROOT / "build/bin/nnc"
MOST, INPUTS, HIDDEN, STEPS = 5, 3, 6, 24


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.manual_seed(4)
    return module


def make_cell(torch, rule):
    from nnc.torch import ACTBlock, HaltingLSTM, PACTBlock

    cell = HaltingLSTM(INPUTS, HIDDEN, MOST, ACTBlock if rule == "act" else PACTBlock, start=-0.5)
    cell.block.scores[0].weight.data *= 6
    return cell.eval()


def step_plainly(torch, cell, x, state, rule):
    """By loops: the state, and how often the cell ran."""
    gates, inner, total, output = cell.input(x), cell.block.units[0], 0.0, 0.0
    for n in range(1, MOST + 1):
        added = gates if n == 1 else gates + cell.block.units[1].again
        hidden, memory = state[:, :HIDDEN], state[:, HIDDEN:]
        i, f, g, o = (added + inner.recurrent(hidden)).chunk(4, 1)
        memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
        state = torch.cat([o.sigmoid() * memory.tanh(), memory], 1)
        h = 1.0 if n == MOST else float(cell.block.scores[0](state).sigmoid())
        if rule == "pact":
            if h > 0.5:
                return state, n
            continue
        if n == MOST or total + h >= 1 - cell.block.epsilon:
            return output + (1 - total) * state, n
        output, total = output + h * state, total + h


@pytest.mark.parametrize("rule", ["act", "pact"])
def test_steps_of_a_halting_cell(torch, tmp_path, rule):
    from nnc.torch import export

    cell = make_cell(torch, rule)
    x, state = torch.randn(STEPS, INPUTS) * 2, torch.zeros(1, 2 * HIDDEN)
    states, counts = [], []
    with torch.no_grad():
        for n in range(STEPS):
            wanted, count = step_plainly(torch, cell, x[n:n + 1], state, rule)
            state = cell(x[n:n + 1], state)
            assert torch.allclose(state, wanted, atol=1e-6) and int(cell.block.counts) == count
            states.append(state), counts.append(count)
    assert len(set(counts)) > 2

    path = tmp_path / "cell.onnx"
    export(cell, (x[:1], torch.zeros(1, 2 * HIDDEN)), path, ["x", "state"], "next")
    np.savez(tmp_path / "in.npz", x=x.numpy(), state=np.zeros((1, 2 * HIDDEN), np.float32))
    for engine in ("cpp", "reference"):
        subprocess.run([NNC, "run", path, f"--steps={STEPS}", "--state=state:next", "--counters", f"--engine={engine}",
                        "--inputs", tmp_path / "in.npz", "--outputs", tmp_path / "out.npz"], check=True, capture_output=True)
        out = np.load(tmp_path / "out.npz")
        assert np.allclose(out["next"], torch.cat(states).numpy(), atol=1e-5)
        assert out["units"].flatten().tolist() == counts
        # FLOPs follow the units.
        assert np.ptp(out["flops"][np.array(counts) == counts[0]]) == 0 and np.corrcoef(out["flops"], counts)[0, 1] > 0.99


def test_pact_takes_less_memory(torch, tmp_path):
    """It has no sum of states."""
    import json

    from nnc.torch import export

    sizes = {}
    for rule in ("act", "pact"):
        path = tmp_path / f"{rule}.onnx"
        export(make_cell(torch, rule), (torch.randn(1, INPUTS), torch.zeros(1, 2 * HIDDEN)), path, ["x", "state"], "next")
        subprocess.run([NNC, "compile", path, "-o", tmp_path / rule], check=True, capture_output=True)
        sizes[rule] = json.loads((tmp_path / rule / "report.json").read_text())["workspace"]
    assert sizes["pact"] < sizes["act"]
