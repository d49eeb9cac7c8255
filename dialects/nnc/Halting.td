// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adaptive computation: lists of what is still active, and what is updated there.
#ifndef DIALECTS_NNC_HALTING_TD
#define DIALECTS_NNC_HALTING_TD

include "dialects/nnc/NncDialect.td"

def Nnc_Mask : ConfinedType<StaticShapeTensorOf<[I1]>, [HasAnyRankOfPred<[1]>], "vector of booleans", "::mlir::RankedTensorType">;
def Nnc_List : ConfinedType<StaticShapeTensorOf<[I32]>, [HasAnyRankOfPred<[1]>], "vector of 32-bit integers", "::mlir::RankedTensorType">;

class Nnc_ListingOp<string mnemonic, dag operands> : Nnc_InferredOp<mnemonic, ["getKernelClass"]> {
  let arguments = !con(operands, (ins DefaultValuedAttr<I64Attr, "1">:$piece));
  let results = (outs Nnc_List:$positions, Nnc_List:$count);
}

def Nnc_ListActiveOp : Nnc_ListingOp<"list_active", (ins Nnc_Mask:$active)> {
  let summary = "the positions of a mask that are true";
  let description = [{
    `positions` are the numbers of the true elements of `active`, in rising order, `count` how many there are. Up to the next multiple of `piece`
    the list goes on with zeros; nobody reads what is behind. There is room for all elements, and for whole pieces.

    Constraints:
    - (C1) piece is at least 1.
  }];
  let assemblyFormat = "$active attr-dict `:` type($active) `->` type($positions) `,` type($count)";
}

def Nnc_ListReadOp : Nnc_ListingOp<"list_read", (ins Nnc_List:$listed, Nnc_List:$listed_count, Nnc_Indices:$taps, I64Attr:$rows)> {
  let summary = "the rows that windows at listed positions read";
  let description = [{
    Window p reads the rows taps[p, ...]; numbers from `rows` on are padding. The result lists, as `list_active` does, every row below `rows` that
    one of the first `listed_count` windows of `listed` reads.

    Constraints:
    - (C1) piece is at least 1.
    - (C2) listed_count has one element.
  }];
  let assemblyFormat = [{
    $listed `count` `(` $listed_count `)` `taps` `(` $taps `)` `rows` `=` $rows attr-dict `:`
    type($listed) `,` type($listed_count) `,` type($taps) `->` type($positions) `,` type($count)
  }];
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

#endif // DIALECTS_NNC_HALTING_TD
