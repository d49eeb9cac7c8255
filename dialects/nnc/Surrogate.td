// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Surrogate models: distances to points of a sample, ensembles of trees.
#ifndef DIALECTS_NNC_SURROGATE_TD
#define DIALECTS_NNC_SURROGATE_TD

include "dialects/nnc/NncDialect.td"

def Nnc_FloatMatrix : ConfinedType<StaticShapeTensorOf<[AnyFloat]>, [HasAnyRankOfPred<[2]>], "matrix of floating-point numbers", "::mlir::RankedTensorType">;

def Nnc_FloatVector : ConfinedType<StaticShapeTensorOf<[AnyFloat]>, [HasAnyRankOfPred<[1]>], "vector of floating-point numbers", "::mlir::RankedTensorType">;

def Nnc_IndexList : ConfinedType<StaticShapeTensorOf<[I32]>, [HasAnyRankOfPred<[1]>], "vector of 32-bit integers", "::mlir::RankedTensorType">;

def Nnc_IntegerMatrix : ConfinedType<StaticShapeTensorOf<[I32, I64]>, [HasAnyRankOfPred<[2]>], "matrix of 32-bit or 64-bit integers", "::mlir::RankedTensorType">;

def Nnc_DistancesOp : Nnc_InferredOp<"distances", ["getFlops", "getKernelClass"]> {
  let summary = "how far each row is from each of some points";
  let description = [{
    `input` is M x D, `points` D x N. Element (m, n) of the output, M x N, is the sum over d of |input[m, d] - points[d, n]| to `power`: what
    covariances of Gaussian processes and radial basis functions are made of (scales are in both operands already).

    Constraints:
    - (C1) both have D coordinates, and one element type.
    - (C2) power is more than 0.
  }];
  let arguments = (ins Nnc_FloatMatrix:$input, Nnc_FloatMatrix:$points, F64Attr:$power);
  let results = (outs Nnc_FloatMatrix:$output);
  let assemblyFormat = "$input `to` $points attr-dict `:` type($input) `,` type($points) `->` type($output)";
}

def Nnc_DistancesGradientOp : Nnc_InferredOp<"distances_gradient", ["getFlops", "getKernelClass"]> {
  let summary = "the adjoint of `distances` in its first operand";
  let description = [{
    `weights` is M x N. Element (m, d) of the output, M x D, is the sum over n of weights[m, n] times the derivative of distance (m, n) in
    input[m, d]: power * |t|^(power - 1) * sign(t) for t = input[m, d] - points[d, n], and 0 where t is.

    Constraints:
    - (C1) input and points have D coordinates, weights an element for each distance; one element type.
    - (C2) power is at least 1.
  }];
  let arguments = (ins Nnc_FloatMatrix:$weights, Nnc_FloatMatrix:$input, Nnc_FloatMatrix:$points, F64Attr:$power);
  let results = (outs Nnc_FloatMatrix:$output);
  let assemblyFormat = [{
    $weights `of` $input `to` $points attr-dict `:` type($weights) `,` type($input) `,` type($points) `->` type($output)
  }];
}

def Nnc_TreesOp : Nnc_InferredOp<"trees", ["getFlops", "getKernelClass"]> {
  let summary = "sum over an ensemble of binary trees";
  let description = [{
    T complete trees of depth L. Node n of tree t sends a row to node 2 n + 1 if input[m, columns[t, n]] < thresholds[t, n], else to 2 n + 2; what
    arrives at node 2^L - 1 + i has leaves[t, i]. The output, M x 1, is the sum over trees, in order. It has no gradient that is of use: it is 0 almost everywhere.

    Constraints:
    - (C1) columns and thresholds are T x (2^L - 1), leaves T x 2^L, L from 1 to 16; thresholds and leaves have the input's element type.
  }];
  let arguments = (ins Nnc_FloatMatrix:$input, Nnc_Indices:$columns, Nnc_FloatMatrix:$thresholds, Nnc_FloatMatrix:$leaves);
  let results = (outs Nnc_FloatMatrix:$output);
  let assemblyFormat = [{
    $input `columns` `(` $columns `)` `thresholds` `(` $thresholds `)` `leaves` `(` $leaves `)` attr-dict `:`
    type($input) `,` type($columns) `,` type($thresholds) `,` type($leaves) `->` type($output)
  }];
}

