# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines that generated code is measured against, in fp32, ready to run on given inputs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import openvino

onnxruntime.set_default_logger_severity(4)


class NothingToCompare(Exception):
    """onnxruntime does not run the model."""


def open_session(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes of errors share no base of their own
        raise NothingToCompare(f"onnxruntime: {error}") from error


def open_onnxruntime(path: Path, inputs: dict[str, np.ndarray], threads: int) -> Callable:
    """Inputs and outputs are bound to memory once, which is the fastest way to call it."""
    session = open_session(path, threads)
    binding = session.io_binding()
    names = [output.name for output in session.get_outputs()]
    for name, array in inputs.items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(array))
    for name, array in zip(names, session.run(names, inputs)):
        binding.bind_ortvalue_output(name, onnxruntime.OrtValue.ortvalue_from_numpy(array))
    return lambda: session.run_with_iobinding(binding)


def open_openvino(path: Path, inputs: dict[str, np.ndarray], threads: int) -> Callable:
    core = openvino.Core()
    model = core.read_model(path)
    if any(port.partial_shape.is_dynamic for port in model.inputs):
        model.reshape({name: list(array.shape) for name, array in inputs.items()})
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32",
                "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    for name, array in inputs.items():
        request.set_tensor(name, openvino.Tensor(array.copy()))
    return request.infer


ENGINES = {"onnxruntime": open_onnxruntime, "openvino": open_openvino}


def describe_engines() -> dict[str, str]:
    return {"onnxruntime": onnxruntime.__version__, "openvino": openvino.__version__}
