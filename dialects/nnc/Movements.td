// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Movements of data: what upstream's tensor dialect has no short static form for.
#ifndef DIALECTS_NNC_MOVEMENTS_TD
#define DIALECTS_NNC_MOVEMENTS_TD

include "dialects/nnc/NncDialect.td"

def Nnc_TransposeOp : Nnc_InferredOp<"transpose", ["getKernelClass"]> {
  let summary = "permutes dimensions";
  let description = [{
    Result dimension i is input dimension permutation[i].

    Constraints:
    - (C1) permutation holds every number from 0 to rank - 1 once.
  }];
  let arguments = (ins Nnc_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input) `->` type($output)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Nnc_ReshapeOp : Nnc_Op<"reshape"> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{
    Constraints:
    - (C1) input and output have the same number of elements and the same element type.
  }];
  let arguments = (ins Nnc_Tensor:$input);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
}

def Nnc_BroadcastOp : Nnc_Op<"broadcast"> {
  let summary = "repeats along dimensions of extent 1 and along new leading dimensions";
  let description = [{
    Dimensions are aligned at the last one, as in NumPy and ONNX.

    Constraints:
    - (C1) the input's rank does not exceed the output's.
    - (C2) each input dimension is 1 or equals the output's.
    - (C3) the element types are equal.
  }];
  let arguments = (ins Nnc_Tensor:$input);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Nnc_GatherOp : Nnc_InferredOp<"gather", ["getKernelClass"]> {
  let summary = "picks slices of one dimension by index";
  let description = [{
    output[i..., j..., k...] = input[i..., indices[j...], k...], where i are the dimensions before `axis`, k those after it.
    Indices are in 0 ... extent - 1; an index outside is clamped.

    Constraints:
    - (C1) axis is at least 0 and below the input's rank.
    - (C2) indices are integers.
  }];
  let arguments = (ins Nnc_Tensor:$input, StaticShapeTensorOf<[I32, I64]>:$indices, I64Attr:$axis);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input `at` $indices `axis` `=` $axis attr-dict `:` type($input) `,` type($indices) `->` type($output)";
}

#endif // DIALECTS_NNC_MOVEMENTS_TD
