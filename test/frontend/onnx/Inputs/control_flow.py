# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes models with If and Loop. Argument: a folder."""
import pathlib
import sys

import numpy as np
import onnx.checker
import onnx.parser
from onnx import numpy_helper

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'

# A layer on one side only, with constants of the branch's own; the other side has a name of the outer graph.
CHOICE = HEADER + """
choice (float[1, 8] x) => (float[1, 8] y, float[1, 8] z) {
  mean = ReduceMean <keepdims = 0> (x)
  zero = Constant <value = float {0}> ()
  c = Less (mean, zero)
  r = Relu (x)
  y, z = If (c) <
    then_branch = some () => (float[1, 8] a, float[1, 8] b) {
      p = MatMul (r, weight)
      a = Tanh (p)
      b = Identity (p)
    },
    else_branch = others () => (float[1, 8] a2, float[1, 8] b2) {
      a2 = MatMul (x, second)
      b2 = Neg (r)
    }
  >
}
"""

# A condition that is a constant; a branch within a branch.
NESTED = HEADER + """
nested (bool c, float[2, 3] x) => (float[2, 3] y) {
  yes = Constant <value = bool {1}> ()
  y = If (yes) <
    then_branch = first () => (float[2, 3] a) {
      a = If (c) <
        then_branch = inner () => (float[2, 3] p) { p = Exp (x) },
        else_branch = other () => (float[2, 3] q) { q = Neg (x) }
      >
    },
    else_branch = never () => (float[2, 4] b) { b = Concat <axis = 1> (x, x) }
  >
}
"""

# A cell until its halting score is large: the loop's condition is computed, and the state is the result.
PONDER = HEADER + """
ponder (float[1, 8] x) => (float[1, 8] y, float n) {
  limit = Constant <value = int64 {6}> ()
  yes = Constant <value = bool {1}> ()
  start = Constant <value = float {0}> ()
  y, n = Loop (limit, yes, x, start) <
    body = step (int64 i, bool going, float[1, 8] state, float steps) => (bool goes_on, float[1, 8] next, float steps_out) {
      one = Constant <value = float {1}> ()
      threshold = Constant <value = float {0.5}> ()
      p = MatMul (state, weight)
      next = Tanh (p)
      s = ReduceMean <keepdims = 0> (next)
      h = Abs (s)
      goes_on = Less (h, threshold)
      steps_out = Add (steps, one)
    }
  >
}
"""

# A known number of iterations, which use their number and collect what they see.
COLLECT = HEADER + """
collect (float[3, 2] x) => (float[2] sum, float[3, 2] seen) {
  three = Constant <value = int64 {3}> ()
  start = Constant <value = float[2] {0, 1}> ()
  sum, seen = Loop (three, , start) <
    body = step (int64 i, bool going, float[2] total) => (bool on, float[2] next, float[2] copy) {
      on = Identity (going)
      row = Gather <axis = 0> (x, i)
      next = Add (total, row)
      copy = Mul (next, factor)
    }
  >
}
"""

# What is refused.
ENDLESS = PONDER.replace("limit = Constant <value = int64 {6}> ()", "limit = Constant <value = int64 {9000}> ()")
SHAPES = NESTED.replace("If (yes)", "If (c)")
COUNTED = COLLECT.replace("on = Identity (going)", "z = Constant <value = float {0}> ()\n m = ReduceMean <keepdims = 0> (total)\n on = Less (m, z)")


def write(folder, name, text):
    model = onnx.parser.parse_model(text)
    random = np.random.default_rng(1)
    used = {name for name in ("weight", "second", "factor") if name in text}

    def fill(graph):
        read = {name for node in graph.node for name in node.input} & used
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    fill(attribute.g)
        for name in sorted(read):  # constants of the graph that reads them
            shape = (2,) if name == "factor" else (8, 8)
            graph.initializer.append(numpy_helper.from_array(random.standard_normal(shape, np.float32), name))

    fill(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, folder / f"{name}.onnx")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("choice", "nested", "ponder", "collect", "endless", "shapes", "counted"):
        write(folder, name, globals()[name.upper()])
