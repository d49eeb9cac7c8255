# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressed layers for PyTorch, and the export of networks that use them to ONNX."""

from nnc.torch.export import export
from nnc.torch.halting import ACTBlock, BudgetBlock, ExitBlock, HaltingLSTM, PACTBlock, WithPonder
from nnc.torch.lognormal_noise import LogNormalNoise
from nnc.torch.lstm import LSTM, LSTMSVD
from nnc.torch.perforation import PerforatedConv2d, measure_impact
from nnc.torch.robust import GatedNetwork, RobustGate, compute_robust_evidence
from nnc.torch.tensor_train import TTConv2d, TTLinear
from nnc.torch.variational_dropout import Conv2dSVD, LinearSVD

__all__ = ["ACTBlock", "BudgetBlock", "Conv2dSVD", "ExitBlock", "GatedNetwork", "HaltingLSTM", "LSTM", "LSTMSVD",
           "LinearSVD", "LogNormalNoise", "PACTBlock", "PerforatedConv2d", "RobustGate", "TTConv2d", "TTLinear", "WithPonder",
           "compute_robust_evidence", "export", "measure_impact"]
