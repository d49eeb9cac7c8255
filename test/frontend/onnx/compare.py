# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs models by nnc's reference and by onnxruntime, and compares.

    compare.py NNC_RUN_ONNX MODEL...

With X.npz beside X.onnx (in__NAME, out__NAME), these inputs and outputs are used; else inputs are random and the outputs
onnxruntime's. Exits 1 where a model differs.
"""
import collections
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx.reference
import onnxruntime


def make_inputs(session, rng):
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64,
             "tensor(int32)": np.int32, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8,
             "tensor(bool)": np.bool_, "tensor(float16)": np.float16, "tensor(uint32)": np.uint32,
             "tensor(uint64)": np.uint64, "tensor(int16)": np.int16, "tensor(uint16)": np.uint16}
    inputs = {}
    for value in session.get_inputs():
        shape = [extent if isinstance(extent, int) else 1 for extent in value.shape]
        dtype = types[value.type]
        if dtype == np.bool_ or np.issubdtype(dtype, np.integer):
            inputs[value.name] = rng.integers(0, 2 if dtype == np.bool_ else 100, shape).astype(dtype)
        else:
            inputs[value.name] = rng.standard_normal(shape).astype(dtype)
    return inputs


class OnnxReference:
    """onnx's own evaluator, for versions of operators that onnxruntime does not have."""

    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.evaluator = onnx.reference.ReferenceEvaluator(str(path))

    def get_inputs(self):
        constants = {tensor.name for tensor in self.graph.initializer}
        Value = collections.namedtuple("Value", "name shape type")
        return [Value(v.name, [d.dim_value for d in v.type.tensor_type.shape.dim], "tensor(float)")
                for v in self.graph.input if v.name not in constants]

    def run(self, _, inputs):
        return self.evaluator.run(None, inputs)


def open_session(path):
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        return OnnxReference(path)


def load_reference(path, rng):
    """Inputs and expected outputs, in the model's order."""
    session = open_session(path)
    stored = path.with_suffix(".npz")
    if stored.exists():
        data = np.load(stored)
        inputs = {v.name: data["in__" + v.name] for v in session.get_inputs()
                  if "in__" + v.name in data}
        if len(inputs) == len(session.get_inputs()):
            outputs = [data["out__" + v.name] for v in session.get_outputs()
                       if "out__" + v.name in data]
            if len(outputs) == len(session.get_outputs()):
                return inputs, outputs
    inputs = make_inputs(session, rng)
    return inputs, session.run(None, inputs)


def run_nnc(program, path, inputs, outputs):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for index, value in enumerate(inputs.values()):
            np.ascontiguousarray(value).tofile(folder / f"in{index}.bin")
        result = subprocess.run([program, path, folder], capture_output=True, text=True)
        if result.returncode != 0:
            return None, result.stderr.strip() or f"exit {result.returncode}"
        return [np.fromfile(folder / f"out{i}.bin", dtype=o.dtype) for i, o in enumerate(outputs)], ""


def measure(actual, expected):
    """The largest difference, relative to the largest expected magnitude; infinite where shapes or special values differ."""
    expected = np.asarray(expected).reshape(-1)
    if actual.size != expected.size:
        return np.inf
    if expected.dtype.kind in "bui":
        return 0.0 if np.array_equal(actual, expected) else np.inf
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    if same.all():
        return 0.0
    finite = np.isfinite(expected)
    if not (same | (finite & np.isfinite(actual))).all():
        return np.inf
    scale = max(np.abs(expected[finite]).max(), 1e-20)
    return float(np.abs(actual[finite].astype(np.float64) - expected[finite]).max() / scale)


def compare(program, path, rng):
    inputs, outputs = load_reference(path, rng)
    actual, error = run_nnc(program, path, inputs, outputs)
    if actual is None:
        return None, error
    return max(measure(a, e) for a, e in zip(actual, outputs)), ""


def main():
    program, tolerance, failures = sys.argv[1], 2e-5, 0
    for model in sys.argv[2:]:
        path = pathlib.Path(model)
        try:
            difference, error = compare(program, path, np.random.default_rng(0))
        except Exception as exception:  # onnxruntime refuses some models
            print(f"{path.name}: not compared: {str(exception)[:200]}")
            continue
        failed = difference is None or difference > tolerance
        failures += failed
        print(f"{path.name}: {'FAILED' if failed else 'ok'} "
              f"{error[:400] if difference is None else f'{difference:.2e}'}", flush=True)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
