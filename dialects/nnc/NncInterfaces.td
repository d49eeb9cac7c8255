// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_NNC_NNCINTERFACES_TD
#define DIALECTS_NNC_NNCINTERFACES_TD

include "mlir/IR/OpBase.td"

def MeaningOpInterface : OpInterface<"MeaningOpInterface"> {
  let cppNamespace = "::nnc";
  let description = [{
    The meaning of an operation, written once, as linalg on tensors. The reference engine runs it, kernels are
    made from it, and constants are folded with it.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the linalg that computes this operation's results at the builder's insertion point and returns
      their values, of exactly the result types. Every `linalg.generic` it makes carries `nnc.iterators`.
      Loops are named n, y, x, k (output channel), ky, kx, c (input channel) where these exist, else d0, d1, ...
      Does not erase the operation.
    }], "::llvm::SmallVector<::mlir::Value>", "buildMeaning", (ins "::mlir::OpBuilder &":$builder)>,
    InterfaceMethod<[{
      Floating-point operations of one execution; a multiply-add counts as two; comparisons in a maximum count
      as one; movement of data counts as none.
    }], "int64_t", "getFlops", (ins), "", [{ return 0; }]>,
    InterfaceMethod<[{
      The class of kernel that this operation is the heart of ("conv2d", "linear", "pool", ...): the name of a schedule
      record in lowering/schedule. Element-wise operations join the kernels of others and are "elementwise".
    }], "::llvm::StringRef", "getKernelClass", (ins), "", [{ return "elementwise"; }]>,
    InterfaceMethod<[{
      Whether the operation reads its first operand with padding around it.
    }], "bool", "padsInput", (ins), "", [{ return false; }]>
  ];
}

def RecurrentOpInterface : OpInterface<"RecurrentOpInterface"> {
  let cppNamespace = "::nnc";
  let description = [{
    An operation that is one computation, repeated. The first operand is a sequence, the last one the state before the first step, the others are
    the same for all steps; the only result is the sequence of states after each step. Along a sequence is its first dimension.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the linalg of one step at the insertion point and returns the state after it. `operands` are the operation's, but the first is that
      step's element of the sequence (without the first dimension), and the last the state before that step.
    }], "::mlir::Value", "buildStep", (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands)>,
    InterfaceMethod<"Whether the first step is the last of the sequence.", "bool", "isBackward">
  ];
}

#endif // DIALECTS_NNC_NNCINTERFACES_TD
