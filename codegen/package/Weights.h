// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers that a program comes with: as text in the source, or as one binary file.
//
// The file is 64 bytes of head (magic, digest of the content) and then the constants, each at a
// multiple of 64, packed row-major little-endian, booleans one byte each. Equal constants are
// stored once.
#ifndef CODEGEN_PACKAGE_WEIGHTS_H
#define CODEGEN_PACKAGE_WEIGHTS_H

#include "codegen/package/Program.h"

#include "llvm/Support/raw_ostream.h"

#include <array>

namespace nnc::codegen {

/// Where the numbers go. Auto: Embed while they are few, else Object.
enum class WeightsForm { Auto, Embed, Object, File };

/// Auto embeds up to this many bytes; more than the second is refused even when asked for.
inline constexpr int64_t kEmbedByDefault = 16 << 10;
inline constexpr int64_t kEmbedAtMost = 1 << 20;

inline constexpr int64_t kWeightsAlignment = 64;
inline constexpr size_t kWeightsHeadBytes = 64;

struct WeightsLayout {
  /// For each constant: the one that is stored for it, which is itself or an earlier equal one.
  std::vector<size_t> storedAs;
  /// For each constant: bytes from the start of the file.
  std::vector<int64_t> offsets;
  /// Bytes of the file, and of the stored constants alone.
  int64_t fileBytes;
  int64_t dataBytes;
  std::array<char, kWeightsHeadBytes> head;
};

/// Places the constants. Fails with a diagnostic at `module` when the bytes of one are absent.
mlir::FailureOr<WeightsLayout> layOutWeights(mlir::ModuleOp module,
                                             llvm::ArrayRef<Constant> constants);

/// The form for that many bytes; fails with a diagnostic at `module` when Embed is asked for too
/// many.
mlir::FailureOr<WeightsForm> chooseWeightsForm(mlir::ModuleOp module, WeightsForm asked,
                                               int64_t dataBytes);

/// Writes the file. One constant at a time is in memory beyond what the module holds.
void writeWeights(llvm::raw_ostream &os, llvm::ArrayRef<Constant> constants,
                  const WeightsLayout &layout);

/// Prints one array per stored constant, named as the constant, with `attribute` in front.
void printEmbeddedWeights(llvm::raw_ostream &os, llvm::ArrayRef<Constant> constants,
                          const WeightsLayout &layout, llvm::StringRef attribute);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_WEIGHTS_H
