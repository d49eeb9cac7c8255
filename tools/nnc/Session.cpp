// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Session.h"

#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nnc::tools {

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<NncDialect, halide::HalideDialect>();
  return registry;
}

Session::Session(unsigned stageCount) : context(makeRegistry()), stageCount(stageCount) {
  context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    printDiagnostic(diagnostic);
    return mlir::success();
  });
}

Session::~Session() { breakLine(); }

//===--- Stages -----------------------------------------------------------------------------===//

void Session::beginStage(const Twine &what) {
  endStage();
  errs() << formatv("[{0}/{1}] {2}", ++stage, stageCount, what.str());
  isLineOpen = isStageOpen = true;
  begin = std::chrono::steady_clock::now();
}

void Session::endStage() {
  if (!isStageOpen)
    return;
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  errs() << (isLineOpen ? "" : "      done") << formatv("  {0:f2} s\n", seconds);
  isLineOpen = isStageOpen = false;
}

void Session::finish() { endStage(); }

void Session::printLine(const Twine &line) {
  breakLine();
  errs() << "      " << line << "\n";
}

void Session::breakLine() {
  if (isLineOpen)
    errs() << "\n";
  isLineOpen = false;
}

//===--- Diagnostics ------------------------------------------------------------------------===//

/// "model.onnx: node 'conv1' (3)", "net.mlir:7:3", or nothing.
static std::string printLocation(mlir::Location location) {
  std::string name;
  if (auto named = location->findInstanceOf<mlir::NameLoc>())
    name = named.getName().str();
  auto file = location->findInstanceOf<mlir::FileLineColLoc>();
  if (!file)
    return name.empty() ? "" : "'" + name + "': ";
  std::string path = file.getFilename().str();
  if (!name.empty())
    return formatv("{0}: node '{1}' (number {2}): ", path, name, file.getLine());
  return file.getLine() == 0
             ? path + ": "
             : formatv("{0}:{1}:{2}: ", path, file.getLine(), file.getColumn()).str();
}

static StringRef getSeverity(mlir::DiagnosticSeverity severity) {
  switch (severity) {
  case mlir::DiagnosticSeverity::Note:
    return "note: ";
  case mlir::DiagnosticSeverity::Warning:
    return "warning: ";
  case mlir::DiagnosticSeverity::Error:
    return "error: ";
  case mlir::DiagnosticSeverity::Remark:
    return "remark: ";
  }
  llvm_unreachable("all severities are covered");
}

void Session::printDiagnostic(mlir::Diagnostic &diagnostic) {
  breakLine();
  errorCount += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
  errs() << printLocation(diagnostic.getLocation()) << getSeverity(diagnostic.getSeverity())
         << diagnostic.str() << "\n";
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    if (!StringRef(note.str()).starts_with("see current operation"))
      errs() << "  " << printLocation(note.getLocation()) << "note: " << note.str() << "\n";
}

void Session::reportError(const Twine &message) {
  breakLine();
  ++errorCount;
  errs() << "nnc: error: " << message << "\n";
}

} // namespace nnc::tools
