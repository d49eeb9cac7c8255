// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recurrent layers.
#ifndef DIALECTS_NNC_RECURRENT_TD
#define DIALECTS_NNC_RECURRENT_TD

include "dialects/nnc/NncDialect.td"

/// Recurrent layers with gates. The product with the layer's input is no part of them: it is one `nnc.linear` for all steps.
class Nnc_LstmLikeOp<string mnemonic>
    : Nnc_InferredOp<mnemonic, ["getFlops", "getKernelClass"], [DeclareOpInterfaceMethods<RecurrentOpInterface>]> {
  let results = (outs Nnc_Image:$states);
  dag activationArguments = (ins
    DefaultValuedAttr<StrArrayAttr, "{\"sigmoid\", \"tanh\", \"tanh\"}">:$activations,
    DefaultValuedAttr<DenseF32ArrayAttr, "{0.2f, 0.2f, 0.2f}">:$alpha,
    DefaultValuedAttr<DenseF32ArrayAttr, "{0.5f, 0.5f, 0.5f}">:$beta,
    UnitAttr:$reverse);
}

def Nnc_LstmOp : Nnc_LstmLikeOp<"lstm"> {
  let summary = "long short-term memory: the recurrence over time";
  let description = [{
    `gates` is T x B x 4 x H: for every step and sample of the batch what the input and the biases add to the gates, in ONNX's order: input, output,
    forget, cell. `recurrent` is H x 4 x H: the weights from the last step's hidden state to the gates. `initial` is 2 x B x H: the hidden state
    and the cell state before the first step. `states` is T x 2 x B x H: both after each step. With `reverse` the first step is the last of the sequence.

        a = gates[t] + hidden . recurrent
        cell = f(a[2]) * cell + f(a[0]) * g(a[3])
        hidden = f(a[1]) * h(cell)

    f, g and h are `activations`: sigmoid, tanh or hard_sigmoid, which is alpha x + beta between 0 and 1.

    Constraints:
    - (C1) gates has four gates; all operands have the same floating-point elements.
    - (C2) recurrent is H x 4 x H.
    - (C3) initial is 2 x B x H.
    - (C4) there are three activations, with an alpha and a beta each.
  }];
  let arguments = !con((ins Nnc_Image:$gates, Nnc_TensorOfRank<3>:$recurrent, Nnc_TensorOfRank<3>:$initial), activationArguments);
  let assemblyFormat = "$gates `recurrent` `(` $recurrent `)` `initial` `(` $initial `)` attr-dict `:` type($gates) `,` type($recurrent) `,` type($initial) `->` type($states)";
}

def Nnc_SparseLstmOp : Nnc_LstmLikeOp<"sparse_lstm"> {
  let summary = "long short-term memory whose recurrent weights are lists of non-zeros (sliced ELLPACK)";
  let description = [{
    As `lstm`, with the recurrent weights as `sparse_linear` has its weight: output g H + u is gate g of hidden unit u.

    Constraints:
    - (C1) gates has four gates; all operands but the lists' integers have the same floating-point elements.
    - (C2) values and columns have the same shape; columns, starts and positions are integers; positions has 4 H elements.
    - (C3) initial is 2 x B x H.
    - (C4) there are three activations, with an alpha and a beta each.
    - (C5) `longest` is at least 1.
  }];
  let arguments = !con((ins Nnc_Image:$gates, Nnc_Matrix:$values, Nnc_Matrix:$columns, Nnc_Vector:$starts, Nnc_Vector:$positions,
    Nnc_TensorOfRank<3>:$initial, I64Attr:$longest), activationArguments);
  let assemblyFormat = [{
    $gates `values` `(` $values `)` `columns` `(` $columns `)` `starts` `(` $starts `)` `positions` `(` $positions `)` `initial` `(` $initial `)`
    `longest` `=` $longest attr-dict `:`
    type($gates) `,` type($values) `,` type($columns) `,` type($starts) `,` type($positions) `,` type($initial) `->` type($states)
  }];
}

#endif // DIALECTS_NNC_RECURRENT_TD
