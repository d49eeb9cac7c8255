// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Learned sparsity: posteriors of weights and of channels.
#ifndef DIALECTS_NNC_SPARSITY_TD
#define DIALECTS_NNC_SPARSITY_TD

include "dialects/nnc/NncDialect.td"

def Nnc_VariationalDropoutOp : Nnc_InferredOp<"variational_dropout"> {
  let summary = "the weights that sparse variational dropout keeps";
  let description = [{
    Every weight has a normal posterior with mean `mean` and variance exp(`log_sigma2`) (Molchanov et al., arXiv:1701.05369). A weight is its mean
    where log alpha = log_sigma2 - log(mean^2 + 1e-8), clipped to -8 ... 8, is below `threshold`, and zero elsewhere. On constants it is folded.

    Constraints:
    - (C1) mean and log_sigma2 have the same shape and the element type f32.
    - (C2) threshold is a number.
  }];
  let arguments = (ins Nnc_Tensor:$mean, Nnc_Tensor:$log_sigma2, DefaultValuedAttr<F32Attr, "3.0f">:$threshold);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$mean `,` $log_sigma2 attr-dict `:` type($mean) `,` type($log_sigma2) `->` type($output)";
}

def Nnc_LognormalNoiseOp : Nnc_InferredOp<"lognormal_noise", ["getFlops"]> {
  let summary = "channels times the means of their factors, those of low signal-to-noise ratio dropped";
  let description = [{
    Structured Bayesian pruning (Neklyudov et al., arXiv:1705.07283, section 3). The logarithm of a channel's factor has a normal posterior with
    mean `mu` and standard deviation exp(`log_sigma`), both clipped to -20 ... 5 first, truncated to -20 ... 0. The last dimension, the channels, is
    multiplied by the factors' means; a channel whose factor has a ratio of mean to standard deviation of at most `snr` becomes zero. Means are
    computed in double precision and rounded to f32.

    Constraints:
    - (C1) the input has at least one dimension; mu and log_sigma are vectors of f32 with one element for each channel.
    - (C2) snr is not negative.
  }];
  let arguments = (ins Nnc_Tensor:$input, ElementsAttr:$mu, ElementsAttr:$log_sigma, DefaultValuedAttr<F32Attr, "1.0f">:$snr);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = "$input `mu` `(` $mu `)` `log_sigma` `(` $log_sigma `)` attr-dict `:` type($input) `->` type($output)";
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// The factors as a constant vector.
    ::mlir::Value createScales(::mlir::OpBuilder &builder);
  }];
}

def Nnc_SparseLinearOp : Nnc_InferredOp<"sparse_linear", ["getFlops", "getKernelClass"]> {
  let summary = "fully connected layer whose weight is a list of its non-zeros for every output (sliced ELLPACK)";
  let description = [{
    `input` is M x K. Outputs are sorted by the length of their lists and cut into slices of R. Slice s has the rows starts[s] ... starts[s + 1] - 1
    of `values` and `columns`, T x R: lane l of them lists weights of one output, and the inputs that they multiply. Shorter lists end in zeros.
    Output n is lane positions[n] % R of slice positions[n] / R; `bias` has N elements as `positions` has.

    Constraints:
    - (C1) values and columns have the same shape, T x R; columns and positions are integers.
    - (C2) starts holds integers; `longest` is at least 1, and no slice has more rows (where starts is constant).
    - (C3) bias, if present, has as many elements as positions.
  }];
  let arguments = (ins Nnc_Matrix:$input, Nnc_Matrix:$values, Nnc_Matrix:$columns, Nnc_Vector:$starts, Nnc_Vector:$positions,
    Optional<Nnc_Vector>:$bias, I64Attr:$longest);
  let results = (outs Nnc_Matrix:$output);
  let assemblyFormat = [{
    $input `values` `(` $values `)` `columns` `(` $columns `)` `starts` `(` $starts `)` `positions` `(` $positions `)`
    (`bias` `(` $bias^ `)`)? `longest` `=` $longest attr-dict `:`
    type($input) `,` type($values) `,` type($columns) `,` type($starts) `,` type($positions) (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_SparseConv2dOp : Nnc_InferredOp<"sparse_conv2d", ["getFlops", "getKernelClass", "padsInput"]> {
  let summary = "two-dimensional convolution whose filter is a list of its non-zeros for every output channel";
  let description = [{
    `input` is N x H x W x C. Output channel k sums, over the entries starts[k] ... starts[k + 1] - 1, values[i] times the image shifted by
    offsets[i]. An offset is a position in the image as planes, one for each input channel and phase of the strides, padding included:
    dialects/nnc/SparsePlanes.h says which. `kernel` is the window (rows, columns); strides, pads and dilations as in `conv2d`.

    Constraints:
    - (C1) kernel, strides and dilations are two numbers of at least 1; pads are four numbers of at least 0.
    - (C2) values and offsets have the same number of elements; offsets and starts are integers.
    - (C3) starts has one element more than there are output channels; `longest` is at least 1, and no list is longer (where starts is constant).
    - (C4) bias, if present, has one element for each output channel.
    - (C5) the dilated window fits into the padded input.
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_Vector:$values, Nnc_Vector:$offsets, Nnc_Vector:$starts, Optional<Nnc_Vector>:$bias,
    DenseI64ArrayAttr:$kernel,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    I64Attr:$longest);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $input `values` `(` $values `)` `offsets` `(` $offsets `)` `starts` `(` $starts `)` (`bias` `(` $bias^ `)`)?
    `kernel` `=` $kernel `longest` `=` $longest attr-dict `:`
    type($input) `,` type($values) `,` type($offsets) `,` type($starts) (`,` type($bias)^)? `->` type($output)
  }];
}

#endif // DIALECTS_NNC_SPARSITY_TD
