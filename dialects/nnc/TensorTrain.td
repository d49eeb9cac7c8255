// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layers whose weights are tensor trains, and the merging of cores.
#ifndef DIALECTS_NNC_TENSORTRAIN_TD
#define DIALECTS_NNC_TENSORTRAIN_TD

include "mlir/IR/EnumAttr.td"
include "dialects/nnc/NncDialect.td"

def Nnc_ContractionOrder : I32EnumAttr<"ContractionOrder", "which core of a train is contracted first", [
    I32EnumAttrCase<"FirstToLast", 0, "first_to_last">, I32EnumAttrCase<"LastToFirst", 1, "last_to_first">]> {
  let cppNamespace = "::nnc";
}

def Nnc_TtLinearOp : Nnc_InferredOp<"tt_linear", ["getFlops", "getKernelClass"], [AttrSizedOperandSegments]> {
  let summary = "fully connected layer whose weight is a matrix in tensor-train form: x W + b";
  let description = [{
    W((i1 ... id), (j1 ... jd)) = G1[i1, j1] ... Gd[id, jd] (Novikov et al., arXiv:1509.06569, equation 3). `input` is M x K with
    K = m1 ... md, core k is r(k-1) x m(k) x n(k) x r(k), `bias` N with N = n1 ... nd. The first mode is the most significant one (row-major). W
    is never built: cores are contracted with the input one after another, in `order`.

    Constraints:
    - (C1) there is at least one core.
    - (C2) the first core's first rank and the last core's last rank are 1; ranks of neighbours are equal.
    - (C3) the product of the input modes m is the number of input columns.
    - (C4) bias, if present, has as many elements as the product of the output modes n.

    ```mlir
    %y = nnc.tt_linear %x cores(%g1, %g2) bias(%b)
       : tensor<1x6xf32>, (tensor<1x2x3x4xf32>, tensor<4x3x5x1xf32>), tensor<15xf32> -> tensor<1x15xf32>
    ```
  }];
  let arguments = (ins Nnc_Matrix:$input, Variadic<Nnc_Image>:$cores, Optional<Nnc_Vector>:$bias,
    DefaultValuedAttr<Nnc_ContractionOrder, "ContractionOrder::LastToFirst">:$order);
  let results = (outs Nnc_Matrix:$output);
  let assemblyFormat = [{
    $input `cores` `(` $cores `)` (`bias` `(` $bias^ `)`)? (`order` `(` $order^ `)`)? attr-dict `:`
    type($input) `,` `(` type($cores) `)` (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_TtConv2dOp : Nnc_InferredOp<"tt_conv2d", ["getFlops", "getKernelClass"], [AttrSizedOperandSegments]> {
  let summary = "two-dimensional convolution whose filter is a tensor train";
  let description = [{
    K(i, j, (c1 ... cd), (s1 ... sd)) = G0[i, j] G1[c1, s1] ... Gd[cd, sd] (Garipov et al., arXiv:1611.03214, equation 6). `input` is N x H x W x C
    with C = c1 ... cd, `spatial` KH x KW x r(0), core k is r(k-1) x c(k) x s(k) x r(k), `bias` S with S = s1 ... sd. The four-way train of the kernel
    (rows, columns, input channels, output channels), which the paper calls naive, is the one with two cores of modes (C, 1) and (1, S).
    `first_to_last` filters the input with G0 first; `last_to_first` contracts the channels of every pixel first.

    Constraints:
    - (C1) strides and dilations are two numbers of at least 1; pads are four numbers of at least 0.
    - (C2) there is at least one core; the first core's first rank is that of `spatial`, the last core's last rank is 1, ranks of neighbours are equal.
    - (C3) the product of the input modes c is the number of input channels.
    - (C4) bias, if present, has as many elements as the product of the output modes s.
    - (C5) the dilated filter fits into the padded input.

    ```mlir
    %y = nnc.tt_conv2d %x spatial(%g0) cores(%g1, %g2) {pads = array<i64: 1, 1, 1, 1>}
       : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x2x3x4xf32>, tensor<4x3x5x1xf32>) -> tensor<1x8x8x15xf32>
    ```
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_TensorOfRank<3>:$spatial, Variadic<Nnc_Image>:$cores, Optional<Nnc_Vector>:$bias,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<Nnc_ContractionOrder, "ContractionOrder::FirstToLast">:$order);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $input `spatial` `(` $spatial `)` `cores` `(` $cores `)` (`bias` `(` $bias^ `)`)? (`order` `(` $order^ `)`)? attr-dict `:`
    type($input) `,` type($spatial) `,` `(` type($cores) `)` (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_TtMergeOp : Nnc_InferredOp<"tt_merge", ["getFlops"]> {
  let summary = "two neighbouring cores of a tensor train as one";
  let description = [{
    r0 x m1 x n1 x r1 and r1 x m2 x n2 x r2 become r0 x (m1 m2) x (n1 n2) x r2: the sum over r1 of their products. Merging all cores
    gives the matrix.

    Constraints:
    - (C1) the first core's last rank is the second core's first rank.
  }];
  let arguments = (ins Nnc_Image:$first, Nnc_Image:$second);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = "$first `,` $second attr-dict `:` type($first) `,` type($second) `->` type($output)";
}

#endif // DIALECTS_NNC_TENSORTRAIN_TD
