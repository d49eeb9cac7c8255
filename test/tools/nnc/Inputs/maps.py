# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs for a block that halts, and a check of what was counted and drawn.

    maps.py make FILE
    maps.py check FOLDER    with in.npz, out.npz, block.onnx and maps/
"""

import sys
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper


def read_png(path):
    """[H, W, 3] of a PNG with eight bits a colour and rows without filters; checksums are checked."""
    content, chunks = path.read_bytes(), {}
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(content):
        length = int.from_bytes(content[at:at + 4], "big")
        kind, body = content[at + 4:at + 8], content[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(content[at + 8 + length:at + 12 + length], "big")
        chunks[kind] = body
        at += 12 + length
    width, height = (int.from_bytes(chunks[b"IHDR"][i:i + 4], "big") for i in (0, 4))
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def count_by_onnxruntime(folder):
    """Units by position, from the masks of the choices between states."""
    model = onnx.load(folder / "block.onnx")
    masks = sorted({node.input[0] for node in model.graph.node if node.op_type == "Where"})
    model.graph.output.extend(helper.make_empty_tensor_value_info(mask) for mask in masks)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    results = session.run(masks, dict(np.load(folder / "in.npz")))
    return 1 + sum(result.astype(np.int32) for result in results)


if __name__ == "__main__":
    path = Path(sys.argv[2])
    if sys.argv[1] == "make":
        x = np.random.default_rng(1).standard_normal((2, 3, 16, 16), dtype=np.float32)
        x[0, :, :, :8] = 0
        np.savez(path, x=x)
    else:
        units = np.load(path / "out.npz")["units"]
        assert (units == count_by_onnxruntime(path)).all() and units.min() < units.max()
        for sample in range(2):
            picture = read_png(path / f"maps/units_{sample}.png")
            assert picture.shape == (192, 384, 3)
            cells = picture[6::12, 192 + 6::12].astype(int)  # of the map: red above blue where more units ran
            warm, ran = cells[..., 0] - cells[..., 2], units[sample, 0]
            assert ran.min() == ran.max() or warm[ran == ran.max()].min() > warm[ran == ran.min()].max()