def Nnc_TreeSelectsOp : Nnc_InferredOp<"tree_selects", ["getFlops", "getKernelClass"]> {
  let summary = "`trees` of many rows: every node of a tree, and a choice between its children";
  let description = [{
    What `trees` computes from the transposed input, D x M, without a walk: from the leaves up, each node chooses the value of one of its children. That is 2^L
    steps for L, but rows are lanes, no step waits for another one's address, and an input is read as a vector.

    Constraints:
    - (C1) as of `trees`; L is at most 8.
  }];
  let arguments = (ins Nnc_FloatMatrix:$input, Nnc_Indices:$columns, Nnc_FloatMatrix:$thresholds, Nnc_FloatMatrix:$leaves);
  let results = (outs Nnc_FloatMatrix:$output);
  let assemblyFormat = [{
    $input `columns` `(` $columns `)` `thresholds` `(` $thresholds `)` `leaves` `(` $leaves `)` attr-dict `:`
    type($input) `,` type($columns) `,` type($thresholds) `,` type($leaves) `->` type($output)
  }];
}

def Nnc_TreeWalkOp : Nnc_InferredOp<"tree_walk", ["getFlops", "getKernelClass"]> {
  let summary = "sum over an ensemble of binary trees of any shape";
  let description = [{
    N nodes of T trees. Tree t starts at node roots[t, 0]; a row goes on from node n to nodes[n, 1] if input[m, nodes[n, 0]] < thresholds[n], else to the node
    behind that. The output, M x K, is the sum of values[node, k] over trees, in order, of the nodes where rows are after `depth` steps. After roots[t, 1] steps
    they are at a leaf, which leads to itself: its column is the last one, of zeros, and its threshold more than that.

    Constraints:
    - (C1) roots are T x 2, nodes N x 2, thresholds N, values N x K; thresholds and values have the input's element type.
    - (C2) depth is from 1 to 100.
  }];
  let arguments = (ins Nnc_FloatMatrix:$input, Nnc_Indices:$roots, Nnc_Indices:$nodes, Nnc_FloatVector:$thresholds, Nnc_FloatMatrix:$values, I64Attr:$depth);
  let results = (outs Nnc_FloatMatrix:$output);
  let assemblyFormat = [{
    $input `roots` `(` $roots `)` `nodes` `(` $nodes `)` `thresholds` `(` $thresholds `)` `values` `(` $values `)` `depth` `=` $depth attr-dict `:`
    type($input) `,` type($roots) `,` type($nodes) `,` type($thresholds) `,` type($values) `->` type($output)
  }];
}

def Nnc_TreeMasksOp : Nnc_InferredOp<"tree_masks", ["getFlops", "getKernelClass"]> {
  let summary = "sum over an ensemble of small binary trees: each node rules out leaves";
  let description = [{
    T trees of at most L leaves, numbered from left to right, W trees to a group. The input is M x D, of one row or a few, which the trees of a group are
    compared with at once; where W is 1 it is D x M, and rows are compared at once. A tree's mask has a bit for each leaf, all set at first. Comparisons p from
    starts[g] to starts[g + 1] are those of group g; they read column columns[p], and where row m's column is not less than thresholds[p, w] only the
    bits of masks[p, w] stay set in the mask of tree g W + w: a node that sends a row right rules out the leaves on its left. The lowest bit that is left is the
    row's leaf (Lucchese et al., QuickScorer, SIGIR 2015). The output, M x 1, is the sum of values[tree, leaf] over trees, in order.

    No comparison waits for another one.

    Constraints:
    - (C1) starts are G + 1 for T = 1 + (G - 1) W to G W trees, columns P, thresholds and masks P x W, values T x L; thresholds and values have the
      input's element type, masks integers of as many bits, which are at least L.
    - (C2) no group has more than `longest` comparisons; it is from 1 to P.
  }];
  let arguments = (ins Nnc_FloatMatrix:$input, Nnc_IndexList:$starts, Nnc_IndexList:$columns, Nnc_FloatMatrix:$thresholds, Nnc_IntegerMatrix:$masks,
                       Nnc_FloatMatrix:$values, I64Attr:$longest);
  let results = (outs Nnc_FloatMatrix:$output);
  let assemblyFormat = [{
    $input `starts` `(` $starts `)` `columns` `(` $columns `)` `thresholds` `(` $thresholds `)` `masks` `(` $masks `)` `values` `(` $values `)`
    `longest` `=` $longest attr-dict `:` type($input) `,` type($starts) `,` type($columns) `,` type($thresholds) `,` type($masks) `,` type($values)
    `->` type($output)
  }];
}

#endif // DIALECTS_NNC_SURROGATE_TD
