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

#endif // DIALECTS_NNC_SPARSITY_TD
