// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which updates of images take place piece by piece, where a list's rows are still in the cache.
#ifndef LOWERING_PROGRAM_MERGEUPDATES_H
#define LOWERING_PROGRAM_MERGEUPDATES_H

#include "dialects/halide/Halide.h"
#include "lowering/program/Placement.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

namespace nnc {

/// The launches of pieces whose rows only an `nnc.update_rows` reads, and that launch: its image
/// may be changed after each piece, for later ones read nothing else of it and nobody reads it
/// between.
llvm::MapVector<halide::LaunchOp, halide::LaunchOp>
findMergedUpdates(llvm::ArrayRef<halide::LaunchOp> launches, const Placement &placement,
                  mlir::SymbolTable &symbols);

} // namespace nnc

#endif // LOWERING_PROGRAM_MERGEUPDATES_H
