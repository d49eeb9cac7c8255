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
    Output n is lane positions[n] % R of slice positions[n] / R; `bias` has N elements as `positions` has. Where the lanes of each row multiply the
    same input (blocks of R x 1), columns are T x 1.

    Constraints:
    - (C1) values are T x R, columns T x R or T x 1; columns and positions are integers.
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

def Nnc_UnrolledLinearOp : Nnc_InferredOp<"unrolled_linear", ["getFlops", "getKernelClass"]> {
  let summary = "fully connected layer of few non-zeros, each of which becomes an instruction";
  let description = [{
    `input` is M x K. Output n sums values[i] times input columns[i] over starts[n] <= i < starts[n + 1], and bias[n]. Weights and columns are
    part of the program: no table is read, and no loop is left but the one over rows.

    Constraints:
    - (C1) the elements of the input are f32.
    - (C2) values and columns have the same length; columns are inputs.
    - (C3) starts has one element more than there are outputs, of which there is at least one; from 0 to the number of values it does not fall.
    - (C4) bias, if present, has one element for each output.
  }];
  let arguments = (ins Nnc_Matrix:$input, DenseF32ArrayAttr:$values, DenseI32ArrayAttr:$columns, DenseI32ArrayAttr:$starts, Optional<Nnc_Vector>:$bias);
  let results = (outs Nnc_Matrix:$output);
  let assemblyFormat = [{
    $input `values` `=` $values `columns` `=` $columns `starts` `=` $starts (`bias` `(` $bias^ `)`)? attr-dict `:`
    type($input) (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_PhasePlanesOp : Nnc_InferredOp<"phase_planes", ["getKernelClass", "padsInput"]> {
  let summary = "an image as planes, one for each channel and phase of strides";
  let description = [{
    `input` is N x C x H x W, channels first, the result N x C x strides[0] x strides[1] x extents[0] x extents[1]: element (n, c, i, j, y, x) is
    pixel (y * strides[0] + i - low[0], x * strides[1] + j - low[1]) of channel c, and zero beyond the image. So what a tap of a strided
    convolution reads are neighbours in one plane.

    Constraints:
    - (C1) strides and extents are two numbers of at least 1, low two numbers of at least 0.
  }];
  let arguments = (ins Nnc_Image:$input, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$extents);
  let results = (outs Nnc_Tensor:$output);
  let assemblyFormat = [{
    $input `strides` `=` $strides `low` `=` $low `extents` `=` $extents attr-dict `:` type($input) `->` type($output)
  }];
}

def Nnc_SparseConv2dOp : Nnc_InferredOp<"sparse_conv2d", ["getFlops", "getKernelClass"]> {
  let summary = "two-dimensional convolution whose filter is a list of its non-zeros for every output channel";
  let description = [{
    `planes` is N x L, planes of an image one behind the other, each in rows of `pitch` elements; the result is N x K x extents[0] x extents[1],
    channels first. The list of channel k is cut into `blocks`, so that what all channels read for one block of a few rows stays in the first
    cache: output pixel (y, x) of channel k is the sum, over the blocks b and the entries i = starts[b * K + k] ... starts[b * K + k + 1] - 1, of
    values[i] * planes[offsets[i] + y * pitch + x], and of the bias.

    Constraints:
    - (C1) extents, the rows and columns of the output, are two numbers of at least 1; pitch is at least the number of columns.
    - (C2) values and offsets have the same number of elements; offsets and starts are integers.
    - (C3) starts has one element more than there are lists, a multiple of `blocks`, which is at least 1; `longest` is at least 1, and no list is
      longer (where starts is constant).
    - (C4) bias, if present, has one element for each output channel.
    - (C5) no offset reads beyond the planes, whose positions are computed in groups of 16 (where offsets are constant).
  }];
  let arguments = (ins Nnc_Matrix:$planes, Nnc_Vector:$values, Nnc_Vector:$offsets, Nnc_Vector:$starts, Optional<Nnc_Vector>:$bias,
    DenseI64ArrayAttr:$extents, I64Attr:$pitch, DefaultValuedAttr<I64Attr, "1">:$blocks, I64Attr:$longest);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $planes `values` `(` $values `)` `offsets` `(` $offsets `)` `starts` `(` $starts `)` (`bias` `(` $bias^ `)`)?
    `extents` `=` $extents `pitch` `=` $pitch `longest` `=` $longest attr-dict `:`
    type($planes) `,` type($values) `,` type($offsets) `,` type($starts) (`,` type($bias)^)? `->` type($output)
  }];
  let extraClassDeclaration = [{
    /// Positions are computed in groups of so many.
    static constexpr int64_t kGroup = 16;
    /// Positions of one output channel: rows of `pitch`, and what the last group may take more; nothing where a single row is whole groups.
    static int64_t countPositions(int64_t rows, int64_t pitch) {
      return rows == 1 && pitch % kGroup == 0 ? pitch : rows * pitch + kGroup;
    }
  }];
}

#endif // DIALECTS_NNC_SPARSITY_TD
