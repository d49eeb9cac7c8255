// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Package.h"
#include "codegen/package/Report.h"
#include "codegen/package/Text.h"
#include "tools/nnc/Commands.h"
#include "tools/nnc/CompileToCpp.h"
#include "tools/nnc/LoadModel.h"
#include "tools/nnc/RunModel.h"
#include "tools/nnc/Tensors.h"
#include "tools/nnc/Tune.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

using codegen::WeightsForm;

static cl::opt<std::string> folder("o", cl::Required,
                                   cl::desc("folder to write; made where it is not there"),
                                   cl::value_desc("DIR"), cl::sub(getCompileCommand()));
static cl::opt<std::string>
    name("name", cl::desc("prefix of files and symbols (default: from the model's file name)"),
         cl::value_desc("N"), cl::sub(getCompileCommand()));
static cl::opt<WeightsForm> weights(
    "weights", cl::desc("where the weights go:"), cl::init(WeightsForm::Auto),
    cl::values(clEnumValN(WeightsForm::Auto, "auto", "embed up to 16 KiB, else object (default)"),
               clEnumValN(WeightsForm::Embed, "embed", "numbers in the C++ source, up to 1 MiB"),
               clEnumValN(WeightsForm::Object, "object",
                          "a binary file that an assembler source links in"),
               clEnumValN(WeightsForm::File, "file",
                          "a binary file that the caller maps and passes to each run")),
    cl::sub(getCompileCommand()));
static cl::opt<bool>
    selfTest("selftest", cl::init(true),
             cl::desc("write a self-test with data from the reference engine (default: true)"),
             cl::sub(getCompileCommand()));
static cl::opt<bool> verbose(
    "verbose",
    cl::desc("print what was written and what the model costs, and each candidate of --tune"),
    cl::sub(getCompileCommand()));

static cl::opt<bool> tune("tune",
                          cl::desc("measure schedules on this machine, take the fastest, and write "
                                   "them as schedules.mlir for --schedules"),
                          cl::sub(getCompileCommand()));
static cl::opt<double> tuneSeconds("tune-seconds", cl::init(60), cl::value_desc("S"),
                                   cl::desc("time for --tune (default: 60)"),
                                   cl::sub(getCompileCommand()));
static cl::opt<std::string> compiler("compiler", cl::value_desc("C"), cl::sub(getCompileCommand()),
                                     cl::desc("C++ compiler for --tune (default: $CXX or g++)"));

/// Inputs at random and what the reference makes of them.
static FailureOr<codegen::TestData> makeTestData(Session &session, ModuleOp module) {
  std::vector<Buffer> inputs = makeRandomValues(readSignature(module).inputs);
  auto outputs = runReference(session, module, inputs, "run the reference for the self-test");
  if (failed(outputs))
    return failure();
  codegen::TestData data;
  for (Buffer &input : inputs)
    data.inputs.push_back(std::move(input.bytes));
  for (Buffer &output : *outputs)
    data.outputs.push_back(std::move(output.bytes));
  return data;
}

static void printFiles() {
  llvm::outs() << "files in " << folder << "\n";
  std::error_code error;
  std::map<std::string, uint64_t> sizes;
  for (llvm::sys::fs::directory_iterator file(folder, error), end; file != end && !error;
       file.increment(error))
    if (auto status = file->status())
      sizes[llvm::sys::path::filename(file->path()).str()] = status->getSize();
  for (const auto &[file, size] : sizes)
    llvm::outs() << llvm::formatv("{0,16}  {1}\n", codegen::printThousands(size), file);
}

static LogicalResult printCosts(const CppModule &variant) {
  auto program = codegen::readProgram(*variant.module);
  if (failed(program))
    return failure();
  codegen::printSummary(llvm::outs(), *program, "");
  llvm::outs() << "\n";
  codegen::printLaunchTable(llvm::outs(), *program, "");
  llvm::outs() << "\n";
  return success();
}

/// What `--verbose` adds: the programs' costs and the files.
static LogicalResult printResults(ArrayRef<CppModule> modules) {
  for (const CppModule &variant : modules) {
    if (modules.size() > 1)
      llvm::outs() << "variant " << variant.machine.name << "\n";
    if (failed(printCosts(variant)))
      return failure();
  }
  printFiles();
  return success();
}

/// Searches for schedules and has `options` read them, from a file in the folder that is returned.
static FailureOr<std::unique_ptr<TemporaryFolder>> findSchedules(Session &session, ModuleOp module,
                                                                 ModelOptions &options) {
  auto folder = session.report(TemporaryFolder::create());
  BuildOptions build{options.getPipeline(), compiler.empty() ? getDefaultCompiler() : compiler};
  auto text = tuneModel(session, module, {build, tuneSeconds, verbose});
  if (failed(folder) || failed(text))
    return failure();
  options.schedules = (*folder)->getPath("schedules.mlir");
  std::error_code error;
  llvm::raw_fd_ostream file(options.schedules, error);
  file << *text;
  file.close();
  if (!error && !file.has_error())
    return std::move(*folder);
  session.reportError("cannot write '" + options.schedules + "'");
  file.clear_error();
  return failure();
}

static LogicalResult compileModel(Session &session, ModelOptions &options,
                                  codegen::PackageOptions &package) {
  auto module = loadModel(session, options);
  if (failed(module))
    return failure();
  std::unique_ptr<TemporaryFolder> tuned;
  if (tune) {
    auto found = findSchedules(session, **module, options);
    if (failed(found))
      return failure();
    tuned = std::move(*found);
  }
  package.settings = options.describeSettings();
  if (auto file = llvm::MemoryBuffer::getFile(options.schedules);
      file && !options.schedules.empty())
    package.schedules = (*file)->getBuffer().str();
  if (selfTest) {
    auto data = makeTestData(session, **module);
    if (failed(data))
      return failure();
    package.test = std::move(*data);
  }
  auto modules = compileToCpp(session, **module, options.getPipeline());
  if (failed(modules))
    return failure();
  session.beginStage("write " + folder);
  if (failed(writePackage(getPlannedModules(*modules), package, folder)))
    return failure();
  session.finish();
  if (!verbose)
    return success();
  return printResults(*modules);
}

/// What is wrong with the options of --tune.
static llvm::Error checkTune(const ModelOptions &options) {
  if (tune && !options.schedules.empty())
    return llvm::createStringError("--tune measures schedules, and --schedules gives them");
  if (!(tuneSeconds > 0))
    return llvm::createStringError("--tune-seconds is more than 0");
  if (!tune && tuneSeconds.getNumOccurrences() + compiler.getNumOccurrences() > 0)
    return llvm::createStringError("--tune-seconds and --compiler are for --tune");
  return tune ? checkHostMachine(options.machine) : llvm::Error::success();
}

ExitCode runCompile() {
  llvm::Expected<ModelOptions> options = readModelOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  if (llvm::Error error = checkTune(*options))
    return printUsageError(std::move(error)), WrongUsage;
  if (!name.empty() && !codegen::isIdentifier(name))
    return printUsageError(llvm::createStringError("--name=" + name + ": no name for C++; '" +
                                                   codegen::toIdentifier(name) + "' is")),
           WrongUsage;
  codegen::PackageOptions package{name.empty() ? codegen::toIdentifier(options->getStem())
                                               : name.getValue(),
                                  options->machine, weights, "", std::nullopt};
  Session session(1 + tune * kTuneStages + selfTest + kScheduleStages + kPlanStages + 1);
  if (failed(compileModel(session, *options, package)))
    return Failed;
  return Good;
}

} // namespace nnc::tools
