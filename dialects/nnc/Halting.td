// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adaptive computation: lists of what is still active, and what is updated there.
#ifndef DIALECTS_NNC_HALTING_TD
#define DIALECTS_NNC_HALTING_TD

include "dialects/nnc/NncDialect.td"

def Nnc_Mask : ConfinedType<StaticShapeTensorOf<[I1]>, [HasAnyRankOfPred<[1]>], "vector of booleans", "::mlir::RankedTensorType">;
def Nnc_List : ConfinedType<StaticShapeTensorOf<[I32]>, [HasAnyRankOfPred<[1]>], "vector of 32-bit integers", "::mlir::RankedTensorType">;

def Nnc_ListActiveOp : Nnc_InferredOp<"list_active", ["getKernelClass"]> {
  let summary = "the positions of a mask that are true";
  let description = [{
    `positions` are the numbers of the true elements of `active`, in rising order, `count` how many there are. Up to the next multiple of `piece`
    the list goes on with zeros; nobody reads what is behind. There is room for all elements, and for whole pieces.

    Constraints:
    - (C1) piece is at least 1.
  }];
  let arguments = (ins Nnc_Mask:$active, DefaultValuedAttr<I64Attr, "1">:$piece);
  let results = (outs Nnc_List:$positions, Nnc_List:$count);
  let assemblyFormat = "$active attr-dict `:` type($active) `->` type($positions) `,` type($count)";
}

def Nnc_WindowMaskOp : Nnc_InferredOp<"window_mask", ["getKernelClass"]> {
  let summary = "the positions that windows at active positions read";
  let description = [{
    `active` has a boolean for each position of the images `image` (number, rows, columns). Window (y, x) reads the rows y + i dilations[0] - pads[0]
    for i below kernel[0], and columns likewise; a position of the output is true where the window of a true position reads it.

    Constraints:
    - (C1) image has three extents, whose product is the number of positions; kernel, dilations and pads are two numbers each.
  }];
  let arguments = (ins Nnc_Mask:$active, DenseI64ArrayAttr:$image, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads);
  let results = (outs Nnc_Mask:$read);
  let assemblyFormat = "$active attr-dict `:` type($active) `->` type($read)";
}

def Nnc_UpdateRowsOp : Nnc_InferredOp<"update_rows", ["getKernelClass"]> {
  let summary = "an image in which listed rows are others";
  let description = [{
    `target` is 1 x R x C. Row positions[i] of the output is row i of `rows`, 1 x P x C, for the first `count` entries; the other rows are the target's.

    Constraints:
    - (C1) rows has as many channels as the target, and as many rows as there are positions.
    - (C2) count has one element.
  }];
  let arguments = (ins Nnc_TensorOfRank<3>:$target, Nnc_TensorOfRank<3>:$rows, Nnc_List:$positions, Nnc_List:$count);
  let results = (outs Nnc_TensorOfRank<3>:$output);
  let assemblyFormat = [{
    $target `rows` `(` $rows `)` `at` $positions `count` `(` $count `)` attr-dict `:`
    type($target) `,` type($rows) `,` type($positions) `,` type($count) `->` type($output)
  }];
}

def Nnc_UpdateAllOp : Nnc_InferredOp<"update_all", ["getKernelClass"]> {
  let summary = "an image whose first rows are others";
  let description = [{
    `target` is 1 x R x C, `rows` 1 x P x C: the first P rows of the output are those of `rows`, the others the target's.

    Constraints:
    - (C1) rows has as many channels as the target, and no more rows.
  }];
  let arguments = (ins Nnc_TensorOfRank<3>:$target, Nnc_TensorOfRank<3>:$rows);
  let results = (outs Nnc_TensorOfRank<3>:$output);
  let assemblyFormat = "$target `rows` `(` $rows `)` attr-dict `:` type($target) `,` type($rows) `->` type($output)";
}

#endif // DIALECTS_NNC_HALTING_TD
