// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All operations of the dialect, by family.
#ifndef DIALECTS_NNC_NNCOPS_TD
#define DIALECTS_NNC_NNCOPS_TD

include "dialects/nnc/Layers.td"
include "dialects/nnc/Movements.td"
include "dialects/nnc/Halting.td"
include "dialects/nnc/Perforation.td"
include "dialects/nnc/Recurrent.td"
include "dialects/nnc/Sparsity.td"
include "dialects/nnc/Surrogate.td"
include "dialects/nnc/TensorTrain.td"
include "dialects/nnc/Winograd.td"

#endif // DIALECTS_NNC_NNCOPS_TD
