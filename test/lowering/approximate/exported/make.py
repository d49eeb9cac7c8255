# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the ONNX files beside it: one fully connected layer each, whose weight is a tensor train.

    pip install torch==2.15 tensorly==0.10 tensorly-torch==0.5 tntorch==1.1.2 onnxscript==0.7.2
    make.py

Modes are 8x8x8 -> 8x8x4, ranks 3, five rows. `-script` is by the exporter that traces, `-dynamo` by the newer one, which folds
constants: where cores are multiplied with each other it leaves a matrix, and tntorch's product it does not export.
"""
import pathlib

import tltorch
import tntorch
import torch

INPUTS, OUTPUTS, RANK, ROWS = [8, 8, 8], [8, 8, 4], 3, 5


class TntorchLayer(torch.nn.Module):
    """tntorch's TT matrix as a layer: its own product, or the matrix that it stands for."""

    def __init__(self, is_dense):
        super().__init__()
        self.matrix = tntorch.TTMatrix(torch.randn(512, 256) / 16, [RANK, RANK], INPUTS, OUTPUTS)
        self.cores = torch.nn.ParameterList(core.contiguous() for core in self.matrix.cores)
        self.is_dense = is_dense

    def forward(self, x):
        self.matrix.cores = list(self.cores)
        return x @ self.matrix.torch() if self.is_dense else tntorch.tt_multiply(self.matrix, x)


class CoresLayer(torch.nn.Module):
    """Cores of r x m x n x r and a bias."""

    def __init__(self):
        super().__init__()
        ranks = [1, RANK, RANK, 1]
        self.cores = torch.nn.ParameterList(
            torch.randn(ranks[k], INPUTS[k], OUTPUTS[k], ranks[k + 1]) / 4 for k in range(3))
        self.bias = torch.nn.Parameter(torch.randn(256))


class EinsumLayer(CoresLayer):
    """One einsum, the cores first."""

    def forward(self, x):
        y = torch.einsum("pxiq,qyjr,rzks,bxyz->bijk", *self.cores, x.reshape(-1, *INPUTS))
        return y.reshape(-1, 256) + self.bias


class T3fLayer(CoresLayer):
    """The loop of t3f (tt_dense_matmul in t3f/ops.py): from the last core on, of the transposed input."""

    def forward(self, x):
        data = x.reshape(-1, INPUTS[2], 1)
        for k in (2, 1, 0):
            data = torch.einsum("ajib,rjb->ira", self.cores[k], data)
            if k > 0:
                data = data.reshape(-1, INPUTS[k - 1], RANK)
        return data.reshape(256, ROWS).T + self.bias


class TensordotLayer(CoresLayer):
    """Mode after mode by tensordot, which exporters write as MatMul of transposes."""

    def forward(self, x):
        state = x.reshape(-1, *INPUTS, 1)
        for core in self.cores:
            state = torch.tensordot(state, core, dims=([1, state.dim() - 1], [1, 0]))
        return state.reshape(-1, 256) + self.bias


class MatmulLayer(CoresLayer):
    """Cores as matrices on the left of a batch."""

    def forward(self, x):
        state = x.reshape(ROWS, INPUTS[0], -1)
        for k, core in enumerate(self.cores):
            matrix = core.permute(2, 3, 0, 1).reshape(core.shape[2] * core.shape[3], -1)
            state = torch.matmul(matrix, state)
            if k < 2:
                state = state.reshape(ROWS, core.shape[2], RANK, INPUTS[k + 1], -1).permute(0, 2, 3, 4, 1)
                state = state.reshape(ROWS, RANK * INPUTS[k + 1], -1)
        return state.transpose(1, 2).reshape(ROWS, 256) + self.bias


def make_tltorch(implementation):
    layer = tltorch.FactorizedLinear(tuple(INPUTS), tuple(OUTPUTS), factorization="blocktt", rank=RANK,
                                     implementation=implementation)
    return layer.eval()


LAYERS = {
    "tltorch-factorized": (lambda: make_tltorch("factorized"), ("script", "dynamo")),
    "tltorch-reconstructed": (lambda: make_tltorch("reconstructed"), ("script",)),
    "tntorch-multiply": (lambda: TntorchLayer(is_dense=False), ("script",)),
    "tntorch-matrix": (lambda: TntorchLayer(is_dense=True), ("script",)),
    "einsum": (EinsumLayer, ("script", "dynamo")),
    "t3f": (T3fLayer, ("script", "dynamo")),
    "tensordot": (TensordotLayer, ("script", "dynamo")),
    "matmul": (MatmulLayer, ("script", "dynamo")),
}


def export(layer, exporter, path):
    if exporter == "dynamo":
        program = torch.onnx.export(layer, (torch.randn(ROWS, 512),), dynamo=True)
        for node in program.model.graph:  # the traces of Python calls, which are larger than the weights
            node.metadata_props.clear()
        program.save(str(path))
    else:
        torch.onnx.export(layer, (torch.randn(ROWS, 512),), str(path), dynamo=False)


def main():
    torch.manual_seed(0)
    for name, (make, exporters) in LAYERS.items():
        for exporter in exporters:
            with torch.no_grad():
                export(make(), exporter, pathlib.Path(__file__).parent / f"{name}-{exporter}.onnx")


if __name__ == "__main__":
    main()
