// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy arrays as bytes: the .npy format, versions 1 to 3
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#ifndef FRONTEND_NPZ_NPY_H
#define FRONTEND_NPZ_NPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nnc::npz {

/// Elements packed in row-major order, little-endian, booleans one byte each.
struct Array {
  /// As NumPy calls it: "float32", "int64", "bool", ... ; one of `listTypes`.
  std::string type;
  std::vector<int64_t> shape;
  std::vector<char> bytes;
};

/// The element types that can be read and written.
std::vector<llvm::StringRef> listTypes();

/// Bytes of an element of a type of `listTypes`.
int64_t getElementSize(llvm::StringRef type);

/// Elements of that shape, or an error when a dimension is negative or the bytes do not fit 63
/// bits.
llvm::Expected<int64_t> countElements(llvm::ArrayRef<int64_t> shape, int64_t elementSize);

/// Gives `count` bytes from where the last call ended; fewer only at the end of the data.
using Read = llvm::function_ref<llvm::Expected<std::vector<char>>(uint64_t count)>;

/// Reads an array. Column-major data are brought into row-major order. Errors: another format or
/// version, a header that is no description, a type that is not in `listTypes` (objects, records,
/// complex, big-endian), fewer or more bytes than the shape says.
llvm::Expected<Array> readNpy(Read read);

/// The .npy file, version 1.
std::string writeNpy(const Array &array);

} // namespace nnc::npz

#endif // FRONTEND_NPZ_NPY_H
