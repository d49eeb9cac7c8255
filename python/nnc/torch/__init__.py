# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressed layers for PyTorch, and the export of networks that use them to ONNX."""

from nnc.torch.export import export
from nnc.torch.tensor_train import TTConv2d, TTLinear

__all__ = ["TTConv2d", "TTLinear", "export"]
