// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layers: convolutions, matrix products, pooling, normalization.
#ifndef DIALECTS_NNC_LAYERS_TD
#define DIALECTS_NNC_LAYERS_TD

include "mlir/IR/EnumAttr.td"
include "dialects/nnc/NncDialect.td"

def Nnc_Conv2dOp : Nnc_InferredOp<"conv2d", ["getFlops", "getKernelClass", "padsInput"]> {
  let summary = "two-dimensional convolution (correlation), grouped or depthwise";
  let description = [{
    `input` is N x H x W x C, `filter` KH x KW x (C / groups) x K, `bias` K. Output channel k belongs to group
    k / (K / groups). `pads` (top, left, bottom, right) are zeros. `groups = C` is a depthwise convolution.

    Constraints:
    - (C1) strides and dilations are two numbers of at least 1; pads are four numbers of at least 0.
    - (C2) groups divides both C and K, and the filter has C / groups input channels.
    - (C3) bias, if present, has K elements.
    - (C4) the dilated filter fits into the padded input.

    ```mlir
    %y = nnc.conv2d %x, %w bias(%b) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>}
       : tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>, tensor<16xf32> -> tensor<1x8x8x16xf32>
    ```
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_Image:$filter, Optional<Nnc_Vector>:$bias,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $input `,` $filter (`bias` `(` $bias^ `)`)? attr-dict `:`
    type($input) `,` type($filter) (`,` type($bias)^)? `->` type($output)
  }];
  let extraClassDeclaration = [{
    bool isDepthwise() {
      int64_t groups = getGroups();
      return groups != 1 && groups == getInput().getType().getDimSize(3);
    }
  }];
}

