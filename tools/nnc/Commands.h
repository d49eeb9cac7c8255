// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The commands of nnc. A command is one record here and one file.
#ifndef TOOLS_NNC_COMMANDS_H
#define TOOLS_NNC_COMMANDS_H

#include "llvm/Support/CommandLine.h"

namespace nnc::tools {

/// What a command ends with: the process's exit code.
enum ExitCode { Good = 0, Failed = 1, WrongUsage = 2 };

/// Where each command's options register.
llvm::cl::SubCommand &getCompileCommand();
llvm::cl::SubCommand &getRunCommand();
llvm::cl::SubCommand &getCheckCommand();
llvm::cl::SubCommand &getInfoCommand();
llvm::cl::SubCommand &getBenchCommand();
llvm::cl::SubCommand &getTuneCommand();
llvm::cl::SubCommand &getImpactCommand();
llvm::cl::SubCommand &getFitCommand();

/// Writes a model as C++ into a folder.
ExitCode runCompile();
/// Runs a model on arrays from a file.
ExitCode runRun();
/// Compares the generated C++ with the reference, and both with expected outputs.
ExitCode runCheck();
/// Prints what a model consists of and what it costs.
ExitCode runInfo();
/// Times the generated C++, per layer and whole, beside onnxruntime.
ExitCode runBench();
/// Searches for levels of an approximation, layer by layer, on labelled data.
ExitCode runTune();
/// Writes how much positions of layers matter, as masks of impact take it.
ExitCode runImpact();
/// Fits a model to a table of results and writes it as C++.
ExitCode runFit();

/// Parses the command line and runs the command that it names.
int runCommandLine(int argc, char **argv);

} // namespace nnc::tools

#endif // TOOLS_NNC_COMMANDS_H
