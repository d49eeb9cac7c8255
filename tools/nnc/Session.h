// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a command works in: a context, its diagnostics, and the stages that it announces on standard
// error.
#ifndef TOOLS_NNC_SESSION_H
#define TOOLS_NNC_SESSION_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"

#include <chrono>
#include <memory>

namespace nnc::tools {

class Session {
public:
  /// `stageCount` is the n of "[k/n]".
  explicit Session(unsigned stageCount);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  mlir::MLIRContext &getContext() { return context; }

  /// Announces a stage, which lasts until the next one or `finish`, and prints how long the last
  /// took.
  void beginStage(const llvm::Twine &what);
  /// Ends the last stage.
  void finish();

  /// Prints a line within a stage.
  void printLine(const llvm::Twine &line);

  /// Prints an error that is about no operation.
  void reportError(const llvm::Twine &message);
  /// The value; an error is printed and becomes a failure.
  template <typename T> mlir::FailureOr<T> report(llvm::Expected<T> value) {
    if (value)
      return std::move(*value);
    reportError(llvm::toString(value.takeError()));
    return mlir::failure();
  }

  /// Whether an error was reported.
  bool hasErrors() const { return errorCount > 0; }

private:
  void endStage();
  void breakLine();
  void printDiagnostic(mlir::Diagnostic &diagnostic);

  mlir::MLIRContext context;
  unsigned stageCount;
  unsigned stage = 0;
  unsigned errorCount = 0;
  bool isLineOpen = false;
  bool isStageOpen = false;
  std::chrono::steady_clock::time_point begin;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_SESSION_H
