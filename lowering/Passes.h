// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes of nnc, by name; the definitions are in Passes.td.
#ifndef LOWERING_PASSES_H
#define LOWERING_PASSES_H

#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace nnc {

/// Images above this leave a common second cache before they are read again. Trials: chains gain
/// 2 to 35 % above it, nothing below.
inline constexpr int64_t kLargeImageBytes = 1024 * 1024;

#define GEN_PASS_DECL
#include "lowering/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lowering/Passes.h.inc"

/// Makes the passes and pipelines of lowering/ known by name, for nnc-opt.
void registerPasses();

} // namespace nnc

#endif // LOWERING_PASSES_H
