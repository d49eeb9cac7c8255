# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The learning side of nnc: compressed layers, and their way into ONNX files that nnc compiles."""