def Nnc_ConvTranspose2dOp : Nnc_InferredOp<"conv_transpose2d", ["getFlops", "getKernelClass"]> {
  let summary = "transposed two-dimensional convolution";
  let description = [{
    The adjoint of `conv2d` in its input. `input` is N x H x W x C, `filter` KH x KW x C x (K / groups), `bias` K. Input channel c
    belongs to group c / (C / groups). Output rows: (H - 1) * stride + dilation * (KH - 1) + 1 + output_padding - top - bottom.

    Constraints:
    - (C1) strides and dilations are two numbers of at least 1; pads are four, output_padding two numbers of at least 0.
    - (C2) groups divides C, and the filter has C input channels.
    - (C3) bias, if present, has K elements.
    - (C4) the output has at least one row and column.
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_Image:$filter, Optional<Nnc_Vector>:$bias,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$output_padding,
    DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $input `,` $filter (`bias` `(` $bias^ `)`)? attr-dict `:`
    type($input) `,` type($filter) (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_LinearOp : Nnc_InferredOp<"linear", ["getFlops", "getKernelClass"]> {
  let summary = "fully connected layer: x W + b";
  let description = [{
    `input` is M x K (rows are samples or positions), `weight` K x N, `bias` N.

    Constraints:
    - (C1) the input's last dimension equals the weight's first.
    - (C2) bias, if present, has N elements.
  }];
  let arguments = (ins Nnc_Matrix:$input, Nnc_Matrix:$weight, Optional<Nnc_Vector>:$bias);
  let results = (outs Nnc_Matrix:$output);
  let assemblyFormat = [{
    $input `,` $weight (`bias` `(` $bias^ `)`)? attr-dict `:`
    type($input) `,` type($weight) (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_MatmulOp : Nnc_InferredOp<"matmul", ["getFlops", "getKernelClass"]> {
  let summary = "batched matrix product of two computed tensors";
  let description = [{
    `lhs` is B x M x K, `rhs` B x K x N.

    Constraints:
    - (C1) both have the same batch dimension.
    - (C2) the last dimension of lhs equals the middle one of rhs.
  }];
  let arguments = (ins Nnc_TensorOfRank<3>:$lhs, Nnc_TensorOfRank<3>:$rhs);
  let results = (outs Nnc_TensorOfRank<3>:$output);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($output)";
}

class Nnc_PoolOp<string mnemonic> : Nnc_InferredOp<mnemonic, ["getFlops", "getKernelClass", "padsInput"]> {
  let arguments = (ins Nnc_Image:$input, DenseI64ArrayAttr:$kernel,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
}

def Nnc_MaxPool2dOp : Nnc_PoolOp<"max_pool2d"> {
  let summary = "maximum over windows; padding never wins";
  let description = [{
    `input` is N x H x W x C.

    Constraints:
    - (C1) kernel, strides and dilations are two numbers of at least 1; pads are four numbers of at least 0.
    - (C2) the dilated window fits into the padded input.
    - (C3) each pad is smaller than the dilated window, so that no window lies in padding alone.
  }];
}

def Nnc_AvgPool2dOp : Nnc_PoolOp<"avg_pool2d"> {
  let summary = "mean over windows; padding is not counted";
  let description = [{
    `input` is N x H x W x C. The divisor is the number of window elements inside the input. Averages that count padding are a
    `tensor.pad` before this operation.

    Constraints: (C1), (C2) and (C3) of `max_pool2d`.
  }];
}

def Nnc_BatchNormOp : Nnc_Op<"batch_norm", ["getFlops"], [AllTypesMatch<["input", "output"]>]> {
  let summary = "normalization with stored statistics over the last dimension";
  let description = [{
    (x - mean) / sqrt(variance + epsilon) * scale + shift, per channel, the last dimension.

    Constraints:
    - (C1) scale, shift, mean and variance have as many elements as the input has channels.
    - (C2) epsilon is not negative.
  }];
  let arguments = (ins Nnc_Tensor:$input, Nnc_Vector:$scale, Nnc_Vector:$shift, Nnc_Vector:$mean,
                   Nnc_Vector:$variance, F32Attr:$epsilon);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = [{
    $input `scale` `(` $scale `)` `shift` `(` $shift `)` `mean` `(` $mean `)` `variance` `(` $variance `)`
    attr-dict `:` type($input) `,` type($scale) `,` type($shift) `,` type($mean) `,` type($variance)
  }];
  let hasVerifier = 1;
}

def Nnc_LrnOp : Nnc_Op<"lrn", ["getFlops", "getKernelClass"], [AllTypesMatch<["input", "output"]>]> {
  let summary = "local response normalization across channels, the last dimension";
  let description = [{
    x / (bias + alpha / size * sum of squares of the channels c - floor((size-1)/2) ... c + ceil((size-1)/2)) ^ beta.

    Constraints:
    - (C1) size is at least 1.
  }];
  let arguments = (ins Nnc_Tensor:$input, I64Attr:$size, F32Attr:$alpha, F32Attr:$beta, F32Attr:$bias);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Nnc_SoftmaxOp : Nnc_Op<"softmax", ["getFlops", "getKernelClass"], [AllTypesMatch<["input", "output"]>]> {
  let summary = "exp(x - max) / sum of exp(x - max) along one dimension";
  let description = [{
    Constraints:
    - (C1) axis is at least 0 and below the rank.
  }];
  let arguments = (ins Nnc_Tensor:$input, I64Attr:$axis);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input `axis` `=` $axis attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Nnc_Reduction : I32EnumAttr<"Reduction", "how elements are combined", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Mean", 1, "mean">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Product", 4, "product">]> {
  let cppNamespace = "::nnc";
}

def Nnc_ReduceOp : Nnc_InferredOp<"reduce", ["getFlops", "getKernelClass"]> {
  let summary = "combines the elements along some dimensions, which disappear";
  let description = [{
    Constraints:
    - (C1) axes are strictly increasing, at least 0 and below the rank; at least one.
    - (C2) `mean` is for floating-point elements.
  }];
  let arguments = (ins Nnc_Reduction:$kind, Nnc_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$kind $input `axes` `=` $axes attr-dict `:` type($input) `->` type($output)";
}

#endif // DIALECTS_NNC_LAYERS_TD
