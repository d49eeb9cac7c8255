// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the printers of one kernel share.

#ifndef NNC_CODEGEN_CPP_CONTEXT_H
#define NNC_CODEGEN_CPP_CONTEXT_H

#include "codegen/cpp/Names.h"
#include "codegen/cpp/Storage.h"
#include "codegen/cpp/Writer.h"
#include <Halide.h>
#include <map>
#include <string>

namespace nnc::cpp {

struct Context {
  Names names;
  Writer out;
  /// Large temporaries: of the kernel, or of one task while the body of a parallel loop is printed.
  ScratchSpace scratch;
  bool isInTask = false;

  /// Whether a parallel loop has been printed.
  bool isParallel = false;

  /// C++ names of the variables (loops, lets, scalar parameters) in scope.
  Halide::Internal::Scope<std::string> variables;
  /// What is known of their values.
  Halide::Internal::Scope<Halide::Internal::ConstantInterval> bounds;
  /// Parameters and temporaries in scope.
  Halide::Internal::Scope<Storage> storages;

  /// Loads that occur more than once in the statements being printed: each is given a name where it
  /// is first needed. The name is empty until then.
  std::map<Halide::Expr, std::string, Halide::Internal::IRDeepCompare> common;

  /// The first reason why the kernel cannot be printed; empty while all is well.
  std::string error;
  void fail(const llvm::Twine &reason) {
    if (error.empty())
      error = reason.str();
  }
};

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_CONTEXT_H
