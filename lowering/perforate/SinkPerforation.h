// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LOWERING_PERFORATE_SINKPERFORATION_H
#define LOWERING_PERFORATE_SINKPERFORATION_H

#include "mlir/IR/PatternMatch.h"

namespace nnc {

/// Moves `nnc.perforate` below what is pointwise, so that layers meet what follows them.
void populateSinkPerforation(mlir::RewritePatternSet &patterns);

} // namespace nnc

#endif // LOWERING_PERFORATE_SINKPERFORATION_H
