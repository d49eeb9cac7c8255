// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every pass: what it does, what is true before and after it, its options. A pass is a definition here and one VerbNoun.cpp.
#ifndef LOWERING_PASSES_TD
#define LOWERING_PASSES_TD

include "mlir/Pass/PassBase.td"

//===--- simplify: a model that computes the same with less --------------------------------------===//

def SinkMovements : Pass<"nnc-sink-movements"> {
  let summary = "moves transposes and reshapes below the operations that do not care about them";
  let description = [{
    After: an NCHW model computes in NHWC; transposes are left where a layout is observed (the model's border, a flatten).
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::tensor::TensorDialect"];
}

def CompactRecurrences : Pass<"nnc-compact-recurrences", "::mlir::func::FuncOp"> {
  let summary = "removes hidden units that nothing reads, and rounds their number up to whole vectors";
  let description = [{
    Before: `nnc.lstm` with constant recurrent weights, its gates the product of an input with constant weights. After: a hidden unit that only itself
    reads is gone; what is left is followed by units of zeros up to a multiple of 16. A layer that the rest of the model reads in ways that are not
    followed (here: slices, reshapes and transposes up to `nnc.linear`) keeps all its units. Inputs that no gate reads are not computed.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def FoldNormalization : Pass<"nnc-fold-normalization"> {
  let summary = "folds batch normalization and per-channel arithmetic into the layer before it";
  let description = [{
    Before: transposes are sunk. After: no `nnc.batch_norm`; one that has no layer before it is a multiplication and an addition. Weights may be
    arithmetic on constants, which `nnc-fold-constants` evaluates.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def SplitGroups : Pass<"nnc-split-groups"> {
  let summary = "writes a grouped convolution as one convolution a group";
  let description = [{
    The groups read slices of the input and write parts of a concatenation; both are views of memory. Element-wise operations that follow the
    convolution alone move into the groups. Depthwise convolutions stay.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::tensor::TensorDialect"];
}

def SplitTransposed : Pass<"nnc-split-transposed"> {
  let summary = "writes a transposed convolution as a convolution that computes all phases of its stride";
  let description = [{
    Before: normalization is folded. After: transposed convolutions without groups and dilation, whose filter is known, are convolutions with the
    strides' product times as many channels, then reshapes and a transpose that put the phases between each other, and a slice where padding cuts
    something off. Element-wise operations on numbers that follow the layer alone stay with it. Others stay.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def ConvToLinear : Pass<"nnc-conv-to-linear"> {
  let summary = "writes 1x1 convolutions without stride and padding as matrix products over positions";
  let description = [{
    Those next to a value that a layer reads with padding stay: rows that lie between borders are no matrix (`nnc-hoist-padding`).
  }];
  let dependentDialects = ["::nnc::NncDialect"];
}

def SelectTrees : Pass<"nnc-select-trees"> {
  let summary = "writes trees as choices at every node, as nodes that rule out leaves, or as a walk";
  let description = [{
    Before: `nnc.trees`, whose nodes are all there, or `nnc.tree_walk`, from models with trees of any shape. After: `nnc.tree_selects` of the transposed input
    for complete trees of at most 7 levels and 16 rows or more. Others, if the tables are constants, are without nodes below which all leaves are the same; they are
    `nnc.tree_masks` where a mask has a bit for each leaf of any tree, they have one target, and rows are lanes or the comparisons of groups of 16 trees are fewer than the steps of
    walks; else `nnc.tree_walk`. The sums have the same order.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def AddGradients : Pass<"nnc-add-gradients", "::mlir::ModuleOp"> {
  let summary = "adds the derivatives of a model's outputs in its first input, as further outputs";
  let description = [{
    Before: rows of the first input, M x D, are points, and row m of an output, M x K, depends on row m of the input alone. After: for each output
    of numbers there is one more, M x K x D, named as it with `_gradient` behind: its exact derivatives, by reverse differentiation. An operation without a
    derivative is an error that says why.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def SplitNarrow : Pass<"nnc-split-narrow", "::mlir::func::FuncOp"> {
  let summary = "writes convolutions to very few channels as a 1x1 convolution and sums of shifted planes";
  let description = [{
    Before: filters are constants. After: a convolution of stride 1 from at least 64 channels with KH x KW x K <= 16, a halting score, is a 1x1
    convolution to 16 channels, one for each tap and output, and a convolution whose filter picks of every pixel of a window the channel of its tap.
    Each pixel is read once instead of KH x KW times.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

def FormWinograd : Pass<"nnc-form-winograd", "::mlir::ModuleOp"> {
  let summary = "writes 3x3 convolutions with fewer multiplications where that is faster";
  let description = [{
    Before: filters are constants. After: convolutions of stride 1 that a count of multiply-adds and weights finds at least 1.2 times faster so are
    `nnc.winograd_conv2d`. Results differ by rounding, as the module's `nnc.approximations` says for each layer; `--exact` leaves this pass out.
  }];
  let dependentDialects = ["::nnc::NncDialect"];
}

def FoldConstants : Pass<"nnc-fold-constants", "::mlir::ModuleOp"> {
  let summary = "evaluates what depends on constants alone, by running it";
  let description = [{
    After: operations of @main whose operands are constants are constants, except where the result is above 1 MiB, more than twice as large as
    what it is made from, and no layer's weight (a broadcast costs less at run time than its bytes), and except what may trap.
  }];
}

//===--- approximate: a smaller model -----------------------------------------------------------===//

def Tensorize : Pass<"nnc-tensorize", "::mlir::ModuleOp"> {
  let summary = "writes the weights of linear layers and convolutions as tensor trains";
  let description = [{
    Before: weights are constants (or movements of constants). After: layers that the options choose are `nnc.tt_linear` and
    `nnc.tt_conv2d` with cores by TT-SVD in double precision, as long as the cores have fewer elements than the weights; the module's
    `nnc.approximations` says which, with the error of each. Exactly one of rank, error, compression and budget is given, or rank and error
    together (both limits hold).

    `budget` is the number of parameters that all chosen layers may have together: they are cut where that adds the least squared relative
    error for each parameter saved.
  }];
  let options = [
    Option<"rank", "rank", "int64_t", /*default=*/"0", "the largest TT-rank">,
    Option<"error", "error", "double", /*default=*/"0", "the largest relative error of a layer's weights (Frobenius norm)">,
    Option<"compression", "compression", "double", /*default=*/"0", "parameters of a layer over those of its cores, at least">,
    Option<"budget", "budget", "int64_t", /*default=*/"0", "parameters of all layers together, at most">,
    Option<"modes", "modes", "std::string", /*default=*/"", "such as 2x7x8x8x7x4:4x4x4x4x4x4, input and output modes; chosen automatically where not given">,
    ListOption<"layers", "layers", "std::string", "names of layers, with * and ? as in file names; all where not given">,
    Option<"minParameters", "min-parameters", "int64_t", /*default=*/"1024", "layers with fewer parameters stay">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def RecognizeTrains : Pass<"nnc-recognize-trains", "::mlir::func::FuncOp"> {
  let summary = "finds layers that are written as products with the cores of a tensor train";
  let description = [{
    Before: reshapes and transposes are merged. After: a chain of reshapes, transposes and products with constants that is `nnc.tt_linear` is one,
    as exporters write such layers: from any side, in any order, by `Einsum` or `MatMul`, also where the cores are multiplied
    with each other first. A constant that is added to every row becomes the bias. Sums are in another order than before.

    A chain is described as a tensor network. It is a train where each constant shares indices with its neighbours alone and at least two of
    them take modes of the input; so a weight of low rank, (x A) B, stays what it is, and so do layers without a rank between them, such as
    one over channels and one over pixels.
  }];
  let dependentDialects = ["::nnc::NncDialect"];
}

def RoundTrains : Pass<"nnc-round-trains", "::mlir::ModuleOp"> {
  let summary = "makes the ranks of tensor trains smaller";
  let description = [{
    Before: cores are constants (or movements of constants). After: the trains that the options choose have at most the given rank, or as small ranks
    as the given error allows, or both, by TT-rounding in double precision (Oseledets, "Tensor-train decomposition", 2011, algorithm 2); those that
    would not have fewer elements stay. A convolution's spatial filters are the train's first core. The module's `nnc.approximations` says which
    trains, with the error that this pass added to each.
  }];
  let options = [
    Option<"rank", "rank", "int64_t", /*default=*/"0", "the largest TT-rank">,
    Option<"error", "error", "double", /*default=*/"0", "the largest relative error of a layer's weights (Frobenius norm)">,
    ListOption<"layers", "layers", "std::string", "names of layers, with * and ? as in file names; all where not given">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

def ContractTrains : Pass<"nnc-contract-trains", "::mlir::ModuleOp"> {
  let summary = "chooses how tensor trains are contracted: the order, which cores are merged, or the dense layer";
  let description = [{
    After: every train is contracted in the way that a count of multiply-adds, by the width of vectors that each step fills, of elements
    written and of weights read finds cheapest for its number of rows. Neighbouring cores may be merged (an operation on constants, which
    `nnc-fold-constants` evaluates); with all of them merged the layer is `nnc.linear` or `nnc.conv2d`. So a train is never slower than the dense
    layer, as far as the count is right. Merged cores may have more elements than the train: `objective=memory` excludes such plans.
    Of a convolution the count knows Winograd's form of the dense layer, and, where the first cores hold all input channels,
    the convolution to their rank with a product of each pixel behind it.

    Trains that the pass wrote carry `nnc.contracted`, and it leaves them alone when it runs again, as it does in `nnc-simplify`: options that
    are given before that hold.
  }];
  let options = [
    Option<"dense", "dense", "bool", /*default=*/"false", "merge all cores of every train: the inverse of nnc-tensorize">,
    Option<"objective", "objective", "std::string", /*default=*/"\"time\"",
           "time: the fewest; memory: the fewest with no more weights than the train has">,
    ListOption<"runs", "runs", "int64_t", "numbers of neighbours that are merged to one core, such as 2,1,3; chosen where not given">,
    Option<"order", "order", "std::string", /*default=*/"", "first_to_last or last_to_first; chosen where not given">,
    ListOption<"layers", "layers", "std::string", "names of layers, with * and ? as in file names; all where not given">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::tensor::TensorDialect"];
}

def Sparsify : Pass<"nnc-sparsify", "::mlir::ModuleOp"> {
  let summary = "sets weights to zero: the smallest magnitudes, or those of wide posteriors";
  let description = [{
    With `magnitude`, that share of the weights of each chosen linear layer and convolution, the smallest, become zero, and the module's
    `nnc.approximations` says what was lost. Before: weights are constants (or movements of constants). With `alpha`, `nnc.variational_dropout`
    keeps the weights whose log alpha is below it, whatever the model says (arXiv:1701.05369 takes 3). One of the two is given.
  }];
  let options = [
    Option<"magnitude", "magnitude", "double", /*default=*/"0", "share of zeros in each layer, above 0 and at most 1">,
    Option<"alpha", "alpha", "double", /*default=*/"std::nan(\"\")", "threshold on log alpha">,
    ListOption<"layers", "layers", "std::string", "names of layers, with * and ? as in file names; all where not given">,
    Option<"minParameters", "min-parameters", "int64_t", /*default=*/"1024", "layers with fewer parameters stay">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

def Perforate : Pass<"nnc-perforate", "::mlir::ModuleOp"> {
  let summary = "layers whose results are computed at some positions and copied to the others";
  let description = [{
    Behind every convolution with a window, or every layer that is named (convolutions, depthwise ones, pooling), stands an `nnc.perforate` with a fill
    table: each position that the mask leaves out copies the nearest of the others, by Euclidean distance, the first of several in the order of rows
    (arXiv:1504.08362). Masks: `uniform`, `grid`, `fractional-stride`, `strides`, `pooling`, `impact`, `tiles`, and `positions`, which a file has. One of `kept` and `rate`, the perforation rate, is given.
  }];
  let options = [
    Option<"mask", "mask", "std::string", /*default=*/"\"grid\"", "the kind of mask">,
    Option<"kept", "kept", "double", /*default=*/"std::nan(\"\")", "the fraction of positions that are computed">,
    Option<"rate", "rate", "double", /*default=*/"std::nan(\"\")", "the perforation rate: the fraction of positions that are skipped">,
    Option<"seed", "seed", "int64_t", /*default=*/"0", "of random masks">,
    Option<"file", "file", "std::string", /*default=*/"",
           "an .npz file with an array for each layer, by name, or an .npy file for all: floats, the importance of each position, or positions, as booleans or as a list">,
    ListOption<"layers", "layers", "std::string", "names of layers, with * and ? as in file names; convolutions of windows where not given">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

def FormPerforated : Pass<"nnc-form-perforated", "::mlir::ModuleOp"> {
  let summary = "computes what perforation keeps, and nothing else";
  let description = [{
    Before: `nnc.perforate` behind layers, maybe behind what is element-wise. After: none. An image is the list of its kept pixels and a table of where each
    position is in it, as long as those who read it can read it so: convolutions and pooling through tables of taps, element-wise operations, 1x1 convolutions
    and additions of images with the same mask as they are. Evenly spaced rows and columns are strided loops over such rows and columns, without a table; taps that
    read copies of one pixel are added up beforehand. A convolution becomes one on a list, or stays dense, whichever takes less time by a count of
    multiply-adds and copies. Other readers get the whole image.
    The module's `nnc.approximations` says what was chosen.
  }];
  let options = [
    Option<"form", "form", "std::string", /*default=*/"", "implicit: lists wherever they can be read; explicit: whole images between layers; strided: strided loops where positions are evenly spaced, lists elsewhere; chosen where not given">,
    Option<"exact", "exact", "bool", /*default=*/"false", "no Winograd convolutions">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def FormActive : Pass<"nnc-form-active", "::mlir::ModuleOp"> {
  let summary = "computes images where a mask is active, and nothing else";
  let description = [{
    Before: a choice (`arith.select`) between a new image and an old one by a mask of positions, N x H x W x 1, as adaptive computation has it: positions
    that have halted keep what they have. After: where convolutions or linear layers are asked for at active positions alone, those are a list, made when
    the program runs; what leads to the new image is launches over pieces of the list (`halide.launch` with `piece`), a convolution's
    input is computed at the positions that it reads, and the old image is changed in place (`nnc.update_rows`). Where so many positions are active
    that Winograd's convolution of all of them takes less time, the program does that; it decides by the count, for each mask.
  }];
  let options = [
    Option<"lists", "lists", "bool", /*default=*/"false", "active positions are lists however many there are">];
  let dependentDialects = ["::nnc::NncDialect", "::nnc::halide::HalideDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def FormBranches : Pass<"nnc-form-branches", "::mlir::ModuleOp"> {
  let summary = "computes what a condition asks for where it holds";
  let description = [{
    Before: choices (`arith.select`) between a new value and an old one by one boolean, as adaptive computation per sample and early exits have them. After:
    where layers lead to the new value alone, the choice is a copy into the old value's memory that runs where the condition holds
    (`halide.launch` with `count`, and tied). `nnc-guard-launches` then finds what else only runs for it.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::nnc::halide::HalideDialect"];
}

def GuardLaunches : Pass<"nnc-guard-launches", "::mlir::ModuleOp"> {
  let summary = "launches that only guarded ones read are guarded";
  let description = [{
    Before: launches, some of which run where a condition holds. After: so do those whose results only such launches read, under one condition that is
    known before them.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::nnc::halide::HalideDialect"];
}

def CountUnits : Pass<"nnc-count-units", "::mlir::ModuleOp"> {
  let summary = "outputs that say how much of a model with adaptive computation ran";
  let description = [{
    Before: choices between new and old states, by masks of positions or by conditions. After: the model has further outputs: for each block, which is
    all choices between states of one type, `units` (`units_2` for the second one, and so on), how many units were needed at each position, or by the
    sample; and `flops`, the FLOPs of layers that were needed, those before a window where the window reads. Units that always run count as one.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

def ScaleThresholds : Pass<"nnc-scale-thresholds", "::mlir::ModuleOp"> {
  let summary = "multiplies the numbers that halting scores are compared with";
  let description = [{
    A threshold is a constant, all elements alike, in a comparison (`arith.cmpf`) whose result decides a choice (`arith.select`), directly or by way of
    logic and movements. Less work is done with smaller thresholds where what is compared rises as the answer is surer: a sum of halting scores, one
    score, the greatest probability; of an entropy, with greater ones. Thresholds of 0 stay what they are.
  }];
  let options = [
    Option<"scale", "scale", "double", /*default=*/"1", "what thresholds are multiplied by, above 0">,
    ListOption<"layers", "layers", "std::string", "names of comparisons, with * and ? as in file names; all where not given">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def MarkSparse : Pass<"nnc-mark-sparse", "::mlir::ModuleOp"> {
  let summary = "weights with many zeros carry upstream's sparse encoding";
  let description = [{
    Before: constants are folded, what cannot matter is gone. After: the type of every constant weight of `nnc.linear`, `nnc.conv2d` of one group and
    `nnc.lstm` (its recurrent weights) with at least 30 % zeros has a `#sparse_tensor.encoding` whose last level, what one output reads, is
    compressed. The next two passes read it, and none is left after them.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::sparse_tensor::SparseTensorDialect"];
}

def SparsifyRecurrences : Pass<"nnc-sparsify-recurrences", "::mlir::ModuleOp"> {
  let summary = "makes recurrent weights with many zeros lists of non-zeros";
  let description = [{
    Before: sparse weights are marked (`nnc-mark-sparse`). After: an `nnc.lstm` whose recurrent weights are, and take less time as lists, by the count of
    `nnc-form-sparse`, is an `nnc.sparse_lstm`.
  }];
  let options = [
    Option<"gatherCost", "gather-cost", "double", /*default=*/"28", "of an element, in a vector's multiply-adds">,
    Option<"farWeightCost", "far-weight-cost", "double", /*default=*/"4", "of a dense weight in memory, in the same unit">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def FormSparse : Pass<"nnc-form-sparse", "::mlir::ModuleOp"> {
  let summary = "layers whose weights are mostly zeros read lists of the others";
  let description = [{
    Before: sparse weights are marked (`nnc-mark-sparse`). After: nothing is marked, and linear layers and convolutions whose weights were are in the
    form that a count of time finds cheapest: `nnc.unrolled_linear` (code without tables), `nnc.sparse_linear` (each output gathers its inputs, or
    sixteen share each of theirs), `nnc.phase_planes` and `nnc.sparse_conv2d` (each weight multiplies the shifted image), or dense as they were. The count knows Winograd's form of the dense layer, and transposes that a neighbour with
    channels first makes unnecessary. It is exact: sums leave out zeros.
    The module's `nnc.approximations` says what was chosen.
  }];
  let options = [
    Option<"form", "form", "std::string", /*default=*/"", "unrolled, gathers, blocks, shifts or dense; chosen where not given">,
    Option<"gatherCost", "gather-cost", "double", /*default=*/"28", "of an element, in a vector's multiply-adds">,
    Option<"farWeightCost", "far-weight-cost", "double", /*default=*/"4", "of a dense weight in memory, in the same unit">,
    Option<"straightLineCost", "straight-line-cost", "double", /*default=*/"18", "of a product in straight-line code, in the same unit">,
    ListOption<"layers", "layers", "std::string", "names of layers, with * and ? as in file names; all where not given">];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

//===--- compact: what cannot matter is gone ------------------------------------------------------===//

def CompactNetwork : Pass<"nnc-compact", "::mlir::ModuleOp"> {
  let summary = "removes neurons, channels, columns of tables and attention heads that are constant or read by nobody";
  let description = [{
    Before: layouts are sunk, normalization is folded, groups are split, constants are evaluated. After: an index of a dimension along which all elements
    are known numbers, or meet zero weights alone in whatever reads them, is gone from the tensor, from the weights of the layer that
    computed it and from those of the layers that read it. What a known channel adds to a layer joins its bias; where zero padding makes that
    less at the border, the sum for every position (a border map) is added to the layer's result, as long as it is small (1 MiB).

    Tensors that arithmetic combines keep the same indices: a sum has all that any of its terms needs. So do a convolution of one channel a
    group and its input. Model inputs and outputs, and operands of operations that the pass has no rule for, keep everything.

    The result is the same as before but for the rounding of the sums that were made here (in double precision), where activations are finite:
    a product with a zero weight counts as zero. The module's `nnc.approximations` says how many of its inputs and outputs a layer has kept.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def CompactTables : Pass<"nnc-compact-tables", "::mlir::ModuleOp"> {
  let summary = "tables of embeddings keep live rows only";
  let description = [{
    Before: constants are folded. After: the rows of zeros of a table that `nnc.gather` picks rows from are one row, which a table of numbers leads
    to, where that makes both at least a quarter smaller than the table was.
  }];
  let dependentDialects = ["::nnc::NncDialect", "::mlir::arith::ArithDialect"];
}

//===--- fuse: which operations share a kernel ---------------------------------------------------===//

def FormRecurrences : Pass<"nnc-form-recurrences", "::mlir::ModuleOp"> {
  let summary = "makes recurrent layers repeated launches of a kernel for one step";
  let description = [{
    Before: constants are folded. After: @main holds no recurrent layer; each is a `halide.launch` with `steps`, whose kernel holds the linalg of one step.
  }];
  let dependentDialects = ["::nnc::halide::HalideDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def FormKernels : Pass<"nnc-form-kernels", "::mlir::ModuleOp"> {
  let summary = "groups operations into kernels";
  let description = [{
    Before: constants are folded. After: @main holds constants, launches, `nnc.reshape` (which costs nothing) and `tensor.concat`; each kernel holds
    one layer with the element-wise operations that follow it, or element-wise operations alone. Equal kernels are one.
    A depthwise convolution and the 1x1 convolutions around it share a kernel where the image in between is large.
  }];
  let options = [Option<"rowsAbove", "rows-above", "int64_t", /*default=*/"::nnc::kLargeImageBytes",
                        "bytes above which an image in between never exists as a whole">];
  let dependentDialects = ["::nnc::halide::HalideDialect", "::mlir::tensor::TensorDialect"];
}

def HoistPadding : Pass<"nnc-hoist-padding", "::mlir::ModuleOp"> {
  let summary = "lets kernels write their results between the borders that a later kernel wants";
  let description = [{
    Before: kernels hold linalg. After: where the producer of a value can write between borders, kernels that padded the value take it padded. In
    @main it is then concatenated with its borders, which one launch of class `border` writes. Elsewhere kernels pad as before.
  }];
  let dependentDialects = ["::nnc::halide::HalideDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

def ExposeLayers : Pass<"nnc-expose-layers", "::mlir::ModuleOp"> {
  let summary = "makes the result of every launch a result of @main";
  let description = [{
    Before: @main is launches on tensors. After: results of launches that @main did not return follow those that it did, in the order of the program;
    `nnc.name` says the layers. Launches that read nothing (borders) are left out. For comparing layer by layer.
  }];
  let dependentDialects = ["::nnc::halide::HalideDialect"];
}

def CopyResults : Pass<"nnc-copy-results", "::mlir::ModuleOp"> {
  let summary = "copies results of the model that are no launch's own";
  let description = [{
    Before: @main is launches on tensors. After: every value that @main returns is, reshapes aside, the result of a launch, each of another one.
  }];
  let dependentDialects = ["::nnc::halide::HalideDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

//===--- schedule: how a kernel runs -------------------------------------------------------------===//

def ScheduleKernels : Pass<"nnc-schedule-kernels", "::mlir::ModuleOp"> {
  let summary = "gives each kernel the schedule of its class for a machine";
  let description = [{
    Before: kernels hold linalg. After: kernels hold schedule operations; weights are laid out as the schedule reads them (the launches' operands are
    movements of constants, which `nnc-fold-constants` evaluates); the module says the target (`nnc.target`). With `schedules`, a kernel that the
    file has a schedule for takes that one: the file holds scheduled kernels in modules that say the target (what this pass gives, printed, is such a
    file), and a schedule is for every kernel that computes the same. Schedules for other targets and numbers of threads are passed over.
  }];
  let options = [Option<"target", "target", "std::string", /*default=*/"\"native\"",
                        "the machine, as `nnc compile --target` takes it">,
                 Option<"threads", "threads", "int64_t", /*default=*/"1",
                        "threads that share the work of a kernel; kept on the module as `nnc.threads`">,
                 Option<"schedules", "schedules", "std::string", /*default=*/"",
                        "a file of schedules, as `nnc compile --schedules` takes it">];
  let dependentDialects = ["::nnc::NncDialect", "::nnc::halide::HalideDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::func::FuncDialect"];
}

//===--- program: where everything lives ---------------------------------------------------------===//

def PlaceViews : Pass<"nnc-place-views", "::mlir::ModuleOp"> {
  let summary = "copies what no view of memory can give";
  let description = [{
    Before: @main is launches on tensors, `nnc.reshape`, `tensor.extract_slice` and `tensor.concat`. After: every part of a concatenation is the
    result of a launch or of another concatenation that can be written straight into the whole; reshapes and slices are views.
  }];
  let dependentDialects = ["::nnc::halide::HalideDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def SpecializeLayouts : Pass<"nnc-specialize-layouts", "::mlir::ModuleOp"> {
  let summary = "makes a kernel for each combination of strides that launches need";
  let description = [{
    Before: kernels are scheduled. After: kernels whose arguments or results lie inside a larger tensor carry `halide.strides`.
  }];
  let dependentDialects = ["::nnc::halide::HalideDialect"];
}

def PlanProgram : Pass<"nnc-plan-program", "::mlir::ModuleOp"> {
  let summary = "places every intermediate value in one arena, by lifetime";
  let description = [{
    Before: @main is launches on tensors, kernels carry `nnc.scratch_bytes`. After: @main takes inputs, outputs and workspace as memrefs and launches on
    views of them; constants are `memref.global`. `nnc.arena_lower_bound` on @main is the largest live set in bytes.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect",
                           "::nnc::halide::HalideDialect"];
}

//===--- reference: the meaning, run in process -------------------------------------------------===//

def NncToLinalg : Pass<"nnc-to-linalg"> {
  let summary = "replaces operations by what they mean";
  let description = [{
    Before: operations with a meaning (nnc), element-wise arithmetic on tensors, anything else, in functions and kernels.
    After: the former two are `linalg.generic` with named loops (`nnc.iterators`), `tensor` and scalar constants. Constants with
    equal elements have become scalars in the arithmetic that reads them.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def InlineKernels : Pass<"nnc-inline-kernels", "::mlir::ModuleOp"> {
  let summary = "replaces launches on tensors by the body of their kernel";
  let description = [{
    Before: `halide.launch` with tensor results. After: no launches and no kernels; schedules are gone. A launch that writes memrefs is an error.
    A launch with steps has become an `scf.for`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def BindMain : Pass<"nnc-bind-main", "::mlir::ModuleOp"> {
  let summary = "makes everything that @main reads and writes an argument";
  let description = [{
    Before: @main takes and returns tensors. After: it takes its inputs, then its tensor constants (the elements are the attribute
    `nnc.constant` of the argument), all read-only, then one memref for each result, and returns nothing. Weights never become code.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect"];
}

def OutlineLoops : Pass<"nnc-outline-loops", "::mlir::ModuleOp"> {
  let summary = "moves each linalg.generic on memrefs into a function; equal ones share one";
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect"];
}

def TileRegisters : Pass<"nnc-tile-registers"> {
  let summary = "emits linalg.generic on memrefs as loops over tiles of vectors that stay in registers";
  let description = [{
    After: generics with lane-by-lane arithmetic and consecutive elements along the output's last dimension are loops; others remain. Each element's
    additions are in the order of plain loops.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // LOWERING_PASSES_TD
