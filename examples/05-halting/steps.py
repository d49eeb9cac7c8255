#!/usr/bin/env python3
"""Recurrent networks whose cell runs as often as a step needs: trains them, and writes their ONNX files and steps.json beside this
file.

    steps.py parity RULE        act or pact: of 1 to LENGTH numbers that are 1 or -1, are those that are 1 an odd number? (arXiv:1603.08983)
    steps.py characters RULE    once, act or pact: the next character of tiny Shakespeare
    steps.py table              tests all that is trained; writes the files and the table

`once` is the same network whose cell runs once in a step.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(HERE.parent)]

from nnc.torch import ACTBlock, HaltingLSTM, PACTBlock, export  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
SEED = 2027
RULES = {"act": ACTBlock, "pact": PACTBlock}
LENGTH = 12  # of parity
MOST = {"parity": 10, "characters": 4}  # how often the cell may run
HIDDEN = {"parity": 64, "characters": 128}
ROUNDS = {"parity": 12000, "characters": 1500}
TAU = {"parity": 3e-2, "characters": 0.1}
SPAN, BATCH, HELD_OUT = 48, 32, 50000  # characters of a training piece, pieces, and characters at the end of the text for tests


class Parity(nn.Module):
    """(x [N, LENGTH], state) -> logit [N, 1]: one step in time."""

    def __init__(self, rule, most):
        super().__init__()
        self.cell = HaltingLSTM(LENGTH, HIDDEN["parity"], most, RULES.get(rule, ACTBlock), start=-2.0)
        self.head = nn.Linear(HIDDEN["parity"] * 2, 1)

    def forward(self, x, state):
        return self.head(self.cell(x, state))


class Characters(nn.Module):
    """(characters [N], state [N, 2 H]) -> (logits [N, V], the next state): one step in time."""

    def __init__(self, rule, most, vocabulary):
        super().__init__()
        hidden = HIDDEN["characters"]
        self.embed = nn.Embedding(vocabulary, 48)
        self.cell = HaltingLSTM(48, hidden, most, RULES.get(rule, ACTBlock), start=-1.0)
        self.head = nn.Linear(2 * hidden, vocabulary)

    def forward(self, characters, state):
        state = self.cell(self.embed(characters), state)
        return self.head(state), state


def make_parity(count):
    """Numbers [count, LENGTH] of which the first ones are 1 or -1, the others 0, and the answers [count, 1]."""
    x = torch.randint(2, (count, LENGTH)) * 2.0 - 1
    x = x * (torch.arange(LENGTH) < torch.randint(1, LENGTH + 1, (count, 1)))
    return x, ((x == 1).sum(1, keepdim=True) % 2).float()


def train_parity(net, rounds, tau):
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=rounds)
    begin = time.time()
    for n in range(rounds):
        x, answers = make_parity(128)
        loss = functional.binary_cross_entropy_with_logits(net(x, torch.zeros(128, 2 * HIDDEN["parity"])), answers)
        ponder = net.cell.block.ponder.mean()
        optimizer.zero_grad()
        (loss + tau * ponder).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        optimizer.step()
        schedule.step()
        if n % 1000 == 999:
            print(f"round {n + 1}: loss {loss.item():.4f}, ponder cost {ponder.item():.2f}, {time.time() - begin:.0f} s", flush=True)


def load_text(data):
    text = (data / "text/tinyshakespeare.txt").read_text()
    vocabulary = sorted(set(text))
    return torch.tensor([vocabulary.index(c) for c in text]), vocabulary


def train_characters(net, text, rounds, tau):
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=rounds)
    begin, state = time.time(), None
    pieces = text[:-HELD_OUT]
    pieces = pieces[:len(pieces) // BATCH * BATCH].reshape(BATCH, -1)
    for n in range(rounds):
        at = n * SPAN % (pieces.shape[1] - SPAN - 1)
        if state is None or at < SPAN:
            state = torch.zeros(BATCH, 2 * HIDDEN["characters"])
        loss = ponder = 0
        for t in range(at, at + SPAN):
            logits, state = net(pieces[:, t], state)
            loss = loss + functional.cross_entropy(logits, pieces[:, t + 1]) / SPAN
            ponder = ponder + torch.as_tensor(net.cell.block.ponder, dtype=torch.float32).mean() / SPAN
        optimizer.zero_grad()
        (loss + tau * ponder).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        optimizer.step()
        schedule.step()
        state = state.detach()
        if n % 100 == 99:
            print(f"round {n + 1}: loss {loss.item():.4f}, ponder cost {float(ponder):.2f}, {time.time() - begin:.0f} s", flush=True)


def make_net(task, rule, vocabulary=0):
    most = 1 if rule == "once" else MOST[task]
    return Parity(rule, most) if task == "parity" else Characters(rule, most, vocabulary)


def run_train(arguments):
    task, rule = arguments.task, arguments.rule
    torch.manual_seed(SEED)
    rounds = arguments.rounds or ROUNDS[task]
    if task == "parity":
        net = make_net(task, rule).train()
        train_parity(net, rounds, TAU[task])
    else:
        text, vocabulary = load_text(arguments.data)
        net = make_net(task, rule, len(vocabulary)).train()
        train_characters(net, text, rounds, TAU[task])
    torch.save(net.state_dict(), arguments.work / f"{task}-{rule}.pt")


@torch.no_grad()
def test_parity(net):
    """Percent of errors, and the mean number of units by how many numbers there are."""
    torch.manual_seed(SEED + 1)
    x, answers = make_parity(20000)
    wrong = float(((net(x, torch.zeros(len(x), 2 * HIDDEN["parity"])) > 0).float() != answers).float().mean())
    counts, lengths = net.cell.block.counts[:, 0].expand(len(x)), (x != 0).sum(1)
    return {"error_percent": round(100 * wrong, 2), "units": round(float(counts.mean()), 2),
            "units_by_length": [round(float(counts[lengths == n].mean()), 2) for n in range(1, LENGTH + 1)]}


@torch.no_grad()
def test_characters(net, text):
    """Bits for a character, one after the other from ten places of the held-out end, and the mean number of units."""
    pieces = text[-HELD_OUT:].reshape(10, -1)
    state, bits, units = torch.zeros(10, 2 * HIDDEN["characters"]), 0.0, 0.0
    for t in range(pieces.shape[1] - 1):
        logits, state = net(pieces[:, t], state)
        bits += float(functional.cross_entropy(logits, pieces[:, t + 1])) / np.log(2)
        units += float(net.cell.block.counts.mean())
    steps = pieces.shape[1] - 1
    return {"bits": round(bits / steps, 3), "units": round(units / steps, 2)}


def run_table(arguments):
    text, vocabulary = load_text(arguments.data)
    rows, expected = [], {}
    for task, rule in [("parity", "act"), ("parity", "pact"), ("characters", "once"), ("characters", "act"), ("characters", "pact")]:
        path = arguments.work / f"{task}-{rule}.pt"
        if not path.exists():
            print(f"{task} {rule}: not trained yet, left out")
            continue
        net = make_net(task, rule, len(vocabulary)).eval()
        net.load_state_dict(torch.load(path))
        rows.append({"task": task, "rule": rule, "most": 1 if rule == "once" else MOST[task], "hidden": HIDDEN[task],
                     "file": f"{task}-{rule}.onnx"})
        state = torch.zeros(1, 2 * HIDDEN[task])
        if task == "parity":
            rows[-1] |= test_parity(net)
            torch.manual_seed(SEED)
            x, _ = make_parity(64)
            export(net, (x[:1], state), HERE / f"{task}-{rule}.onnx", ["x", "state"], "logits")
            with torch.no_grad():
                expected |= {"parity_x": x.numpy(), f"parity-{rule}": net(x, state.expand(64, -1)).numpy()}
        else:
            rows[-1] |= test_characters(net, text)
            characters = text[-64:]
            export(net, (characters[:1], state), HERE / f"{task}-{rule}.onnx", ["characters", "state"], ["logits", "next"])
            results = []
            with torch.no_grad():
                for n in range(64):
                    logits, state = net(characters[n:n + 1], state)
                    results.append(logits.numpy())
            expected |= {"characters": characters.numpy(), f"characters-{rule}": np.concatenate(results)}
        print(json.dumps(rows[-1]), flush=True)
    np.savez_compressed(HERE / "expected-steps.npz", **expected)
    write_rows(HERE / "steps.json", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["parity", "characters", "table"])
    parser.add_argument("rule", nargs="?", choices=["once", *RULES])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=ROOT / "out/05-halting")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    run_table(arguments) if arguments.task == "table" else run_train(arguments)


if __name__ == "__main__":
    main()
