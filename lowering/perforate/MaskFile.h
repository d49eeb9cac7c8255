// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Positions and importances from NumPy's files.
#ifndef LOWERING_PERFORATE_MASKFILE_H
#define LOWERING_PERFORATE_MASKFILE_H

#include "frontend/npz/Npz.h"
#include "lowering/perforate/Masks.h"

namespace nnc {

/// An .npz file with an array for each layer, by its name, or an .npy file whose array is every
/// layer's.
class MaskFile {
public:
  /// Errors name the file.
  static llvm::Expected<MaskFile> read(llvm::StringRef path);

  /// Of a layer whose result is height x width: floats of that shape are importances, booleans of
  /// that shape and lists of integers are positions, and go into the request. Errors: no array of
  /// that name, another shape or type, a position outside, no position.
  llvm::Error add(llvm::StringRef layer, MaskRequest &request) const;

private:
  std::string path;
  npz::NamedArrays arrays; // one without a name: every layer's
};

} // namespace nnc

#endif // LOWERING_PERFORATE_MASKFILE_H
