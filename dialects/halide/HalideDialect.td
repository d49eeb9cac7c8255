// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_HALIDE_HALIDEDIALECT_TD
#define DIALECTS_HALIDE_HALIDEDIALECT_TD

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Halide_Dialect : Dialect {
  let name = "halide";
  let cppNamespace = "::nnc::halide";
  let summary = "kernels: what they compute as linalg, how as schedule operations";
  let description = [{
    The exit dialect. A kernel is a function of linalg on tensors, followed by schedule operations that mirror Halide's
    scheduling calls one to one. Each tensor value in a kernel is a Halide Func; its loops carry the names in
    `nnc.iterators`. Schedule operations name a Func by its value and loops by their names. The translation to
    Halide decides nothing.
  }];
}

class Halide_Op<string mnemonic, list<Trait> traits = []> : Op<Halide_Dialect, mnemonic, traits>;

#endif // DIALECTS_HALIDE_HALIDEDIALECT_TD
