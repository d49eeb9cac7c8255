# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs ONNX's own backend tests by nnc's reference.

    conformance.py NNC_RUN_ONNX [--verbose] [NAME...]

Inputs that nnc needs to know when it compiles (shapes, axes, ...) become initializers. Prints how many tests agree, are refused and
differ; exits 1 where one differs or where nnc ends by a signal. Without names, all tests run.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnx.backend.test
from onnx import numpy_helper

warnings.filterwarnings("ignore")

# What nnc says about inputs that it must know when it compiles, or that are empty.
HINTS = ("computed from the model's input", "which is out of range")
# nnc takes the length of the resized tensor, as onnxruntime does; the test takes the length before rounding.
KNOWN = {"test_resize_downsample_scales_linear_align_corners"}

Case = collections.namedtuple("Case", "name model inputs outputs rtol atol")


def node_cases():
    from onnx.backend.test.case.node import collect_testcases

    for test in collect_testcases(None):
        inputs, outputs = test.data_sets[0]
        yield Case(test.name, test.model, inputs, outputs, test.rtol, test.atol)


def stored_cases():
    root = pathlib.Path(onnx.backend.test.__file__).parent / "data"
    for folder in sorted(root.glob("pytorch-*/*")) + sorted(root.glob("simple/*")):
        def read(pattern):
            protos = []
            for path in sorted(folder.glob("test_data_set_0/" + pattern)):
                protos.append(numpy_helper.to_array(onnx.load_tensor(path)))
            return protos

        try:
            yield Case(folder.name, onnx.load(folder / "model.onnx"), read("input_*.pb"),
                       read("output_*.pb"), 1e-3, 1e-5)
        except Exception:  # sequences and optional values are not tensors
            continue


def is_tensor(value):
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biuf"


def freeze_inputs(case):
    """All inputs but the first become initializers."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    for value, array in list(zip(model.graph.input, case.inputs))[1:]:
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), value.name))
    kept = [value for value in model.graph.input][:1]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    return case._replace(model=model, inputs=case.inputs[:1])


def freeze_all(case):
    frozen = freeze_inputs(case)
    first = frozen.model.graph.input[0].name
    frozen.model.graph.initializer.append(
        numpy_helper.from_array(np.asarray(case.inputs[0]), first))
    del frozen.model.graph.input[:]
    return frozen._replace(inputs=[])


def run(program, case):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        onnx.save(case.model, folder / "model.onnx")
        for index, array in enumerate(case.inputs):
            np.ascontiguousarray(array).tofile(folder / f"in{index}.bin")
        result = subprocess.run([program, folder / "model.onnx", folder], capture_output=True,
                                text=True, timeout=300)
        if result.returncode != 0:
            return result.returncode, result.stderr, None
        return 0, "", [np.fromfile(folder / f"out{i}.bin", dtype=np.asarray(o).dtype)
                       for i, o in enumerate(case.outputs)]


def agrees(case, actual):
    for got, expected in zip(actual, case.outputs):
        expected = np.asarray(expected)
        if got.size != expected.size:
            return f"{got.size} elements instead of {expected.shape}"
        got = got.reshape(expected.shape)
        if expected.dtype.kind != "f" and not np.array_equal(got, expected):
            return f"{got} instead of {expected}"
        if expected.dtype.kind != "f":
            continue
        tolerance = max(case.rtol, 4e-3 if expected.dtype.itemsize == 2 else 0)
        if not np.allclose(got, expected, tolerance, max(case.atol, 1e-6), equal_nan=True):
            return f"{got} instead of {expected}"
    return None


def check(program, case):
    """(outcome, detail): agrees, refused or WRONG."""
    if not all(is_tensor(value) for value in [*case.inputs, *case.outputs]):
        return "refused", "values that are not tensors of numbers"
    code, error, actual = run(program, case)
    for freeze in (freeze_inputs, freeze_all):
        if code == 1 and any(hint in error for hint in HINTS) and case.inputs:
            code, error, actual = run(program, freeze(case))
    if code == 0:
        difference = agrees(case, actual)
        if difference and case.name not in KNOWN:
            return "WRONG", difference
        return "agrees", ""
    lines = error.strip().splitlines() or [""]
    return ("refused" if code == 1 else "WRONG"), lines[0].split("error: ", 1)[-1][:160]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    cases = [case for source in (node_cases, stored_cases) for case in source()
             if not arguments.names or any(name in case.name for name in arguments.names)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda case: check(arguments.program, case), cases))
    counts = collections.Counter(outcome for outcome, _ in results)
    for case, (outcome, detail) in zip(cases, results):
        if outcome == "WRONG" or (arguments.verbose and outcome == "refused"):
            print(f"{outcome} {case.name}: {detail}")
    print(f"{counts['agrees']} agree, {counts['refused']} are refused, {counts['WRONG']} differ")
    return counts["WRONG"] != 0


if __name__ == "__main__":
    sys.exit(main())
