# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Blocks of units that halt, each sample or each position when its own scores say so.

Exported, a block is choices (`Where`) that any engine runs in full and nnc turns into branches and lists of active positions.
"""

import torch
from torch import nn
from torch.nn import functional


class HaltingBlock(nn.Module):
    """Units that run one after the other on a state, until a rule stops them.

    `units` are modules from state to state, [N, C, H, W] or [N, C], `scores`, one fewer, from the state after a unit to the
    logit of its halting score: [N, 1, 1, 1] or [N, 1] (each sample halts as a whole) or [N, 1, H, W] (each position does; what
    has halted keeps its state, which its neighbours go on reading). The last unit always halts. Units may be one module several
    times. What else a block is called with goes to all units.

    After a forward pass in training `ponder` is what a penalty is put on: its shape is that of a logit. `WithPonder` asks for it
    in evaluation.
    """

    reports_ponder = False

    def __init__(self, units, scores):
        super().__init__()
        if len(units) != len(scores) + 1:
            raise ValueError(f"there are {len(scores)} scores for {len(units)} units; wanted is one for each but the last")
        self.units, self.scores = nn.ModuleList(units), nn.ModuleList(scores)
        self.ponder = self.counts = None

    def keep_counts(self, active):
        """Records how many units each sample or position ran: `active`, for each unit but the first, is where it ran."""
        if not torch.fx._symbolic_trace.is_fx_tracing():
            self.counts = 1 + sum(a.float() for a in active) if active else torch.ones(1)


class ACTBlock(HaltingBlock):
    """Adaptive computation time (Graves, arXiv:1603.08983), spatially where logits are (Figurnov et al.,
    arXiv:1612.02297, section 3).

    Unit n halts where the sum of scores h_1 + ... + h_n reaches 1 - epsilon. The output is the sum of the states, weighted
    by their scores, the last one by what the scores before it leave of 1, the remainder R; `ponder` is N + R.
    """

    def __init__(self, units, scores, epsilon=0.01):
        super().__init__(units, scores)
        self.epsilon = epsilon

    def forward(self, x, *context):
        x = self.units[0](x, *context)
        output, total, active, ponder = None, None, None, 2.0
        ran = []
        for n, (unit, score) in enumerate(zip([*self.units[1:], None], [*self.scores, None]), 2):
            if score is None:  # the last unit takes the remainder
                weight = 1 - total if total is not None else None
            else:
                h = torch.sigmoid(score(x))
                if active is not None:
                    h = torch.where(active, h, 0.0)
                before, total = total, h if total is None else total + h
                still = total < 1 - self.epsilon
                weight = torch.where(still, h, 1.0 if before is None else 1 - before)
            weighted = x if weight is None else weight * x
            output = weighted if output is None else torch.where(active, output + weighted, output)
            if unit is None:
                break
            active = still
            ran.append(active)
            x = torch.where(active, unit(x, *context), x)
            if self.training or self.reports_ponder:  # what the next unit takes, if it is the last one
                ponder = torch.where(active, n + 1 - total, ponder)
        self.ponder = ponder if self.training or self.reports_ponder else None
        self.keep_counts(ran)
        return output


class PACTBlock(HaltingBlock):
    """Probabilistic adaptive computation time (Figurnov et al., arXiv:1712.00386).

    The number of units z is a discrete latent variable: q(z = n) = h_n (1 - h_1) ... (1 - h_{n-1}). In training the h_n are
    relaxed (Concrete distribution with `temperature`) and the output is the mean of the states under q; `ponder` is the mean of z.
    In evaluation a unit halts where h_n > `threshold`, and the output is the state: nothing is summed up.
    """

    def __init__(self, units, scores, threshold=0.5, temperature=0.5):
        super().__init__(units, scores)
        self.temperature, self.threshold = temperature, threshold

    def forward(self, x, *context):
        return self.relax(x, *context) if self.training else self.decide(x, *context)

    def relax(self, x, *context):
        x, output, left, ponder = self.units[0](x, *context), 0, 1, 0
        for n, score in enumerate([*self.scores, None], 1):
            share = left if score is None else left * self.sample(score(x))
            output, ponder, left = output + share * x, ponder + n * share, left - share
            if score is not None:
                x = self.units[n](x, *context)
        self.ponder = ponder
        return output

    def sample(self, logit):
        uniform = torch.rand_like(logit).clamp(1e-6, 1 - 1e-6)
        return torch.sigmoid((logit + torch.logit(uniform)) / self.temperature)

    def decide(self, x, *context):
        x, active, ran, ponder = self.units[0](x, *context), None, [], 1.0
        for n, (unit, score) in enumerate(zip(self.units[1:], self.scores), 2):
            still = torch.sigmoid(score(x)) <= self.threshold
            active = still if active is None else active & still
            ran.append(active)
            x = torch.where(active, unit(x, *context), x)
            if self.reports_ponder:
                ponder = torch.where(active, float(n), ponder)
        self.ponder = ponder if self.reports_ponder else None
        self.keep_counts(ran)
        return x


class WithPonder(nn.Module):
    """A network that also returns the ponder cost of each of its blocks, in evaluation and exported: N + R of ACT
    (arXiv:1603.08983, equation 8; by position arXiv:1612.02297, equation 7), the number of units of PACT."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        for block in self.list_blocks():
            block.reports_ponder = True

    def list_blocks(self):
        return [module for module in self.network.modules() if isinstance(module, HaltingBlock)]

    def forward(self, x):
        y = self.network(x)
        return (y, *(block.ponder for block in self.list_blocks()))


