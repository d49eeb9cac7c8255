// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The output folder: a planned program and the text of its kernels as files that a C++ project can
// build.
//
// N.h (C and C++ entry points), N.cpp (runtime, kernels, program), the weights, N_selftest.cpp with
// its data, CMakeLists.txt, report.json. The runtime headers are inlined into N.cpp: two files are
// the whole program while the weights are few, and files of different versions or targets never
// meet.
#ifndef CODEGEN_PACKAGE_PACKAGE_H
#define CODEGEN_PACKAGE_PACKAGE_H

#include "codegen/KernelCode.h"
#include "codegen/package/Program.h"
#include "codegen/package/Weights.h"
#include "dialects/machine/Machine.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace nnc::codegen {

/// nnc's own version, such as "0.1.0".
llvm::StringRef getVersion();

/// What the self-test runs and expects: packed bytes of each input and output, in the program's
/// order.
struct TestData {
  std::vector<std::vector<char>> inputs;
  std::vector<std::vector<char>> outputs;
};

struct PackageOptions {
  /// Prefix of symbols and files: `isIdentifier(name)`.
  std::string name;
  Machine machine;
  WeightsForm weights = WeightsForm::Auto;
  /// Options that changed the numbers or the code, for the banner: "--passes=...".
  std::string settings;
  /// Absent: no self-test is written.
  std::optional<TestData> test;
  /// When an output counts as equal: absolute + relative * max |expected|.
  double absoluteTolerance = 1e-5;
  double relativeTolerance = 1e-4;
};

/// Everything that the writers of single files read.
struct Package {
  const PackageOptions &options;
  const Program &program;
  llvm::ArrayRef<KernelCode> kernels;
  const WeightsLayout &layout;
  WeightsForm weights;

  /// The name in capitals.
  std::string getUpperName() const { return llvm::StringRef(options.name).upper(); }
  /// Bytes that a caller provides: the arena, and room to align it.
  int64_t getWorkspaceSize() const {
    return program.arenaBytes == 0 ? 0 : program.arenaBytes + kWeightsAlignment - 1;
  }
  bool hasFile() const { return weights != WeightsForm::Embed; }
  /// Whether the program is for several threads.
  bool isParallel() const { return program.threads > 1; }
};

/// The flags with which N.cpp is meant to be compiled: "-O2 -march=x86-64-v4".
std::string getCompilerFlags(const Machine &machine);

/// Writes the package of a planned module into `folder`, which exists afterwards and holds whole
/// files only: they are written to a folder beside it and renamed. Same input, same bytes.
/// `kernels` has the code of each kernel of the module. Fails with a diagnostic at `module` when
/// the program is not as `readProgram` wants it, weights do not fit the form asked for, or the
/// folder cannot be written.
mlir::LogicalResult writePackage(mlir::ModuleOp module, llvm::ArrayRef<KernelCode> kernels,
                                 const PackageOptions &options, llvm::StringRef folder);

//===--- Single files -----------------------------------------------------------------------===//

void printHeader(llvm::raw_ostream &os, const Package &package);
void printSource(llvm::raw_ostream &os, const Package &package);
/// The functions of the C interface, for the end of the source.
std::string printEntryPoints(const Package &package);
/// What those need inside the package's namespace.
std::string printOwnThreads(const Package &package);
void printWeightsAssembler(llvm::raw_ostream &os, const Package &package);
void printCMakeLists(llvm::raw_ostream &os, const Package &package);
/// The self-test's source, and the file of its data, which is needed unless `embedsTestData`.
void printSelfTest(llvm::raw_ostream &os, const Package &package);
void printTestData(llvm::raw_ostream &os, const Package &package);
bool embedsTestData(const Package &package);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_PACKAGE_H
