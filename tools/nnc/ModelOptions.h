// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options that all commands share: which model, with which dimensions, after which passes, for
// which machine.
#ifndef TOOLS_NNC_MODELOPTIONS_H
#define TOOLS_NNC_MODELOPTIONS_H

#include "dialects/machine/Machine.h"
#include "frontend/onnx/Import.h"
#include "lowering/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace nnc::tools {

struct ModelOptions {
  std::string path;
  ImportOptions import;
  /// A pipeline of passes as text; empty for none.
  std::string passes;
  Machine machine;
  /// Whether arithmetic that rounds differently from the model's layers is refused.
  bool exact = false;
  /// How many samples a run takes, one after the other; so many steps where there are states.
  int64_t samples = 1;
  /// Inputs that are outputs of the step before.
  std::vector<std::pair<std::string, std::string>> states;
  /// Threads that share the work of a kernel.
  int64_t threads = 1;
  /// A file of schedules that go before the cost model's; empty for none.
  std::string schedules;

  /// Adds the outputs of --counters.
  void count();

  StandardPipelineOptions getPipeline() const {
    return {machine, threads, exact, /*exposeLayers=*/false, schedules};
  }

  /// The path's last part, without its ending.
  std::string getStem() const;
  bool isOnnx() const;
  /// The options that change the result, as they were given.
  std::string describeSettings() const;
};

/// Names a file by its content: where it lies does not change the result. The path where it cannot
/// be read.
std::string getDigest(const std::string &path);

/// Reads the options of the command line. The error says what is wrong with the usage.
llvm::Expected<ModelOptions> readModelOptions();

/// The same, for code that is to run here: refuses a target that this machine cannot run.
llvm::Expected<ModelOptions> readHostModelOptions();

/// The variants of a machine that this one can run; at least one for options read as above.
llvm::SmallVector<Machine> listHostVariants(const Machine &machine);

/// Adds the passes that `text` names, with or without "builtin.module(...)" around them; says on
/// `os` what is wrong with it.
mlir::LogicalResult parsePasses(llvm::StringRef text, mlir::OpPassManager &manager,
                                llvm::raw_ostream &os);

/// The same for options that were read: an error where this machine cannot run the target.
llvm::Error checkHostMachine(const Machine &machine);

/// Prints an error of usage.
void printUsageError(llvm::Error error);

} // namespace nnc::tools

#endif // TOOLS_NNC_MODELOPTIONS_H
