// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A picture of a model's perforation masks.
#ifndef TOOLS_NNC_TUNE_MASKPICTURE_H
#define TOOLS_NNC_TUNE_MASKPICTURE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace nnc::tools {

/// Whether the model has masks that `drawMasks` draws.
bool hasMasks(mlir::ModuleOp module);

/// An SVG: for each `nnc.perforate` with a constant table its positions, those that are kept dark,
/// under the layer's name and the kept fraction.
void drawMasks(mlir::ModuleOp module, llvm::raw_ostream &os);

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_MASKPICTURE_H
