// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_NNC_NNCDIALECT_TD
#define DIALECTS_NNC_NNCDIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/nnc/NncInterfaces.td"

def Nnc_Dialect : Dialect {
  let name = "nnc";
  let cppNamespace = "::nnc";
  let summary = "what a trained network computes, approximations included";
  let description = [{
    Operations on statically shaped tensors. Images are NHWC (batch, rows, columns, channels), filters are
    HWIO, as in MLIR's named convolutions. Element-wise arithmetic, constants, slices and concatenation are upstream's
    (`arith`, `math`, `tensor`); this dialect has the layers that approximations act on, and the few movements of
    data that upstream has no short form for.

    Discardable attributes: `nnc.name` on arguments and results of `@main` is the name the model gives them;
    `nnc.iterators` on a `linalg.generic` names its loops, outermost first, for schedules and generated code.
  }];
  let hasConstantMaterializer = 1;
}

/// `answers` are the questions of MeaningOpInterface that the operation answers itself, besides its meaning.
class Nnc_Op<string mnemonic, list<string> answers = [], list<Trait> traits = []>
    : Op<Nnc_Dialect, mnemonic,
         !listconcat([Pure, DeclareOpInterfaceMethods<MeaningOpInterface, answers>], traits)>;

/// The result type follows from operands and attributes.
class Nnc_InferredOp<string mnemonic, list<string> answers = [], list<Trait> traits = []>
    : Nnc_Op<mnemonic, answers, !listconcat([InferTypeOpAdaptor], traits)>;

def Nnc_Tensor : StaticShapeTensorOf<[AnySignlessInteger, AnyFloat]>;
class Nnc_TensorOfRank<int rank>
    : ConfinedType<Nnc_Tensor, [HasAnyRankOfPred<[rank]>],
                   "statically shaped tensor of rank " # rank, "::mlir::RankedTensorType">;
def Nnc_Vector : Nnc_TensorOfRank<1>;
def Nnc_Matrix : Nnc_TensorOfRank<2>;
def Nnc_Image : Nnc_TensorOfRank<4>;
def Nnc_Indices : ConfinedType<StaticShapeTensorOf<[I32]>, [HasAnyRankOfPred<[2]>], "matrix of 32-bit integers", "::mlir::RankedTensorType">;

#endif // DIALECTS_NNC_NNCDIALECT_TD
