// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How near each launch comes to what the machine can do (the roofline model of Williams, Waterman
// and Patterson, 2009): a launch is limited by its multiplications, or by reading and writing its
// tensors.
#ifndef TOOLS_NNC_ROOFLINE_H
#define TOOLS_NNC_ROOFLINE_H

#include "codegen/package/Program.h"
#include "dialects/machine/Machine.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace nnc::tools {

/// Where data may be.
struct MemoryLevel {
  /// "L1", "memory", ...
  std::string name;
  /// What fits there, for all threads together.
  double bytes;
  /// Bytes that all threads together read in a second.
  double bandwidth;
};

/// What was measured of this machine.
struct Roofs {
  /// Multiply-adds of all threads together, as FLOP/s.
  double peak;
  /// From the fastest; the last one holds everything.
  std::vector<MemoryLevel> levels;

  /// The fastest level that `bytes` fit into.
  const MemoryLevel &findLevel(double bytes) const;
};

/// The roof that a launch is under.
struct Roof {
  /// "compute", or the level that its data is in.
  std::string name;
  /// No run of it takes less.
  double seconds;
};

/// Builds a program with `compiler` for `machine` that measures it on so many threads, and runs it:
/// about a second.
llvm::Expected<Roofs> measureRoofs(const Machine &machine, const std::string &compiler,
                                   int64_t threads);

/// Reads what that program prints; the error names the line.
llvm::Expected<Roofs> readRoofs(llvm::StringRef text);

/// Constants come from the level that all constants and the arena of the program fit into, since
/// everything else is read before they are read again; other tensors from that of the launch's own
/// bytes.
Roof findRoof(const Roofs &roofs, const codegen::Program &program, const codegen::Launch &launch);

/// A row for each launch: what it reached, its roof, its share of it. `seconds` has an element per
/// launch.
void printRoofline(llvm::raw_ostream &os, const Roofs &roofs, const codegen::Program &program,
                   llvm::ArrayRef<double> seconds);

} // namespace nnc::tools

#endif // TOOLS_NNC_ROOFLINE_H
