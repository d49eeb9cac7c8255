// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Short, unique C++ names for what Halide calls `conv1.s0.x.xo` or `t57`.

#ifndef NNC_CODEGEN_CPP_NAMES_H
#define NNC_CODEGEN_CPP_NAMES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include <string>
#include <vector>

namespace nnc::cpp {

/// The names in use at one point of the text. A name taken in a scope is free again behind it; no
/// name hides another.
class Names {
public:
  Names();

  void openScope() { scopes.emplace_back(); }
  void closeScope();

  /// A name for a buffer or a let: the Halide name without its counters.
  std::string takeBuffer(llvm::StringRef halideName);
  /// A name for a loop: the variable's own name, with the function's name before it where it is
  /// taken.
  std::string takeLoop(llvm::StringRef halideName);
  /// `base`_0, `base`_1, ...: the first that is free.
  std::string takeNumbered(llvm::StringRef base);
  /// `name`, or `name`_2, `name`_3, ... where it is taken.
  std::string take(llvm::StringRef name);

  /// An identifier made of `name`, without the counters that Halide's unique_name appends: they
  /// depend on what the process did before, and generated text must not.
  static std::string sanitize(llvm::StringRef name);

private:
  bool tryTake(const std::string &name);

  llvm::StringSet<> used;
  std::vector<std::vector<std::string>> scopes;
};

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_NAMES_H
