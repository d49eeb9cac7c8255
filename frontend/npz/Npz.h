// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Named arrays in one file: NumPy's .npz, a zip of .npy files.
#ifndef FRONTEND_NPZ_NPZ_H
#define FRONTEND_NPZ_NPZ_H

#include "frontend/npz/Npy.h"

#include <utility>

namespace nnc::npz {

/// In the order of the file.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// Reads all arrays of `path`, stored or compressed. Errors name the file and the array.
llvm::Expected<NamedArrays> readNpz(llvm::StringRef path);

/// Writes the arrays uncompressed; the same arrays give the same bytes. `path` appears when it is
/// whole.
llvm::Error writeNpz(llvm::StringRef path, const NamedArrays &arrays);

} // namespace nnc::npz

#endif // FRONTEND_NPZ_NPZ_H
