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
  /// With variants, those are what the package holds.
  Machine machine;
  WeightsForm weights = WeightsForm::Auto;
  /// Options that changed the numbers or the code, for the banner: "--passes=...".
  std::string settings;
  /// Absent: no self-test is written.
  std::optional<TestData> test;
  /// When an output counts as equal: absolute + relative * max |expected|.
  double absoluteTolerance = 1e-5;
  double relativeTolerance = 1e-4;
  /// Content of schedules.mlir, for the next compilation; empty: it is not written.
  std::string schedules = "";
};

/// A planned module for one machine, and the code of each of its kernels.
struct PlannedModule {
  Machine machine;
  mlir::ModuleOp module;
  llvm::ArrayRef<KernelCode> kernels;
};

/// The same as the writers of files read it.
struct Variant {
  Machine machine;
  Program program;
  llvm::ArrayRef<KernelCode> kernels;
  /// Which of the package's constants is the program's first.
  size_t firstConstant;
};

/// Everything that the writers of single files read.
struct Package {
  const PackageOptions &options;
  /// From the least demanding; a single one unless the program chooses when it runs.
  llvm::ArrayRef<Variant> variants;
  /// Of all variants, with names that are unique among them.
  llvm::ArrayRef<Constant> constants;
  const WeightsLayout &layout;
  WeightsForm weights;

  /// The most demanding variant's. Model, inputs and outputs are those of all.
  const Program &getProgram() const { return variants.back().program; }
  /// Whether it chooses among variants when it runs.
  bool isDispatched() const { return variants.size() > 1; }
  /// The name in capitals.
  std::string getUpperName() const { return llvm::StringRef(options.name).upper(); }
  /// Bytes that a caller provides: the largest variant's arena, and room to align it.
  int64_t getWorkspaceSize() const;
  /// The largest number of launches of a variant.
  size_t getLaunchCount() const;
  bool hasFile() const { return weights != WeightsForm::Embed; }
  /// Whether the program is for several threads.
  bool isParallel() const { return getProgram().threads > 1; }
};

/// The flags with which N.cpp is meant to be compiled: "-O2 -march=x86-64-v4".
std::string getCompilerFlags(const Machine &machine);

/// Writes the package of a model into `folder`, which exists afterwards and holds whole files only:
/// they are written to a folder beside it and renamed. Same input, same bytes. `modules` is the
/// model planned for each of `listVariants(options.machine)`. Fails with a diagnostic at a module
/// when a program is not as `readProgram` wants it, weights do not fit the form asked for, or the
/// folder cannot be written.
mlir::LogicalResult writePackage(llvm::ArrayRef<PlannedModule> modules,
                                 const PackageOptions &options, llvm::StringRef folder);

/// The constants of several programs, one after the other, with names that are unique among them.
std::vector<Constant> collectConstants(llvm::ArrayRef<const Program *> programs);

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
