// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums over lists of non-zeros, which several kinds of layers have (dialects/nnc/SparseLists.h).
#ifndef LOWERING_SCHEDULE_LISTSUMS_H
#define LOWERING_SCHEDULE_LISTSUMS_H

#include "lowering/schedule/KernelScheduler.h"

namespace nnc {

/// Computes the sums, loops m, s, l and p along a list, on their own, in registers until a list
/// ends. \returns the copy of them that readers see, with loops m, s, l.
mlir::Value scheduleListSums(KernelScheduler &scheduler, mlir::Value sums);

} // namespace nnc

#endif // LOWERING_SCHEDULE_LISTSUMS_H
