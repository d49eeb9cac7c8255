"""A small classifier of images, labelled data for it, a loss in ONNX, and what its impact is.

    small_classifier.py make FOLDER            model.onnx, data.npz, unlabelled.npz, loss.onnx
    small_classifier.py impact FOLDER FILE     compares importances with those by hand
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

EXAMPLES, SIDE, CHANNELS, CLASSES = 24, 12, 4, 3


def make_arrays():
    random = np.random.default_rng(5)
    sizes = {"w": (CHANNELS, 1, 3, 3), "b": (CHANNELS,), "v": (CHANNELS * (SIDE // 2)**2, CLASSES)}
    weights = {name: random.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    return weights, random.normal(size=(EXAMPLES, 1, SIDE, SIDE)).astype(np.float32)


def run(weights, x):
    """The convolution's result [N, C, H, W], its sigmoid, which of each window is the largest, and the logits."""
    padded = np.pad(x[:, 0], ((0, 0), (1, 1), (1, 1))).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    conv = np.einsum("nyxij,cij->ncyx", windows, weights["w"][:, 0]) + weights["b"][:, None, None]
    active = 1 / (1 + np.exp(-conv))
    cells = active.reshape(len(x), CHANNELS, SIDE // 2, 2, SIDE // 2, 2)
    pooled = cells.max(axis=(3, 5))
    largest = (cells == pooled[:, :, :, None, :, None]).reshape(active.shape)
    return conv, active, largest, pooled.reshape(len(x), -1) @ weights["v"]


def compute_impact(weights, x, labels):
    conv, active, largest, logits = run(weights, x)
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    pooled = (shares - np.eye(CLASSES)[labels]) @ weights["v"].T
    whole = pooled.reshape(len(x), CHANNELS, SIDE // 2, SIDE // 2).repeat(2, 2).repeat(2, 3)
    return np.abs(whole * largest * active * (1 - active) * conv).sum(axis=1).mean(axis=0)


def save(path, nodes, inputs, outputs, weights):
    value = lambda item: helper.make_tensor_value_info(item[0], item[1], item[2])  # noqa: E731
    graph = helper.make_graph(nodes, "network", [value(i) for i in inputs], [value(o) for o in outputs],
                              [numpy_helper.from_array(array, name) for name, array in weights.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    weights, x = make_arrays()
    labels = run(weights, x)[3].argmax(1)
    labels[::6] = (labels[::6] + 1) % CLASSES  # not all are right
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["conv"], name="conv", pads=[1, 1, 1, 1]),
             helper.make_node("Sigmoid", ["conv"], ["active"], name="active"),
             helper.make_node("MaxPool", ["active"], ["pooled"], name="pool", kernel_shape=[2, 2], strides=[2, 2]),
             helper.make_node("Flatten", ["pooled"], ["flat"], name="flat"),
             helper.make_node("MatMul", ["flat", "v"], ["logits"], name="fc")]
    real = TensorProto.FLOAT
    save(folder / "model.onnx", nodes, [("x", real, ["N", 1, SIDE, SIDE])], [("logits", real, ["N", CLASSES])], weights)
    nodes = [helper.make_node("Sub", ["logits", "labels"], ["d"]), helper.make_node("Mul", ["d", "d"], ["squares"]),
             helper.make_node("ReduceMean", ["squares"], ["loss"], axes=[1], keepdims=0)]
    save(folder / "loss.onnx", nodes, [("logits", real, ["N", CLASSES]), ("labels", real, ["N", CLASSES])],
         [("loss", real, ["N"])], {})
    np.savez(folder / "data.npz", x=x, labels=labels)
    np.savez(folder / "numbers.npz", x=x, labels=(run(weights, x)[3] + 0.1).astype(np.float32))
    np.savez(folder / "unlabelled.npz", x=x)
    np.savez(folder / "wrong.npz", x=x[:, :, 1:], labels=labels)
    np.savez(folder / "classes.npz", x=x, labels=labels + CLASSES)


def compare(folder, path):
    data = np.load(folder / "data.npz")
    expected = compute_impact(make_arrays()[0], data["x"], data["labels"])
    impact = np.load(path)["conv"]
    error = np.abs(impact - expected).max() / expected.max()
    print(f"largest error {error:.1e} of {expected.max():.3f}")
    assert impact.shape == expected.shape and error < 1e-5


what, folder, *rest = sys.argv[1:]
make(Path(folder)) if what == "make" else compare(Path(folder), *rest)