class BudgetBlock(nn.Module):
    """Units that run as often as the caller says: (x, budget [N, 1, 1, 1] or [N, 1], a number of units from 1 on) -> state."""

    def __init__(self, units):
        super().__init__()
        self.units = nn.ModuleList(units)

    def forward(self, x, budget):
        x = self.units[0](x)
        for n, unit in enumerate(self.units[1:], 1):
            x = torch.where(budget > n, unit(x), x)
        return x


class _HaltingCell(nn.Module):
    """The recurrent half of an LSTM's cell: (state [N, 2 H], what the input adds to the gates [N, 4 H]) -> state. A state is
    hidden and cell state; gates are input, forget, cell, output."""

    def __init__(self, hidden_size):
        super().__init__()
        self.recurrent = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        nn.init.orthogonal_(self.recurrent.weight)

    def forward(self, state, gates):
        hidden, cell = state.chunk(2, 1)
        i, f, g, o = (gates + self.recurrent(hidden)).chunk(4, 1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        return torch.cat([torch.sigmoid(o) * torch.tanh(cell), cell], 1)


class _AgainCell(nn.Module):
    """The same cell, told that the input is not new."""

    def __init__(self, cell):
        super().__init__()
        self.cell, self.again = cell, nn.Parameter(torch.zeros(cell.recurrent.out_features))

    def forward(self, state, gates):
        return self.cell(state, gates + self.again)


class HaltingLSTM(nn.Module):
    """One step in time of an LSTM whose cell runs up to `most` times, until it halts (arXiv:1603.08983, section 2.1;
    arXiv:1712.00386): (x [N, I], state [N, 2 H]) -> state. What the input adds to the gates is computed once.

    `rule` is ACTBlock or PACTBlock, `start` the first logit of its halting scores, which read the state.
    """

    def __init__(self, input_size, hidden_size, most, rule=ACTBlock, start=-1.0, **options):
        super().__init__()
        self.hidden_size = hidden_size
        self.input = nn.Linear(input_size, 4 * hidden_size)
        cell = _HaltingCell(hidden_size)
        score = nn.Linear(2 * hidden_size, 1)
        nn.init.constant_(score.bias, start)
        self.block = rule([cell] + [_AgainCell(cell)] * (most - 1), [score] * (most - 1), **options)

    def forward(self, x, state):
        return self.block(state, self.input(x))


def measure_maximum(logits):
    """The probability of the most probable class: [N]."""
    return functional.softmax(logits, dim=-1).amax(-1)


def measure_entropy(logits):
    """The negative entropy of the probabilities, at most 0: [N]."""
    shares = functional.softmax(logits, dim=-1)
    return (shares * torch.log(shares + 1e-30)).sum(-1)


def measure_margin(logits):
    """How much more probable the most probable class is than the second, 0 where two are the most probable: [N]."""
    shares = functional.softmax(logits, dim=-1)
    largest = shares.amax(-1, keepdim=True)
    second = torch.where(shares < largest, shares, 0.0).amax(-1)
    is_alone = torch.where(shares < largest, 0.0, 1.0).sum(-1) < 1.5
    return torch.where(is_alone, largest.sum(-1) - second, 0.0)


CONFIDENCES = {"maximum": measure_maximum, "entropy": measure_entropy, "margin": measure_margin}


class ExitBlock(nn.Module):
    """Stages with a classifier behind each (BranchyNet, arXiv:1709.01686; MSDNet, arXiv:1703.09844): a sample leaves at the
    first one that is sure enough.

    `stages` are modules from features to features, `heads`, as many, from features to logits [N, K]. `rule` is how sure logits
    are: "maximum" (probability), "margin" (of the two greatest), or "entropy" (negative: 0 is sure). A sample leaves where
    that is at least `threshold`, and at the last head.

    In training the result is the list of all logits, of which a loss is a sum; in evaluation it is the logits of the head at which
    each sample leaves, and `counts` the number of stages that each ran.
    """

    def __init__(self, stages, heads, rule="maximum", threshold=0.9):
        super().__init__()
        if len(stages) != len(heads):
            raise ValueError(f"there are {len(heads)} heads for {len(stages)} stages; wanted is one for each")
        if rule not in CONFIDENCES:
            raise ValueError(f"rule '{rule}'; known are {', '.join(CONFIDENCES)}")
        self.stages, self.heads = nn.ModuleList(stages), nn.ModuleList(heads)
        self.rule, self.threshold, self.counts = rule, threshold, None

    def forward(self, x):
        if self.training:
            logits = []
            for stage, head in zip(self.stages, self.heads):
                x = stage(x)
                logits.append(head(x))
            return logits
        output, active, ran = None, None, []
        for n, (stage, head) in enumerate(zip(self.stages, self.heads), 1):
            x = stage(x)
            logits = head(x)
            output = logits if active is None else torch.where(active, logits, output)
            if n == len(self.stages):
                break
            goes_on = (CONFIDENCES[self.rule](logits) < self.threshold).reshape(-1, 1)
            active = goes_on if active is None else active & goes_on
            ran.append(active)
        if not torch.fx._symbolic_trace.is_fx_tracing():
            self.counts = 1 + sum(a.float() for a in ran) if ran else torch.ones(1)
        return output
