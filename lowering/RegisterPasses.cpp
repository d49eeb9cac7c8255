// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/Passes.h"

#include "mlir/Pass/PassRegistry.h"

void nnc::registerPasses() { registerNncPasses(); }
