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

/// An update of an image that is part of a launch of pieces.
struct MergedUpdate {
  halide::LaunchOp launch; // null: none
  int64_t list = 0;        // the input of the launch of pieces that has the positions
};

/// The launches of pieces whose rows only an `nnc.update_rows` reads, and that launch: its image
/// may be changed after each piece, for later ones read nothing else of it and nobody reads it
/// between.
llvm::MapVector<halide::LaunchOp, MergedUpdate>
findMergedUpdates(llvm::ArrayRef<halide::LaunchOp> launches, const Placement &placement,
                  mlir::SymbolTable &symbols);

} // namespace nnc

#endif // LOWERING_PROGRAM_MERGEUPDATES_H
