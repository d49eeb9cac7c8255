# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which models the benchmarks take, and with which inputs and expected outputs."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parent.parent
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"

# What nnc does not read yet: a reason, and the operators it shows in.
SKIPPED = {
    "control flow": {"If", "Loop", "Scan"},
    "recurrent cells": {"LSTM", "GRU", "RNN"},
    "quantization": {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger"},
    "tree ensembles": {"TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"},
}


@dataclass
class Model:
    """A model file with one set of inputs by name and, where somebody stored them, the outputs."""

    name: str
    path: Path
    inputs: dict[str, np.ndarray]
    expected: dict[str, np.ndarray] = field(default_factory=dict)
    nodes: int = 0
    skipped: str = ""
    options: list[str] = field(default_factory=list)

    def save_arrays(self, path: Path) -> None:
        """Inputs as in__NAME and outputs as out__NAME, as `nnc check` takes them."""
        arrays = {f"in__{name}": value for name, value in self.inputs.items()}
        arrays |= {f"out__{name}": value for name, value in self.expected.items()}
        # Names of tensors may hold "/", which np.savez would take for a folder of the archive: that is intended.
        np.savez(path, **arrays)


def get_models_folder(given: str | None) -> Path | None:
    """The folder of models that are not part of the repository: the option, NNC_MODELS, or beside the checkout."""
    folder = Path(given or os.environ.get("NNC_MODELS") or ROOT.parent / "shared/data/models")
    return folder if folder.is_dir() else None


def list_graphs(graph: onnx.GraphProto) -> list[onnx.GraphProto]:
    """A graph and those inside its nodes."""
    inner = [attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g")]
    return [graph] + [g for branch in inner for g in list_graphs(branch)]


def explain_skip(proto: onnx.ModelProto) -> str:
    graphs = list_graphs(proto.graph)
    operators = {node.op_type for graph in graphs for node in graph.node}
    reasons = [reason for reason, names in SKIPPED.items() if operators & names]
    types = {tensor.data_type for graph in graphs for tensor in graph.initializer}
    types |= {value.type.tensor_type.elem_type for value in proto.graph.input}
    if onnx.TensorProto.FLOAT16 in types:
        reasons.append("fp16")
    return ", ".join(reasons)


def list_inputs(proto: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    constants = {tensor.name for tensor in proto.graph.initializer}
    return [value for value in proto.graph.input if value.name not in constants]


def make_ramp(value: onnx.ValueInfoProto) -> np.ndarray:
    """The input that the outputs beside the light models belong to (onnx's generate_dummy_data)."""
    shape = [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
    count = int(np.prod(shape))
    return (np.arange(count).reshape(shape) / count).astype(np.float32)


def make_random(value: onnx.ValueInfoProto, rng: np.random.Generator) -> np.ndarray:
    tensor = value.type.tensor_type
    shape = [dim.dim_value or 1 for dim in tensor.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    if dtype.kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 2, shape).astype(dtype)


def get_dimension_options(proto: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> list[str]:
    """`--dim` for each open dimension of an input, as the inputs at hand have it."""
    options = []
    for value in list_inputs(proto):
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if dim.dim_value <= 0:
                symbol = dim.dim_param or f"{value.name}:{axis}"
                options.append(f"--dim={symbol}={inputs[value.name].shape[axis]}")
    return sorted(set(options))


def load_light(path: Path) -> Model:
    proto = onnx.load(path)
    inputs = {value.name: make_ramp(value) for value in list_inputs(proto)}
    expected = {}
    for index, output in enumerate(proto.graph.output):
        stored = path.with_name(f"{path.stem}_output_{index}.pb")
        if stored.exists():
            expected[output.name] = numpy_helper.to_array(onnx.load_tensor(stored))
    return Model(path.stem, path, inputs, expected, len(proto.graph.node))


def load_stored(path: Path, root: Path) -> Model:
    """A model with X.npz beside X.onnx; with random inputs where that is missing."""
    proto = onnx.load(path)
    model = Model(str(path.relative_to(root).with_suffix("")), path, {}, nodes=len(proto.graph.node),
                  skipped=explain_skip(proto))
    if model.skipped:
        return model
    rng = np.random.default_rng(0)
    stored = dict(np.load(path.with_suffix(".npz"))) if path.with_suffix(".npz").exists() else {}
    for value in list_inputs(proto):
        model.inputs[value.name] = stored.get(f"in__{value.name}", make_random(value, rng))
    model.expected = {name[5:]: array for name, array in stored.items() if name.startswith("out__")}
    model.options = get_dimension_options(proto, model.inputs)
    return model


def list_models(folder: Path | None, only: str = "") -> list[Model]:
    """The example, the light models and those of the folder, whose name contains `only`."""
    example = ROOT / "examples/01-digits/digits.onnx"
    loaders = [(example, lambda: load_stored(example, ROOT))]
    loaders += [(path, lambda path=path: load_light(path)) for path in sorted(LIGHT.glob("light_*.onnx"))]
    if folder:
        loaders += [(path, lambda path=path: load_stored(path, folder)) for path in sorted(folder.rglob("*.onnx"))]
    return [load() for path, load in loaders if only in str(path)]
