// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text that is safe to print into generated C++: names from a model never end a comment, a string
// or a line.
#ifndef CODEGEN_PACKAGE_TEXT_H
#define CODEGEN_PACKAGE_TEXT_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace nnc::codegen {

/// The name with every byte that an identifier cannot have as '_'; never empty, a keyword, or
/// starting with a digit.
std::string toIdentifier(llvm::StringRef name);

/// Whether `name` can be a prefix of C and C++ symbols as it is: toIdentifier changes nothing, no
/// leading underscore.
bool isIdentifier(llvm::StringRef name);

/// Identifiers that are unique among each other.
class IdentifierPool {
public:
  /// `toIdentifier(name)`, with a number behind it where that is taken.
  std::string take(llvm::StringRef name);

private:
  llvm::StringSet<> taken;
};

/// `text` for a comment: printable ASCII, no end of comment, no line splice, no trigraph.
std::string toComment(llvm::StringRef text);

/// `text` as a C string literal, quotes included.
std::string toStringLiteral(llvm::StringRef text);

/// "1x3x224x224"; "scalar" for no dimensions.
std::string printShape(llvm::ArrayRef<int64_t> shape);

/// "1234567" as "1,234,567".
std::string printThousands(int64_t number);

/// The C++ type of an element ("float", "std::int64_t", ...), or "" for one that generated code
/// does not have.
llvm::StringRef getCppType(mlir::Type elementType);

/// The name that NumPy and reports give an element type ("float32", "int64", ...), or "" as above.
llvm::StringRef getTypeName(mlir::Type elementType);

/// Prints packed elements as comma-separated C++ literals of exactly their value, wrapped at 100
/// columns.
void printLiterals(llvm::raw_ostream &os, mlir::Type elementType, llvm::ArrayRef<char> bytes);

/// Prints `text` with every `@KEY@` replaced by `values[KEY]`; a key without a value is an error of
/// ours.
void printFilledIn(llvm::raw_ostream &os, llvm::StringRef text,
                   const llvm::StringMap<std::string> &values);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_TEXT_H
