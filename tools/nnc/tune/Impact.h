// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How much positions of layers' results matter (Figurnov et al., arXiv:1504.08362, section 3.3), by
// the model's adjoint.
#ifndef TOOLS_NNC_TUNE_IMPACT_H
#define TOOLS_NNC_TUNE_IMPACT_H

#include "frontend/npz/Npz.h"
#include "tools/nnc/tune/Loss.h"

#include "mlir/IR/BuiltinOps.h"

namespace nnc::tools {

/// For each of `layers` (titles of convolutions and pooling, whose result V is behind their mask
/// where they have one) the mean over examples of the sum over channels of |dL/dV V|: H x W of
/// float32 under the layer's name, as nnc-perforate reads them. `model` is simplified and stays as
/// it is.
mlir::FailureOr<npz::NamedArrays> measureImpact(Session &session, mlir::ModuleOp model,
                                                llvm::ArrayRef<std::string> layers,
                                                const LabelledData &data, Loss &loss);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_IMPACT_H
