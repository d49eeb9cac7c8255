// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Perforation: layers whose result is computed at some positions and copied to the others (arXiv:1504.08362).
#ifndef DIALECTS_NNC_PERFORATION_TD
#define DIALECTS_NNC_PERFORATION_TD

include "dialects/nnc/NncDialect.td"

def Nnc_PerforateOp : Nnc_InferredOp<"perforate", ["getKernelClass"]> {
  let summary = "an image whose positions are those that are kept, or copies of them";
  let description = [{
    `input` is N x H x W x C. Position (y, x) of the output is position fill[y, x] of the input, counted row by row; all channels and images alike.
    A position that others copy is kept: it copies itself. The layer before may compute kept positions alone.

    Constraints:
    - (C1) fill has a number for each position, between 0 and H W - 1.
    - (C2) a kept position copies itself: fill[fill[p]] = fill[p], where fill is a constant.
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_Indices:$fill);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = "$input `fill` `(` $fill `)` attr-dict `:` type($input) `,` type($fill) `->` type($output)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

class Nnc_PerforatedPoolOp<string mnemonic, dag more> : Nnc_InferredOp<mnemonic, ["getFlops", "getKernelClass"]> {
  let arguments = !con((ins Nnc_TensorOfRank<3>:$input, Nnc_Indices:$taps), more);
  let results = (outs Nnc_TensorOfRank<3>:$output);
}

def Nnc_PerforatedConv2dOp : Nnc_InferredOp<"perforated_conv2d", ["getFlops", "getKernelClass", "padsInput"]> {
  let summary = "a convolution at a list of positions, of an image that is a list of pixels";
  let description = [{
    `input` is N x R x C, the R pixels of an image that somebody keeps. `filter` is KH x KW x C x K, or KH x KW x 1 x C where `depthwise`. Of P
    positions, position p multiplies tap (i, j) of the filter with pixel taps[p, i KW + j]; the output is N x P x K. With `zero_row`, pixel R is
    one of zeros, for padding.

    Constraints:
    - (C1) taps is P x (KH KW); of a constant, all are between 0 and R - 1, or R with `zero_row`.
    - (C2) the filter has C input channels, or one where `depthwise`, and then C output channels.
    - (C3) bias, if present, has K elements.
  }];
  let arguments = (ins Nnc_TensorOfRank<3>:$input, Nnc_Image:$filter, Nnc_Indices:$taps, Optional<Nnc_Vector>:$bias, UnitAttr:$depthwise,
    UnitAttr:$zero_row);
  let results = (outs Nnc_TensorOfRank<3>:$output);
  let assemblyFormat = [{
    $input `,` $filter `taps` `(` $taps `)` (`bias` `(` $bias^ `)`)? attr-dict `:`
    type($input) `,` type($filter) `,` type($taps) (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_PerforatedMaxPool2dOp : Nnc_PerforatedPoolOp<"perforated_max_pool2d", (ins)> {
  let summary = "maxima over windows at a list of positions, of an image that is a list of pixels";
  let description = [{
    `input` is N x R x C, the R pixels of an image that somebody keeps. Of P windows, window p is that of the pixels taps[p, ...], some of which
    may be the same; the output is N x P x C.

    Constraints:
    - (C1) taps is P x T; of a constant, all are between 0 and R - 1.
  }];
  let assemblyFormat = "$input `taps` `(` $taps `)` attr-dict `:` type($input) `,` type($taps) `->` type($output)";
}

def Nnc_PerforatedAvgPool2dOp : Nnc_PerforatedPoolOp<"perforated_avg_pool2d", (ins Nnc_Matrix:$weights)> {
  let summary = "means over windows at a list of positions, of an image that is a list of pixels";
  let description = [{
    As `perforated_max_pool2d`, but output p is the sum of pixels taps[p, t] times weights[p, t].

    Constraints:
    - (C1) taps and weights are P x T; of a constant, all taps are between 0 and R - 1.
  }];
  let assemblyFormat = [{
    $input `taps` `(` $taps `)` `weights` `(` $weights `)` attr-dict `:` type($input) `,` type($taps) `,` type($weights) `->` type($output)
  }];
}

#endif // DIALECTS_NNC_PERFORATION_TD
