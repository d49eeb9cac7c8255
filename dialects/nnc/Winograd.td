// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions by minimal filtering (Winograd).
#ifndef DIALECTS_NNC_WINOGRAD_TD
#define DIALECTS_NNC_WINOGRAD_TD

include "dialects/nnc/NncDialect.td"

def Nnc_WinogradFilterOp : Nnc_InferredOp<"winograd_filter", ["getFlops"]> {
  let summary = "a 3x3 filter in the domain where Winograd's convolution multiplies";
  let description = [{
    G g G^T for each pair of channels (Lavin and Gray, arXiv:1509.09308, section 4): 3 x 3 x C x K becomes (tile + 2) x (tile + 2) x C x K.

    Constraints:
    - (C1) tile is 2 or 4.
    - (C2) the filter is 3 x 3.
  }];
  let arguments = (ins Nnc_Image:$filter, I64Attr:$tile);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = "$filter `tile` `=` $tile attr-dict `:` type($filter) `->` type($output)";
}

def Nnc_WinogradConv2dOp : Nnc_InferredOp<"winograd_conv2d", ["getFlops", "getKernelClass", "padsInput"]> {
  let summary = "3x3 convolution of stride 1 in tiles of 2x2 or 4x4 outputs with fewer multiplications";
  let description = [{
    A^T [(G g G^T) * (B^T d B)] A, F(tile x tile, 3 x 3) of Lavin and Gray (arXiv:1509.09308). `input` is N x H x W x C, `filter` what
    `winograd_filter` makes, `bias` K. `pads` as in `conv2d`. It equals `conv2d` but for rounding: errors relative to the largest output grow
    to about 1e-6 (tile 2) and 1e-5 (tile 4).

    Constraints:
    - (C1) tile is 2 or 4; pads are four numbers of at least 0.
    - (C2) the filter is (tile + 2) x (tile + 2) x C x K.
    - (C3) bias, if present, has K elements.
    - (C4) the padded input has at least 3 rows and columns.
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_Image:$filter, Optional<Nnc_Vector>:$bias, I64Attr:$tile,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $input `,` $filter (`bias` `(` $bias^ `)`)? `tile` `=` $tile attr-dict `:`
    type($input) `,` type($filter) (`,` type($bias)^)? `->` type($output)
  }];
}

def Nnc_PerforatedWinogradConv2dOp : Nnc_InferredOp<"perforated_winograd_conv2d", ["getFlops", "getKernelClass", "padsInput"]> {
  let summary = "Winograd's convolution in some tiles of the output";
  let description = [{
    As `winograd_conv2d`, but of the tiles of its output those are computed that begin at (tiles[t, 0], tiles[t, 1]), rows and columns in multiples of
    `tile`. They make up an image of their own, row by row, `columns` tiles in each: N x (rows tile) x (columns tile) x K. Tiles that lie partly behind
    the output's border have whatever they have there.

    Constraints:
    - (C1), (C2), (C3) and (C4) of `winograd_conv2d`.
    - (C5) tiles is (rows columns) x 2, for a number of rows of at least 1; of a constant, all begin in the output, at multiples of tile.
  }];
  let arguments = (ins Nnc_Image:$input, Nnc_Image:$filter, Nnc_Indices:$tiles, Optional<Nnc_Vector>:$bias, I64Attr:$tile, I64Attr:$columns,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Nnc_Image:$output);
  let assemblyFormat = [{
    $input `,` $filter `tiles` `(` $tiles `)` (`bias` `(` $bias^ `)`)? `tile` `=` $tile `columns` `=` $columns attr-dict `:`
    type($input) `,` type($filter) `,` type($tiles) (`,` type($bias)^)? `->` type($output)
  }];
}

#endif // DIALECTS_NNC_WINOGRAD_TD
