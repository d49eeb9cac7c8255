// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"
#include "lowering/reference/Pipeline.h"

#include "mlir/Pass/PassRegistry.h"

void nnc::registerPasses() {
  registerNncPasses();
  registerPipelines();
  registerReferencePipeline();
}
