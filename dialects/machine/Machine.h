// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The machines that code is generated for: one record each. Schedules read sizes from it, the
// emitter and the package read flags. A new machine is one line in Machine.cpp.
#ifndef DIALECTS_MACHINE_MACHINE_H
#define DIALECTS_MACHINE_MACHINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace nnc {

struct Machine {
  /// What `--target` takes and what banners and reports print.
  llvm::StringRef name;
  /// The flag for g++ and clang, such as "-march=x86-64-v3"; empty where the compiler's default
  /// will do.
  llvm::StringRef march;
  /// Bytes of one vector register.
  int64_t vectorBytes;
  /// Vector registers that a loop can count on: those that the instruction set names; fewer on ARM,
  /// where g++ 12 loads several inputs ahead and spills from a tile that leaves them no room.
  int64_t registers;
  /// Whether multiply-add is one instruction.
  bool hasFma;
  /// Target string for Halide, without the flags that every kernel gets (no_runtime and its kind).
  llvm::StringRef halideTarget;
  /// Cache sizes to plan for, in bytes: the smallest that is common among such machines.
  int64_t l1Bytes;
  int64_t l2Bytes;
  /// For help texts: which processors this is.
  llvm::StringRef summary;
  /// Where several machines' code is in one file: what this one's functions may use, as
  /// __attribute__((target)) and __builtin_cpu_supports spell it ("avx2,fma"), and the N of
  /// x86-64-vN.
  llvm::StringRef features = "";
  int level = 0;
  /// Names of the machines among which a program chooses when it runs, from the least demanding;
  /// empty: it is for this machine alone.
  llvm::ArrayRef<llvm::StringLiteral> variants = {};

  /// What reading costs, in the time of one of a vector's multiply-adds where all units are busy:
  /// an element that a gather picks, a weight that comes from memory, a product of straight-line
  /// code with its weight. Those of Zen 4; `native` has those of its host's maker.
  double gatherCost = 28, farWeightCost = 4, straightLineCost = 18;

  /// Elements of `elementBytes` bytes in one vector register, at least 1.
  int64_t getLanes(int64_t elementBytes) const {
    return elementBytes >= vectorBytes ? 1 : vectorBytes / elementBytes;
  }
};

/// All records, from the most portable to the most demanding.
llvm::ArrayRef<Machine> listMachines();

/// The record of that name; `native` is the most demanding one that this host can run. The error
/// names what is accepted.
llvm::Expected<Machine> lookupMachine(llvm::StringRef name);

/// The machines that code for `machine` is generated for: its variants, or itself.
llvm::SmallVector<Machine> listVariants(const Machine &machine);

/// The name that `native` stands for on this host.
llvm::StringRef getNativeMachineName();

} // namespace nnc

#endif // DIALECTS_MACHINE_MACHINE_H
