// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing a train with some of its neighbouring cores as one.
#ifndef LOWERING_APPROXIMATE_MERGECORES_H
#define LOWERING_APPROXIMATE_MERGECORES_H

#include "dialects/nnc/Nnc.h"

namespace nnc {

/// All cores as one, by `nnc.tt_merge`; there is at least one.
mlir::Value mergeCores(mlir::OpBuilder &builder, mlir::Location at, mlir::ValueRange cores);

/// Neighbours merged in runs of so many cores; the runs add up to the number of cores.
llvm::SmallVector<mlir::Value> mergeCoresInRuns(mlir::OpBuilder &builder, mlir::Location at,
                                                mlir::ValueRange cores,
                                                llvm::ArrayRef<int64_t> runs);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_MERGECORES_H
