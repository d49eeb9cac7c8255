// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference's way down: meaning as linalg, buffers, loops, LLVM. Nothing of it is shared with
// the way through Halide.
#ifndef LOWERING_REFERENCE_PIPELINE_H
#define LOWERING_REFERENCE_PIPELINE_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace nnc {

/// Argument attribute of a bound `@main`: the elements that the argument must hold.
inline constexpr llvm::StringLiteral kConstantAttr = "nnc.constant";

struct ReferenceOptions {
  /// 0 to 3: how much LLVM optimizes. Results do not depend on it.
  unsigned optimizationLevel = 2;
  /// Upstream's plain loops only, without register tiles: slow, and one thing less to trust.
  bool plainLoops = false;
};

/// From a model in nnc, upstream tensor operations and launches to linalg on tensors, with `@main`
/// bound (see nnc-bind-main).
void buildReferenceBinding(mlir::OpPassManager &passes);
/// From a bound model to the LLVM dialect.
void buildReferenceLowering(mlir::OpPassManager &passes, const ReferenceOptions &options);

/// `nnc-to-llvm-reference`.
void registerReferencePipeline();

/// The dialects and interfaces that the pipeline needs; for a context, or the dependent dialects of
/// a pass that runs it.
void registerReferenceDialects(mlir::DialectRegistry &registry);

} // namespace nnc

#endif // LOWERING_REFERENCE_PIPELINE_H
