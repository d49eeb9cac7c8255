# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An LSTM whose cell runs several times in a step, until it halts."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from halting_networks import EPSILON, Builder, Files


@dataclass(frozen=True)
class LstmCase:
    """An LSTM whose cell runs up to UNITS times in a step (arXiv:1603.08983), STEPS steps in time. The engines run a file in which
    steps are unrolled."""

    active: float  # the share of units that run

    UNITS, STEPS, INPUTS, HIDDEN = 6, 8, 64, 128

    def __str__(self) -> str:
        return f"LSTM-{self.HIDDEN}, by step, active {self.active:.3g}"

    def count_units(self, step: int) -> int:
        """1 to UNITS, with the wanted mean over steps."""
        total = self.active * self.UNITS * self.STEPS
        return max(1, round(total * (step + 1) / self.STEPS) - round(total * step / self.STEPS))

    def make(self, is_adaptive: bool) -> Files:
        random = np.random.default_rng(5)
        x = random.standard_normal((self.STEPS, self.INPUTS), dtype=np.float32)
        limits = np.float32([self.count_units(step) for step in range(self.STEPS)])[:, None]
        inputs = {"x": x, "state": np.zeros((1, 2 * self.HIDDEN), np.float32)} | ({"limit": limits} if is_adaptive else {})
        products = {"cell": 8.0 * self.HIDDEN ** 2, "input": 8.0 * self.HIDDEN * self.INPUTS, "score": 4.0 * self.HIDDEN}
        ran = float(limits.sum())
        flops = self.STEPS * (products["input"] + self.UNITS * products["cell"])
        done = self.STEPS * products["input"] + ran * products["cell"] + min(ran, self.STEPS * (self.UNITS - 1)) * products["score"]
        options = [f"--steps={self.STEPS}", "--state=state:y"]
        return Files(LstmBuilder(self, is_adaptive).finish(1), inputs, LstmBuilder(self, is_adaptive).finish(self.STEPS), inputs, options,
                     flops, done)


class LstmBuilder(Builder):
    """Unit n halts where n reaches `limit`, an input for each step; the halting score hardly changes it."""

    def finish(self, steps: int) -> onnx.ModelProto:
        weights = self.make_weights()
        state, states = "state", []
        for step in range(steps):
            state = self.step(self.take("x", step, steps), self.take("limit", step, steps) if self.is_adaptive else "", state, weights)
            states.append(state)
        self.nodes.append(helper.make_node("Concat" if steps > 1 else "Identity", states, ["y"], name="y",
                                           **({"axis": 0} if steps > 1 else {})))
        case = self.case
        shapes = {"x": (steps, case.INPUTS), "state": (1, 2 * case.HIDDEN)} | ({"limit": (steps, 1)} if self.is_adaptive else {})
        infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, (steps, 2 * case.HIDDEN))
        return helper.make_model(helper.make_graph(self.nodes, "halting", infos, [y], self.constants),
                                 opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def take(self, name: str, step: int, steps: int) -> str:
        bounds = (np.int64([step]), np.int64([step + 1]), np.int64([0]))
        return name if steps == 1 else self.node("Slice", name, *map(self.constant, bounds))

    def make_weights(self) -> dict[str, str]:
        h, d = self.case.HIDDEN, self.case.INPUTS
        shapes = {"input": (d, 4 * h), "bias": (4 * h,), "recurrent": (h, 4 * h), "score": (2 * h, 1)}
        scales = {"input": d ** -0.5, "bias": 0.1, "recurrent": h ** -0.5, "score": 1e-4}
        return {name: self.constant(self.random.standard_normal(shape, dtype=np.float32) * np.float32(scales[name]))
                for name, shape in shapes.items()}

    def step(self, x: str, limit: str, state: str, weights: dict[str, str]) -> str:
        gates = self.node("Add", self.node("MatMul", x, weights["input"]), weights["bias"])
        active = output = total = None
        for unit in range(1, self.case.UNITS + 1):
            new = self.cell(state, gates, weights)
            state = new if active is None else self.node("Where", active, new, state)
            if not self.is_adaptive:
                continue
            still = weight = None
            if unit < self.case.UNITS:
                far = self.node("Mul", self.node("Sub", self.constant(np.float32(unit + 0.5)), limit), self.constant(np.float32(20)))
                score = self.node("Sigmoid", self.node("Add", far, self.node("MatMul", state, weights["score"])))
                score = score if active is None else self.node("Where", active, score, self.constant(np.float32(0)))
                rest = self.constant(np.float32(1)) if total is None else self.node("Sub", self.constant(np.float32(1)), total)
                total = score if total is None else self.node("Add", total, score)
                still = self.node("Less", total, self.constant(np.float32(1 - EPSILON)))
                weight = self.node("Where", still, score, rest)
            else:
                weight = self.node("Sub", self.constant(np.float32(1)), total)
            weighted = self.node("Mul", weight, state)
            output = weighted if output is None else self.node("Where", active, self.node("Add", output, weighted), output)
            active = still
        return output if self.is_adaptive else state

    def cell(self, state: str, gates: str, weights: dict[str, str]) -> str:
        h = self.case.HIDDEN
        hidden, memory = self.parts(state, h, 2)
        i, f, g, o = self.parts(self.node("Add", gates, self.node("MatMul", hidden, weights["recurrent"])), h, 4)
        memory = self.node("Add", self.node("Mul", self.node("Sigmoid", f), memory),
                           self.node("Mul", self.node("Sigmoid", i), self.node("Tanh", g)))
        return self.node("Concat", self.node("Mul", self.node("Sigmoid", o), self.node("Tanh", memory)), memory, axis=1)

    def parts(self, value: str, size: int, count: int) -> list[str]:
        return [self.node("Slice", value, *map(self.constant, (np.int64([n * size]), np.int64([(n + 1) * size]), np.int64([1]))))
                for n in range(count)]
