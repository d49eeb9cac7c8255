// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Commands.h"

#include "codegen/package/Package.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nnc::tools {

cl::SubCommand &getCompileCommand() {
  static cl::SubCommand command("compile", "write a model as self-contained C++ into a folder");
  return command;
}
cl::SubCommand &getRunCommand() {
  static cl::SubCommand command("run", "run a model on the arrays of an .npz file");
  return command;
}
cl::SubCommand &getCheckCommand() {
  static cl::SubCommand command("check", "compare the generated C++ with the reference");
  return command;
}
cl::SubCommand &getInfoCommand() {
  static cl::SubCommand command(
      "info", "print what a model consists of, what it costs, and what is not supported");
  return command;
}
cl::SubCommand &getBenchCommand() {
  static cl::SubCommand command("bench",
                                "time the generated C++, per layer and whole, beside onnxruntime");
  return command;
}

cl::SubCommand &getTuneCommand() {
  static cl::SubCommand command(
      "tune",
      "choose an approximation's levels, layer by layer, by measured time and loss on data");
  return command;
}

cl::SubCommand &getImpactCommand() {
  static cl::SubCommand command(
      "impact", "measure on data how much each position of convolutions matters, for masks");
  return command;
}

cl::SubCommand &getFitCommand() {
  static cl::SubCommand command(
      "fit", "fit a model to a table of results (CSV) and write it as self-contained C++");
  return command;
}

namespace {

struct Command {
  cl::SubCommand &(*getSubCommand)();
  ExitCode (*run)();
};

constexpr Command kCommands[] = {
    {getCompileCommand, runCompile}, {getRunCommand, runRun},     {getCheckCommand, runCheck},
    {getInfoCommand, runInfo},       {getBenchCommand, runBench}, {getTuneCommand, runTune},
    {getImpactCommand, runImpact},   {getFitCommand, runFit},
};

void printVersion(raw_ostream &os) { os << "nnc " << codegen::getVersion() << "\n"; }

} // namespace

int runCommandLine(int argc, char **argv) {
  static cl::OptionCategory none("Options"); // LLVM's own options stay out of `nnc --help`
  cl::HideUnrelatedOptions(none);
  cl::SetVersionPrinter(printVersion);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "nnc: trained networks (ONNX, MLIR) and tables (CSV) to self-contained C++\n\n"
          "exit codes: 0 good, 1 the model or the check failed, 2 wrong usage\n",
          &errs()))
    return WrongUsage;
  for (const Command &command : kCommands)
    if (command.getSubCommand())
      return command.run();
  errs()
      << "nnc: no command; known are compile, run, check, info, bench, tune, impact and fit. See "
         "nnc --help.\n";
  return WrongUsage;
}

} // namespace nnc::tools
